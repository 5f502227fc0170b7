/**
 * What happened at watched accounts. An event is named by its transaction, who paid whom how much of which asset, and which of equal ones it is: so a new run,
 * a reorganisation, or a file that tells more of the same transaction names it the same.
 */
import { checksummed } from '../../chain/ethereum/index.ts';
import {
  type Account,
  type AccountFrame,
  type Asset,
  accountHash,
  type EffectFrame,
  NONE,
  SpoorError,
} from '../../ledger/index.ts';
import { assetName } from '../account/subject.ts';
import type { CaseContext } from '../context.ts';

/** Value that came to a watched account, or left it; fees are none. `amount` is base units of the asset. */
export interface AccountWatchEvent {
  /** `account FLOW TRANSACTION ASSET FROM TO AMOUNT NTH`. */
  readonly name: string;
  readonly flow: 'received' | 'sent';
  readonly address: string;
  readonly asset: string;
  readonly amount: string;
  /** Who paid, or was paid; null for new coins and what is burned. */
  readonly counterparty: string | null;
  readonly txid: string;
  readonly height: number | null;
  readonly timestampSec: number | null;
}

/** Kinds of effects that are told: what nobody did (corrections of a balance) and fees are not. */
const TOLD: ReadonlySet<string> = new Set(['move', 'mint', 'burn', 'reward', 'withdrawal']);

/** Events of accounts, each in the asset it is watched for (null: in all), in the order of the chain. */
export function accountWatchEvents(
  { accounts: view }: CaseContext,
  watched: ReadonlyArray<{ readonly account: Account; readonly asset: Asset | null }>,
  flow: 'received' | 'sent' | 'both',
): AccountWatchEvent[] {
  const assets = new Map<number, Set<number> | null>();
  for (const { account, asset } of watched) {
    const id = view.findAccount(account);
    const held = asset === null ? null : view.findAsset(asset);
    if (id === null || (asset !== null && held === null)) continue;
    const known = assets.get(id);
    if (held === null || known === null) assets.set(id, null);
    else assets.set(id, (known ?? new Set<number>()).add(held));
  }
  if (assets.size === 0) return [];
  const isAsked = (id: number, asset: number): boolean => {
    const own = assets.get(id);
    return own === null || own?.has(asset) === true;
  };
  const found: AccountWatchEvent[] = [];
  for (const frame of view.frames()) {
    if (!frame.effects.some(({ from, to }) => assets.has(from) || assets.has(to))) continue;
    for (const { effect, event } of eventsOf(view, frame)) {
      const own = event.flow === 'received' ? effect.to : effect.from;
      if ((flow === 'both' || flow === event.flow) && isAsked(own, effect.asset)) found.push(event);
    }
  }
  return found;
}

/** Whether the case still holds what an event names. */
export function accountStillHappened({ accounts: view }: CaseContext, name: string): boolean {
  const [, , transaction] = name.split(' ');
  const isOf = (frame: AccountFrame): boolean => eventsOf(view, frame).some(({ event }) => event.name === name);
  if (transaction.startsWith('0x')) {
    const tx = view.findTransaction(accountHash(transaction));
    return tx !== null && isOf(view.frame(tx));
  }
  // Rows and ends of blocks have no index; which of the two a frame is can be told without a question.
  const atBlockEnd = transaction.startsWith('block:');
  for (const frame of view.frames()) {
    if ((frame.tx === NONE) === atBlockEnd && textOf(view, frame) === transaction && isOf(frame)) return true;
  }
  return false;
}

type View = CaseContext['accounts'];

/** Name of a frame without blanks: a hash, the key of a row, or the block at whose end it stands. */
function textOf(view: View, { tx, blockNumber }: AccountFrame): string {
  if (tx === NONE) return `block:${blockNumber}`;
  const { hash, rowKey } = view.transaction(tx);
  if (hash === null && rowKey === null) throw new SpoorError('MALFORMED', 'a row of accounts has neither hash nor key');
  return hash ?? `row:${rowKey}`.replaceAll(' ', '_');
}

/** Every event of a frame, both ways. */
function eventsOf(view: View, frame: AccountFrame): Array<{ effect: EffectFrame; event: AccountWatchEvent }> {
  const txid = textOf(view, frame);
  const height = frame.blockNumber === NONE ? null : frame.blockNumber;
  const seen = new Map<string, number>();
  return frame.effects.flatMap((effect) => {
    const { kind, from, to, amount } = effect;
    if (!TOLD.has(kind) || from === to) return [];
    const asset = assetName(view.asset(effect.asset).asset);
    const [payer, payee] = [from, to].map((id) => (id === NONE ? null : checksummed(view.account(id).account)));
    const what = `${txid} ${asset} ${payer ?? kind} ${payee ?? kind} ${amount}`;
    const nth = (seen.get(what) ?? 0) + 1;
    seen.set(what, nth);
    const told = (flow: 'received' | 'sent', address: string, counterparty: string | null) => ({
      effect,
      event: {
        ...{ name: `account ${flow} ${what} ${nth}`, flow, address, asset, amount: String(amount), counterparty },
        ...{ txid, height, timestampSec: frame.timestampSec },
      },
    });
    return [
      ...(payer === null ? [] : [told('sent', payer, payee)]),
      ...(payee === null ? [] : [told('received', payee, payer)]),
    ];
  });
}
