/**
 * The verb `cluster change`: what every change heuristic says of one transaction, and where they contradict each
 * other.
 */
import {
  ChangeLedger,
  changeVotes,
  commonInputLinks,
  identityLinks,
  joinEvidence,
  markCoinjoins,
  partition,
} from '../../cluster/index.ts';
import { SpoorError, type TxId, txid } from '../../ledger/index.ts';
import type { CaseContext } from '../context.ts';
import { untilHeight } from '../run.ts';
import { type CaseFacts, clusterFacts } from './facts.ts';

/** What one heuristic says: `names` one output, `leaves` several, or is `silent`. */
export interface VoteRow {
  readonly heuristic: string;
  readonly kind: 'static' | 'dynamic';
  readonly says: 'names' | 'leaves' | 'silent';
  readonly vouts: readonly number[];
}

/**
 * An output of the transaction, with the heuristics that name it alone and those that rule it out and leave another.
 */
export interface CandidateRow {
  readonly vout: number;
  readonly address: string | null;
  readonly amount: string;
  readonly named: readonly string[];
  readonly ruledOut: readonly string[];
}

/** `spoor cluster change TXID --json`, schema spoor.change/1. */
export interface ChangeDocument {
  readonly schema: 'spoor.change/1';
  readonly txid: string;
  readonly height: number | null;
  readonly coinjoin: boolean;
  /** Height of the facts that dynamic heuristics rest on. */
  readonly asOfHeight: number;
  readonly votes: readonly VoteRow[];
  readonly outputs: readonly CandidateRow[];
  readonly agree: boolean;
}

/** Facts prepared for change heuristics. */
interface ChangeFacts {
  readonly read: CaseFacts;
  readonly ledger: ChangeLedger;
}

/** Reads the facts up to a height and what change heuristics need besides. */
function changeFacts(context: CaseContext, height: number | null): ChangeFacts {
  const read = clusterFacts(context, height);
  const coinjoins = markCoinjoins(read.facts);
  const evidence = joinEvidence([identityLinks(read.facts), commonInputLinks(read.facts, coinjoins)]);
  const core = partition(evidence, read.facts.memberCount, { layer: 'core' });
  return { read, ledger: new ChangeLedger(read.facts, coinjoins, core) };
}

function voteRow(heuristic: string, kind: VoteRow['kind'], vouts: readonly number[]): VoteRow {
  const says = vouts.length === 0 ? 'silent' : vouts.length === 1 ? 'names' : 'leaves';
  return { heuristic, kind, says, vouts };
}

/** Votes on one transaction of the facts. */
function votesOn({ read, ledger }: ChangeFacts, tx: TxId): VoteRow[] {
  return changeVotes(ledger, read.transactions.indexOf(tx)).map(({ heuristic, kind, vouts }) =>
    voteRow(heuristic, kind, vouts),
  );
}

/** Votes on a transaction as kept with a link: those who vote in their order, "heuristic kind vout vout". */
export function keptVotes(ledger: ChangeLedger, tx: number): string {
  return changeVotes(ledger, tx)
    .map(({ heuristic, kind, vouts }) => [heuristic, kind, ...vouts].join(' '))
    .join('\n');
}

/** Votes as they were kept. */
export function votesKept(text: string): VoteRow[] {
  return text.split('\n').map((line) => {
    const [heuristic, kind, ...vouts] = line.split(' ');
    return voteRow(heuristic, kind === 'dynamic' ? 'dynamic' : 'static', vouts.map(Number));
  });
}

/** What every heuristic says of one transaction. Throws NOT_FOUND, TXID_INVALID. */
export function changeDocument(
  context: CaseContext,
  request: { readonly txid: string; readonly until: string | null },
): ChangeDocument {
  const id = txid(request.txid);
  const height = untilHeight(context, request.until);
  const facts = changeFacts(context, height);
  const tx = context.view.findTransactions(id).find((row) => facts.read.transactions.includes(row));
  if (tx === undefined) throw new SpoorError('NOT_FOUND', `the facts hold no transaction ${id}`);
  const votes = votesOn(facts, tx);
  const transaction = context.view.transaction(tx);
  const outputs = transaction.outputs.map(
    ({ vout, address, valueSat }): CandidateRow => ({
      vout,
      address,
      amount: String(valueSat),
      named: votes.filter(({ says, vouts }) => says === 'names' && vouts[0] === vout).map(({ heuristic }) => heuristic),
      ruledOut: votes
        .filter(({ says, vouts }) => says !== 'silent' && !vouts.includes(vout))
        .map(({ heuristic }) => heuristic),
    }),
  );
  return {
    schema: 'spoor.change/1',
    txid: id,
    height: transaction.height,
    coinjoin: facts.ledger.coinjoins[facts.read.transactions.indexOf(tx)] === 1,
    asOfHeight: height ?? context.view.tip().height,
    votes,
    outputs,
    agree: outputs.filter(({ named }) => named.length > 0).length <= 1,
  };
}
