/**
 * Account facts read once for one verb that walks them several times. Above a size nothing is held, and each walk reads the case again: memory then does not
 * grow with it.
 */
import type {
  AccountFrame,
  AccountId,
  AccountTransactionRecord,
  AccountTxId,
  AccountView,
  AssetId,
  BalanceFrame,
  ViewAccount,
  ViewAsset,
} from '../../ledger/index.ts';
import { NONE } from '../../ledger/index.ts';

/** Transactions up to which frames and records are held: about 2 KB each. */
const MOST_HELD = 200_000;

/** The view itself where it is too large, else one that reads everything once. */
export function heldView(view: AccountView): AccountView {
  return view.transactionCount() > MOST_HELD ? view : new HeldView(view);
}

class HeldView implements AccountView {
  readonly chain = 'ethereum' as const;
  readonly chainId: number;
  private readonly view: AccountView;
  private all: readonly AccountFrame[] | null = null;
  private readonly byTx = new Map<AccountTxId, AccountFrame>();
  private readonly ofAccount = new Map<AccountId, AccountTxId[]>();
  private readonly records = new Map<AccountTxId, AccountTransactionRecord>();
  private readonly accounts = new Map<AccountId, ViewAccount>();
  private readonly assets = new Map<AssetId, ViewAsset>();

  constructor(view: AccountView) {
    this.view = view;
    this.chainId = view.chainId;
  }

  frames(): readonly AccountFrame[] {
    if (this.all !== null) return this.all;
    this.all = [...this.view.frames()];
    for (const frame of this.all) {
      if (frame.tx === NONE) continue;
      this.byTx.set(frame.tx, frame);
      const touched = new Set(frame.effects.flatMap(({ from, to }) => [from, to]));
      for (const id of touched) if (id !== NONE) cached(this.ofAccount, id, () => []).push(frame.tx);
    }
    return this.all;
  }

  frame(tx: AccountTxId): AccountFrame {
    this.frames();
    // The view knows how to refuse a number that is none.
    return this.byTx.get(tx) ?? this.view.frame(tx);
  }

  transaction(tx: AccountTxId): AccountTransactionRecord {
    return cached(this.records, tx, () => this.view.transaction(tx));
  }

  account(id: AccountId): ViewAccount {
    return cached(this.accounts, id, () => this.view.account(id));
  }

  asset(id: AssetId): ViewAsset {
    return cached(this.assets, id, () => this.view.asset(id));
  }

  tip(): ReturnType<AccountView['tip']> {
    return this.view.tip();
  }

  transactionCount(): number {
    return this.view.transactionCount();
  }

  accountCount(): number {
    return this.view.accountCount();
  }

  assetCount(): number {
    return this.view.assetCount();
  }

  findAccount(...of: Parameters<AccountView['findAccount']>): AccountId | null {
    return this.view.findAccount(...of);
  }

  findAsset(...of: Parameters<AccountView['findAsset']>): AssetId | null {
    return this.view.findAsset(...of);
  }

  findTransaction(...of: Parameters<AccountView['findTransaction']>): AccountTxId | null {
    return this.view.findTransaction(...of);
  }

  transactionsOfAccount(id: AccountId): readonly AccountTxId[] {
    this.frames();
    return this.ofAccount.get(id) ?? [];
  }

  balances(): Iterable<BalanceFrame> {
    return this.view.balances();
  }
}

function cached<K, V>(known: Map<K, V>, key: K, read: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const value = read();
  known.set(key, value);
  return value;
}
