/**
 * Error rates of clusters on a chain with known owners: pairs, adjusted Rand index, variation of information, and
 * single statements of change.
 */
import {
  CHANGE_HEURISTICS,
  ChangeLedger,
  changeLinks,
  changeOf,
  commonInputLinks,
  type ErrorRate,
  type Evidence,
  identityLinks,
  joinEvidence,
  markCoinjoins,
  partition,
} from '../../src/cluster/index.ts';
import { NONE } from '../../src/ledger/index.ts';
import type { KnownFacts } from './synthetic-facts.ts';

const pairs = (count: number): number => (count * (count - 1)) / 2;
const basisPoints = (share: number): number => Math.round(10_000 * share);

function counts(labels: ArrayLike<number>): Map<number, number> {
  const found = new Map<number, number>();
  for (let at = 0; at < labels.length; at += 1) found.set(labels[at], (found.get(labels[at]) ?? 0) + 1);
  return found;
}

const total = (of: Iterable<number>, value: (count: number) => number): number => {
  let sum = 0;
  for (const count of of) sum += value(count);
  return sum;
};

/**
 * Two partitions compared. Precision and recall over pairs; adjusted Rand index (Hubert and Arabie 1985); variation of
 * information in bits (Meila 2003); `chance` is the precision of clusters of these sizes drawn at random.
 */
export function comparePartitions(
  found: ArrayLike<number>,
  truth: ArrayLike<number>,
): { precision: number; recall: number; adjustedRand: number; informationBits: number; chance: number } {
  const members = found.length;
  const cell = (at: number): number => found[at] * members + truth[at];
  const joint = counts(Array.from({ length: members }, (_, at) => cell(at))).values();
  const both = [...joint];
  const [clusters, owners] = [[...counts(found).values()], [...counts(truth).values()]];
  const right = total(both, pairs);
  const said = total(clusters, pairs);
  const real = total(owners, pairs);
  const expected = (said * real) / Math.max(1, pairs(members));
  const entropy = (of: readonly number[]): number =>
    total(of, (count) => -(count / members) * Math.log2(count / members));
  const spread = (said + real) / 2 - expected;
  return {
    precision: said === 0 ? 1 : right / said,
    recall: real === 0 ? 1 : right / real,
    adjustedRand: spread === 0 ? 1 : (right - expected) / spread,
    informationBits: 2 * entropy(both) - entropy(clusters) - entropy(owners),
    chance: real / Math.max(1, pairs(members)),
  };
}

/** Rates of the core, then of each change heuristic by itself on top of it. Owners are numbered from 0. */
export function errorRates({ facts, owner }: KnownFacts): ErrorRate[] {
  const coinjoins = markCoinjoins(facts);
  const core = joinEvidence([identityLinks(facts), commonInputLinks(facts, coinjoins)]);
  const roots = partition(core, facts.memberCount, { layer: 'core' });
  const ledger = new ChangeLedger(facts, coinjoins, roots);
  const ofCore = comparePartitions(roots, owner);
  const row = (heuristic: string, more: Evidence | null, statements: Statements): ErrorRate => {
    const all = more === null || more.linkCount === 0 ? null : joinEvidence([core, more]);
    const found = all === null ? null : partition(all, facts.memberCount, { layer: 'extended' });
    const { precision, recall, adjustedRand, informationBits, chance } =
      found === null ? ofCore : comparePartitions(found, owner);
    return {
      heuristic,
      ...statements,
      precisionBp: basisPoints(precision),
      recallBp: basisPoints(recall),
      adjustedRandBp: basisPoints(adjustedRand),
      informationMillibits: Math.round(1000 * informationBits),
      chanceBp: basisPoints(chance),
    };
  };
  const statementsOfCore = { statements: core.linkCount, right: 0, possible: core.linkCount };
  for (let link = 0; link < core.linkCount; link += 1) {
    const owners = new Set([...core.members.subarray(core.first[link], core.first[link + 1])].map((of) => owner[of]));
    statementsOfCore.right += Number(owners.size === 1);
  }
  return [
    row('common-input', null, statementsOfCore),
    ...CHANGE_HEURISTICS.map((heuristic) =>
      row(
        heuristic.name,
        changeLinks(ledger, heuristic),
        statementsOf(ledger, owner, (tx) => changeOf(ledger, heuristic, tx)),
      ),
    ),
  ];
}

interface Statements {
  readonly statements: number;
  readonly right: number;
  readonly possible: number;
}

/** Transactions in which a rule names an output, in which that output is the payer's, and in which any output is. */
function statementsOf(ledger: ChangeLedger, owner: Int32Array, name: (tx: number) => number | null): Statements {
  const { facts, coinjoins } = ledger;
  const found = { statements: 0, right: 0, possible: 0 };
  for (let tx = 0; tx < facts.transactionCount; tx += 1) {
    const signers = ledger.inputMembers(tx);
    if (signers.length === 0 || coinjoins[tx] === 1) continue;
    const payer = owner[signers[0]];
    const mine = ledger.spendable(tx, (output) => {
      const member = facts.outputMember[output];
      return member !== NONE && owner[member] === payer;
    });
    found.possible += Number(mine.length > 0);
    const vout = name(tx);
    if (vout === null) continue;
    found.statements += 1;
    found.right += Number(mine.includes(vout));
  }
  return found;
}
