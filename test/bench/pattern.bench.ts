/**
 * Precision and recall of the coinjoin detectors on real labelled transactions (`coinjoin-mainnet`), raw and with the labels that are in doubt
 * taken apart. The labels are the files' own: made by a scanner with other rules, and for Wasabi 1 checked by hand in part.
 */
import { NONE, outputId, type TxFrame, txId } from '../../src/ledger/index.ts';
import {
  type CoinjoinVerdict,
  coinjoinVerdict,
  isCoinjoin,
  isMix,
  type TransactionShape,
} from '../../src/pattern/index.ts';
import { type LabelledTransaction, readDumplings, readTxidList } from '../support/dumplings.ts';

/** One line of the table. */
export interface FamilyScore {
  readonly family: string;
  readonly labelled: number;
  readonly found: number;
  readonly foundElsewhere: ReadonlyArray<readonly [set: string, count: number]>;
}

/** Everything the table says. */
export interface PatternScores {
  readonly sets: ReadonlyArray<readonly [set: string, count: number]>;
  readonly scores: readonly FamilyScore[];
  /** Transactions of a false-positive list that are in the data, and how many of them a detector still takes for a coinjoin. */
  readonly listedFalse: { readonly listed: number; readonly inData: number; readonly found: number };
  /** Found as Whirlpool outside the list of mixes, and how many of those spend a listed mix or a Tx0: mixes the labels miss. */
  readonly unlabelledMixes: { readonly found: number; readonly spendMixOrTx0: number };
  /** Labelled as Tx0 but without null data: no Tx0 by any rule. */
  readonly tx0WithoutNullData: number;
  /** How many of each set the test by equal outputs alone takes for a coinjoin, which block files and clusters are read with. */
  readonly structural: ReadonlyArray<readonly [set: string, count: number]>;
  /** Microseconds per transaction: the short test, the verdict with all its evidence. */
  readonly testUs: number;
  readonly evidenceUs: number;
}

/** Sets with the family their label means. Heights are those of the days the files cover (block 700,000: 2021-09-11; 840,000: 2024-04-20). */
const SETS = [
  { name: 'wasabi1.WasabiCoinJoins', height: 697_000, family: 'wasabi-1' },
  { name: 'whirlpool.SamouraiCoinJoins', height: 834_000, family: 'whirlpool' },
  { name: 'whirlpool.SamouraiTx0s', height: 834_000, family: 'whirlpool-tx0' },
  { name: 'wasabi1.WasabiPostMixTxs', height: 697_000, family: null },
  { name: 'whirlpool.SamouraiPostMixTxs', height: 834_000, family: null },
] as const;
const FAMILIES = ['wasabi-1', 'whirlpool', 'whirlpool-tx0', 'wasabi-2', 'joinmarket', 'equal-output'];

interface Judged {
  readonly set: (typeof SETS)[number];
  readonly transaction: LabelledTransaction;
  readonly verdict: CoinjoinVerdict;
}

function foundAs({ verdict }: Judged, family: string): boolean {
  return family === 'whirlpool-tx0'
    ? verdict.tx0.verdict === 'yes'
    : verdict.verdict === 'yes' && verdict.family === family;
}

/** The numbers that the test by equal outputs alone reads. */
function frameOf({ inputs, outputs }: TransactionShape): TxFrame {
  const numbers = new Map<string, number>();
  const numberOf = (address: string | null): number => {
    if (address === null) return NONE;
    const known = numbers.get(address) ?? numbers.size;
    numbers.set(address, known);
    return known;
  };
  return {
    tx: txId(0),
    orderKey: 0,
    height: NONE,
    coinbase: false,
    inputOutput: inputs.map(() => NONE),
    inputValueSat: inputs.map(({ valueSat }) => valueSat ?? NONE),
    inputAddress: inputs.map(({ address }) => numberOf(address)),
    firstOutput: outputId(0),
    outputValueSat: outputs.map(({ valueSat }) => valueSat),
    outputAddress: outputs.map(({ address }) => numberOf(address)),
    outputFlags: outputs.map(() => 0),
    outputSpender: outputs.map(() => NONE),
    outputSpenderKey: outputs.map(() => 0),
  };
}

