/** Facts of a case in canonical form: what `case export` prints, what digests are of, and what verifications compare. */
import { createHash } from 'node:crypto';
import { spoorBlockLine, spoorLine } from '../chain/bitcoin/index.ts';
import { NONE } from '../ledger/index.ts';
import { blocks, RecordTable } from '../store/index.ts';
import { accountLines } from './account/facts.ts';
import type { CaseContext } from './context.ts';

/** Ground facts in canonical form, one JSON line each: blocks by height and hash, transactions in total order. */
export function* factLines({ store, view }: CaseContext): Iterable<string> {
  yield JSON.stringify({ schema: 'spoor.ledger/1' });
  for (const block of blocks(store)) yield spoorBlockLine(block);
  const table = new RecordTable(store);
  for (const tx of view.transactions()) yield spoorLine(table.byId(tx).record);
}

/** The facts with what was derived from them on the way in: which inputs are linked, and what is proven. */
export function* stateLines(context: CaseContext): Iterable<string> {
  const { store, view } = context;
  for (const block of blocks(store)) yield spoorBlockLine(block);
  const table = new RecordTable(store);
  for (const tx of view.transactions()) {
    const { record, proof } = table.byId(tx);
    const linked = view
      .transaction(tx)
      .inputs.map(({ output }) => (output === NONE ? '-' : view.output(output).outpoint));
    yield `${spoorLine(record)} ${proof} ${linked.join(' ')}`;
  }
}

/** SHA-256 over the canonical lines of both chains: equal for two cases that hold the same facts, however they came to hold them. */
export function factsDigest(context: CaseContext): string {
  const digest = createHash('sha256');
  for (const line of factLines(context)) digest.update(`${line}\n`);
  for (const line of accountLines(context.store)) digest.update(`${line}\n`);
  return `sha256:${digest.digest('hex')}`;
}
