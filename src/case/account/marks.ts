/** What a trace over accounts says besides amounts: notes of mixers with the crowd they stand in, published pairs of bridges, and what is there to deceive. */
import { type AccountTxId, NONE } from '../../ledger/index.ts';
import { accountFlags, bridgeLinks, mixerNotes, type Terminal } from '../../pattern/index.ts';
import type { AccountTraceDocument, BridgeRow, MixerRow } from '../../report/index.ts';
import { bridgeRow } from './leads.ts';
import type { AccountNamer } from './namer.ts';
import type { AccountAnswer } from './trace.ts';

/** Marks of an answer. */
export function accountMarks(
  answer: AccountAnswer,
  namer: AccountNamer,
): Pick<AccountTraceDocument, 'bridges' | 'mixers' | 'hidden'> {
  const moving = new Set<AccountTxId>();
  for (const { steps } of answer.result.rules) for (const { tx } of steps) if (tx !== NONE) moving.add(tx);
  const terminals = new Map(
    [...answer.stops].flatMap(([id, { terminal }]) => (terminal === null ? [] : [[id, terminal] as const])),
  );
  return {
    bridges: bridgeRows(answer, { moving, terminals }),
    mixers: mixerRows(answer, namer, { moving, terminals }),
    hidden: hiddenOf(answer),
  };
}

interface Marked {
  readonly moving: ReadonlySet<AccountTxId>;
  readonly terminals: ReadonlyMap<Parameters<AccountNamer['account']>[0], Terminal>;
}

/** Where the protocol says that tainted value went on another chain. */
function bridgeRows({ view }: AccountAnswer, { moving, terminals }: Marked): BridgeRow[] {
  return bridgeLinks(view, terminals)
    .filter(({ fromTx }) => moving.has(fromTx))
    .map((link) => bridgeRow(view, link));
}

/** Notes that tainted transactions paid into or took from mixers, by pool and direction. */
function mixerRows({ view }: AccountAnswer, namer: AccountNamer, { moving, terminals }: Marked): MixerRow[] {
  const rows = new Map<string, MixerRow>();
  for (const note of mixerNotes(view, terminals)) {
    if (!moving.has(note.tx)) continue;
    const key = `${note.pool} ${note.direction} ${note.denomination}`;
    const row = rows.get(key);
    rows.set(key, {
      pool: namer.account(note.pool),
      direction: note.direction,
      asset: note.asset === null ? null : namer.asset(note.asset),
      denomination: note.denomination === null ? null : String(note.denomination),
      notes: (row?.notes ?? 0) + 1,
      amount: note.denomination === null ? null : String(note.denomination * BigInt((row?.notes ?? 0) + 1)),
      crowdAtMost: Math.max(row?.crowdAtMost ?? 0, note.crowdAtMost),
    });
  }
  return [...rows.values()];
}

/** Tokens not on the list, fakes among them, and addresses made to look like another: kept and counted. */
function hiddenOf({ view, tokens, params }: AccountAnswer): AccountTraceDocument['hidden'] {
  const flags = accountFlags(view, tokens);
  const hidden = params.tokens === 'all' ? 0 : flags.hiddenEffects['not-listed'] + flags.hiddenEffects.fake;
  const kinds = [...flags.tokens.values()];
  return {
    tokens: kinds.length,
    fakes: kinds.filter((kind) => kind === 'fake').length,
    moves: hidden,
    zeroTransfers: flags.zeroTransfers.length,
    lookAlikes: flags.lookAlikes.length,
  };
}