/** Judges every transaction of the data. */
export function scorePatterns(): PatternScores {
  const loaded = SETS.flatMap((set) =>
    readDumplings(set.name, set.height).map((transaction) => ({ set, transaction })),
  );
  const mixes = new Set(loaded.filter(({ set }) => set.family === 'whirlpool').map((one) => one.transaction.txid));
  const wasabi = new Set(loaded.filter(({ set }) => set.family === 'wasabi-1').map((one) => one.transaction.txid));
  const contextOf = ({ spends }: LabelledTransaction) => ({
    exchangeInput: false,
    spendsMix: spends.some((source) => mixes.has(source) || wasabi.has(source)),
  });
  const beforeTest = performance.now();
  for (const { transaction } of loaded) isMix(transaction.shape, contextOf(transaction));
  const beforeEvidence = performance.now();
  const judged = loaded.map(({ set, transaction }): Judged => {
    return { set, transaction, verdict: coinjoinVerdict(transaction.shape, contextOf(transaction)) };
  });
  const after = performance.now();
  const tx0 = new Set(judged.filter((one) => foundAs(one, 'whirlpool-tx0')).map((one) => one.transaction.txid));
  const stray = judged.filter((one) => one.set.family !== 'whirlpool' && foundAs(one, 'whirlpool'));
  const fromMix = ({ transaction }: Judged) => transaction.spends.some((txid) => mixes.has(txid) || tx0.has(txid));
  const listed = readTxidList('wasabi1.false_cjtxs.2018');
  const inData = judged.filter(({ transaction }) => listed.has(transaction.txid));
  const counted = (of: readonly Judged[]) =>
    SETS.map(({ name }) => [name, of.filter(({ set }) => set.name === name).length] as const);
  return {
    sets: counted(judged),
    scores: FAMILIES.map((family): FamilyScore => {
      const found = judged.filter((one) => foundAs(one, family));
      const own = (one: Judged) => one.set.family === family;
      return {
        family,
        labelled: judged.filter(own).length,
        found: found.filter(own).length,
        foundElsewhere: counted(found.filter((one) => !own(one))).filter(([, count]) => count > 0),
      };
    }),
    listedFalse: {
      listed: listed.size,
      inData: inData.length,
      found: inData.filter(({ verdict }) => verdict.verdict === 'yes').length,
    },
    unlabelledMixes: { found: stray.length, spendMixOrTx0: stray.filter(fromMix).length },
    tx0WithoutNullData: judged.filter(
      ({ set, transaction }) =>
        set.family === 'whirlpool-tx0' && !transaction.shape.outputs.some(({ type }) => type === 'op_return'),
    ).length,
    structural: counted(judged.filter(({ transaction }) => isCoinjoin(frameOf(transaction.shape)))),
    testUs: ((beforeEvidence - beforeTest) * 1_000) / loaded.length,
    evidenceUs: ((after - beforeEvidence) * 1_000) / loaded.length,
  };
}

function share(part: number, whole: number): string {
  return whole === 0 ? 'no labels' : `${((100 * part) / whole).toFixed(2)} %`;
}

/** The table as lines of Markdown. */
export function patternTable(scores: PatternScores): string[] {
  const rows = scores.scores.map(({ family, labelled, found, foundElsewhere }) => {
    const stray = foundElsewhere.reduce((sum, [, count]) => sum + count, 0);
    const where = foundElsewhere.map(([set, count]) => `${count} ${set}`).join(', ') || 'none';
    const precision = labelled === 0 ? 'no labels' : share(found, found + stray);
    return `| ${family} | ${labelled} | ${found} | ${share(found, labelled)} | ${precision} | ${where} |`;
  });
  const { listedFalse, unlabelledMixes, tx0WithoutNullData, structural, testUs, evidenceUs } = scores;
  const alone = structural.map(([set, count], at) => `${count} of ${scores.sets[at]?.[1]} ${set}`).join(', ');
  return [
    '| family | labelled | found | recall | precision, raw | found under another label |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `- Whirlpool under another label: ${unlabelledMixes.found}, of which ${unlabelledMixes.spendMixOrTx0} spend a listed mix or a found Tx0.`,
    `- Labelled Tx0 without null data, no Tx0 by any rule: ${tx0WithoutNullData}.`,
    `- List of false Wasabi 1 coinjoins: ${listedFalse.listed}, in the data ${listedFalse.inData}, of these found ${listedFalse.found}.`,
    `- By equal outputs alone (block files and clusters straight from them, --coinjoin-detector structural): ${alone}.`,
    `- ${testUs.toFixed(0)} us a transaction for yes or no, ${evidenceUs.toFixed(0)} us with all evidence.`,
  ];
}
