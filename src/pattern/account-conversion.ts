/**
 * Conversions of an account chain: which value of a transaction changed its asset and goes on in another. Ether that was wrapped (account-wrap.ts), one
 * listed asset that was swapped for one other (account-swap.ts). The split of value over several assets needs prices, which are no facts of the ledger, so
 * it is never made: such a transaction is refused with its reason.
 */
import {
  type AccountConversion,
  type AccountFrame,
  type AccountId,
  type AccountTxId,
  type AccountView,
  type AssetId,
  account,
  NONE,
} from '../ledger/index.ts';
import { isDealing, netChanges } from './account-change.ts';
import { type ConversionRefusal, type Conversions, type SwapContext, swapsOf } from './account-swap.ts';
import { type TokenList, tokenList } from './account-token-list.ts';
import { type LoneHalf, type Wrapper, wrapsOf } from './account-wrap.ts';

/** What conversions are told; all of it is a convention of the run. */
export interface ConversionOptions {
  readonly tokens?: TokenList;
  /** Accounts besides the sender whose net change counts: a Safe the suspect controls. */
  readonly controlled?: ReadonlySet<AccountId>;
  /** Accounts where value stops: they swap nothing. */
  readonly terminals?: { has(account: AccountId): boolean };
}

const NOTHING: Conversions = { conversions: [], refusals: [] };

interface Context extends SwapContext {
  readonly wrappers: readonly Wrapper[];
}

/** A function from frames of this view to their conversions. Frames at the end of a block have none. */
export function conversionsOf(
  view: AccountView,
  options: ConversionOptions = {},
): (frame: AccountFrame) => Conversions {
  const { tokens = tokenList(), controlled = new Set(), terminals = new Set<AccountId>() } = options;
  const known = new Map<AssetId, boolean>();
  const isListed = (id: AssetId): boolean => {
    const listed = known.get(id) ?? tokens.byAsset.has(view.asset(id).asset);
    known.set(id, listed);
    return listed;
  };
  const wrappers = wrappersIn(view, tokens);
  const isWrapper = (id: AssetId): boolean => wrappers.some(({ asset }) => asset === id);
  const context: Context = { view, controlled, terminals, isListed, isWrapper, wrappers };
  return (frame) => (frame.tx === NONE || isPlain(frame, wrappers) ? NOTHING : convert(context, frame, frame.tx));
}

function wrappersIn(view: AccountView, tokens: TokenList): Wrapper[] {
  return [...tokens.wrappers]
    .map(
      (contract): Wrapper => ({
        asset: view.findAsset(contract) ?? NONE,
        account: view.findAccount(account(contract)) ?? NONE,
      }),
    )
    .filter(({ asset, account: own }) => asset !== NONE || own !== NONE);
}

/** Dealings in one asset convert nothing, and most transactions have no more; but half a wrap may stand alone. */
function isPlain({ effects }: AccountFrame, wrappers: readonly Wrapper[]): boolean {
  let asset: AssetId | null = null;
  for (const effect of effects) {
    if (!isDealing(effect)) continue;
    if (asset !== null && effect.asset !== asset) return false;
    asset = effect.asset;
    for (const wrapper of wrappers) if (effect.to === wrapper.account || effect.asset === wrapper.asset) return false;
  }
  return true;
}

function convert(context: Context, frame: AccountFrame, tx: AccountTxId): Conversions {
  const wraps = wrapsOf(frame, context.wrappers);
  const assets = new Set(frame.effects.filter(isDealing).map(({ asset }) => asset));
  const changes = netChanges(frame, wraps.effects);
  const swaps = assets.size < 2 ? NOTHING : swapsOf(context, frame, tx, changes);
  const ofKind = (kind: AccountConversion['kind']): AccountConversion[] =>
    wraps.conversions.filter((one) => one.kind === kind);
  const lone = wraps.lone.map((half) => loneRefusal(tx, half));
  return {
    conversions: [...ofKind('wrap'), ...swaps.conversions, ...ofKind('unwrap')],
    refusals: [...lone, ...swaps.refusals],
  };
}

function loneRefusal(tx: AccountTxId, { account: own, part }: LoneHalf): ConversionRefusal {
  return { tx, account: own, reason: 'incomplete', out: [part], in: [], unlisted: [], protocol: 'WETH' };
}
