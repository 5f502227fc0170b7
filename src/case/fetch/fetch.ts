/** The verb `fetch`: what a source knows of a subject, recorded and ingested. Facts are kept answer by answer, so a killed run loses nothing. */
import type { ChainSource, FetchedBody } from '../../chain/bitcoin/index.ts';
import { type Address, SpoorError, type Txid } from '../../ledger/index.ts';
import type { CaseContext } from '../context.ts';
import { noteHistory } from '../ingest/coverage.ts';
import { ingestRead, readBody } from '../ingest/ingest.ts';
import { namedAddresses, type Subject } from '../subject.ts';

/**
 * What was fetched for one subject. `complete` is null where the source makes no statement to compare with; `transactions` is 0 for a transaction that no
 * block holds yet.
 */
export interface FetchOutcome {
  readonly subject: string;
  readonly bodies: number;
  readonly transactions: number;
  readonly stated: number | null;
  readonly complete: boolean | null;
}

/** Most pages of 25 transactions asked for one address. */
export const DEFAULT_MAX_PAGES = 40;

/** Fetches subjects one after the other. Throws what the source and the importer throw, NOT_FOUND for a transaction the source does not know. */
export async function fetchSubjects(
  context: CaseContext,
  source: ChainSource,
  request: { subjects: readonly Subject[]; maxPages: number; onFetched?: (outcome: FetchOutcome) => void },
): Promise<FetchOutcome[]> {
  const outcomes: FetchOutcome[] = [];
  for (const subject of request.subjects) {
    for (const work of workOf(context, source, subject)) {
      const outcome = await work(request.maxPages);
      request.onFetched?.(outcome);
      outcomes.push(outcome);
    }
  }
  return outcomes;
}

type Work = (maxPages: number) => Promise<FetchOutcome>;

function workOf(context: CaseContext, source: ChainSource, subject: Subject): Work[] {
  switch (subject.kind) {
    case 'outpoint':
    case 'transaction':
      return [() => fetchTransaction(context, source, subject.txid)];
    case 'address':
      return [(maxPages) => fetchAddress(context, source, { address: subject.address, maxPages })];
    case 'tag':
    case 'cluster':
      return namedAddresses(context, subject).map(
        (address) => (maxPages) => fetchAddress(context, source, { address, maxPages }),
      );
  }
}

async function fetchTransaction(context: CaseContext, source: ChainSource, id: Txid): Promise<FetchOutcome> {
  const body = await source.transaction(id);
  if (body === null) throw new SpoorError('NOT_FOUND', `the source knows no transaction ${id}`);
  const transactions = keep(context, body, id);
  return { subject: id, bodies: 1, transactions, stated: null, complete: null };
}

async function fetchAddress(
  context: CaseContext,
  source: ChainSource,
  asked: { address: Address; maxPages: number },
): Promise<FetchOutcome> {
  const history = await source.history(asked.address, asked.maxPages);
  const { bodies, transactions, stated, complete } = history;
  for (const body of bodies) keep(context, body);
  noteHistory(context, source, { address: asked.address, history });
  return { subject: asked.address, bodies: bodies.length, transactions, stated, complete };
}

/**
 * Reads a fetched answer into the case; the same bytes again add nothing. Returns how many transactions it tells: none where no block holds the one
 * asked for. Throws what the importer throws, and MALFORMED for another transaction than `only`.
 */
export function keep({ store, network }: CaseContext, body: FetchedBody, only: Txid | null = null): number {
  try {
    const parsed = readBody({ ...body, network });
    const other = parsed.transactions.find(({ record }) => only !== null && record.txid !== only);
    if (other !== undefined)
      throw new SpoorError('MALFORMED', `the source answers with ${other.record.txid} to the question for ${only}`);
    return ingestRead(store, parsed, network).transactions;
  } catch (error) {
    if (!(error instanceof SpoorError)) throw error;
    throw new SpoorError(error.code, error.message, error.place, error.hint ?? ASK_AGAIN);
  }
}

/** The answer is recorded, and would be given again to the same question. */
const ASK_AGAIN =
  'nothing of this answer was kept in the case; --refresh asks the source again, --record asks for everything again';
