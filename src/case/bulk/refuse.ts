/** What a pass over block files cannot do, refused before anything is read. */
import type { BlockIndex } from '../../chain/bitcoin/bulk/index.ts';
import { SpoorError } from '../../ledger/index.ts';
import { conventionOption, DEFAULT_CONVENTIONS, type TraceConventions } from '../../taint/index.ts';
import type { TraceRequest } from '../trace/trace.ts';

/** Throws USAGE for a question that needs more than one look at each block. */
export function refuseInBulk({ conventions, rules }: TraceRequest): void {
  const overAddresses = rules.find((name) => name.startsWith('address-taint'));
  if (overAddresses !== undefined) {
    throw new SpoorError(
      'USAGE',
      `bulk trace keeps no addresses, which ${overAddresses} needs: ingest, then spoor trace`,
    );
  }
  if (rules.includes('age-seniority')) {
    const hint = 'ingest the transactions and use spoor trace';
    throw new SpoorError('USAGE', 'bulk trace does not read how old inputs are, which age-seniority needs', {}, hint);
  }
  if (conventions.seeding !== 'all-outputs') return;
  const hint = 'name the transactions themselves: --seed LABEL=TXID taints all their outputs';
  throw new SpoorError('USAGE', 'bulk trace does not take --seeding all-outputs', {}, hint);
}

/** Height of the first block. Throws INCOMPLETE where the files lack the beginning of their chain: heights, and with them what a coinbase may make, are unknown. */
export function startOfChain({ firstHeight }: Pick<BlockIndex, 'firstHeight'>, folder: string): number {
  if (firstHeight !== null) return firstHeight;
  throw new SpoorError(
    'INCOMPLETE',
    'the blocks do not start at the first of their chain',
    { file: folder },
    'take the blocks folder of a node that is not pruned; spoor ingest reads single files, and spoor trace follows what they hold',
  );
}

/** What the rules over the whole graph know of conventions. */
export interface GraphConventions {
  readonly feeTaint: TraceConventions['feeTaint'];
  readonly coinbaseOrder: TraceConventions['coinbaseOrder'];
  readonly haircutFee: 'share' | 'outputs-only';
}

/** Conventions for the whole graph. Throws USAGE for one that only the engine of single traces knows. */
export function graphConventions(conventions: TraceConventions): GraphConventions {
  const { feeTaint, coinbaseOrder, haircutFee } = conventions;
  const known: ReadonlyArray<keyof TraceConventions> = ['like', 'feeTaint', 'coinbaseOrder'];
  const names = Object.keys(DEFAULT_CONVENTIONS) as Array<keyof TraceConventions>;
  const unknown = names.find((name) =>
    name === 'haircutFee'
      ? haircutFee === 'fee-first'
      : !known.includes(name) && conventions[name] !== DEFAULT_CONVENTIONS[name],
  );
  if (unknown !== undefined || haircutFee === 'fee-first') {
    const option = conventionOption(unknown ?? 'haircutFee');
    const value = conventions[unknown ?? 'haircutFee'];
    const hint = 'spoor bulk trace and spoor trace take it';
    throw new SpoorError('USAGE', `bulk taint does not take ${option} ${value}`, {}, hint);
  }
  return { feeTaint, coinbaseOrder, haircutFee };
}
