/** AccountView over records in memory: the second implementation that keeps the interface honest, and a quick one for tests of engines. */
import {
  type Account,
  type AccountBlockRecord,
  type AccountFrame,
  type AccountHash,
  type AccountId,
  type AccountRecord,
  type AccountTransactionRecord,
  type AccountTxId,
  type AccountView,
  type Asset,
  type AssetId,
  accountId,
  accountTxId,
  assetId,
  type BalanceRecord,
  blockEffects,
  type Effect,
  type EffectFrame,
  effectsOf,
  frameHoles,
  NATIVE,
  NONE,
  type TokenRecord,
} from '../../src/ledger/index.ts';

/** What a view is made of; every transaction once, all that is known of it in one record. */
export interface AccountFacts {
  readonly transactions: readonly AccountTransactionRecord[];
  readonly blocks?: readonly AccountBlockRecord[];
  readonly balances?: readonly BalanceRecord[];
  readonly tokens?: readonly TokenRecord[];
  readonly accounts?: readonly AccountRecord[];
  readonly chainId?: number;
}

/** Where something stands: block, part of the block (transactions, end, rows after), then place in it. */
type Place = readonly [block: number, part: number, ...rest: Array<number | string>];

interface Entry {
  readonly place: Place;
  readonly record: AccountTransactionRecord | null;
  readonly block: AccountBlockRecord | null;
}

const LATER = Number.MAX_SAFE_INTEGER;

function comparePlaces(a: Place, b: Place): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    if (a[at] !== b[at]) return a[at] < b[at] ? -1 : 1;
  }
  return a.length - b.length;
}

/** Numbers of things by their text, given out on first sight. */
class Numbers {
  readonly texts: string[] = [];
  private readonly byText = new Map<string, number>();

  of(text: string): number {
    const found = this.byText.get(text);
    if (found !== undefined) return found;
    this.byText.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  find(text: string): number | null {
    return this.byText.get(text) ?? null;
  }
}

/** Time of each block: of its record, or of a transaction in it. */
function blockTimes({ transactions, blocks = [] }: AccountFacts): Map<number, number> {
  const times = new Map<number, number>();
  for (const { blockNumber, timestampSec } of transactions)
    if (blockNumber !== null && timestampSec !== null) times.set(blockNumber, timestampSec);
  for (const { number, timestampSec } of blocks) if (timestampSec !== null) times.set(number, timestampSec);
  return times;
}

function placeOf(record: AccountTransactionRecord, times: ReadonlyMap<number, number>): Place {
  const { blockNumber, txIndex, from, nonce, hash, rowKey, timestampSec } = record;
  const name = hash?.slice(2) ?? rowKey ?? '';
  if (blockNumber !== null) return [blockNumber, 0, txIndex ?? LATER, from ?? '~', nonce ?? LATER, name];
  if (timestampSec === null) return [LATER, 2, 0, name];
  let [block, time] = [-1, -1];
  for (const [number, timeSec] of times)
    if (timeSec <= timestampSec && number > block) [block, time] = [number, timeSec];
  return time === timestampSec ? [block, 0, LATER, '~', LATER, name] : [block, 2, timestampSec, name];
}

/** A view of the facts. */
export function memoryAccountView(facts: AccountFacts): AccountView {
  return new MemoryAccountView(facts);
}

class MemoryAccountView implements AccountView {
  readonly chain = 'ethereum' as const;
  readonly chainId: number;
  private readonly facts: AccountFacts;
  private readonly accounts = new Numbers();
  private readonly assets = new Numbers();
  private readonly blocks = new Map<number, AccountBlockRecord>();
  private readonly ordered: AccountFrame[] = [];
  private readonly frameOfTx: AccountFrame[] = [];
  private readonly records: AccountTransactionRecord[] = [];

  constructor(facts: AccountFacts) {
    this.facts = facts;
    this.chainId = facts.chainId ?? 1;
    this.assets.of(NATIVE);
    for (const block of facts.blocks ?? []) this.blocks.set(block.number, block);
    const times = blockTimes(facts);
    const entries: Entry[] = [
      ...facts.transactions.map((record) => ({ place: placeOf(record, times), record, block: null })),
      ...[...this.blocks.values()].map((block) => ({ place: [block.number, 1] as const, record: null, block })),
    ];
    entries.sort((a, b) => comparePlaces(a.place, b.place));
    entries.forEach((entry, key) => this.add(entry, key, times));
    for (const { asset } of [...(facts.tokens ?? []), ...(facts.balances ?? [])]) this.assets.of(asset);
    for (const { account } of [...(facts.accounts ?? []), ...(facts.balances ?? [])]) this.accounts.of(account);
  }

  private add({ record, block }: Entry, orderKey: number, times: ReadonlyMap<number, number>): void {
    const at = record?.blockNumber ?? block?.number ?? NONE;
    const common = { orderKey, blockNumber: at, timestampSec: record?.timestampSec ?? times.get(at) ?? null };
    if (record === null) {
      const effects = block === null ? [] : blockEffects(block).map((effect) => this.numbers(effect));
      if (effects.length > 0) this.ordered.push({ ...common, tx: NONE, order: 'total', sender: NONE, effects });
      return;
    }
    this.name(record);
    const found = effectsOf(record, this.blocks.get(at)?.feeRecipient ?? null);
    const unplaced = record.blockNumber === null || record.txIndex === null ? { unplaced: true } : {};
    const frame: AccountFrame = {
      ...common,
      ...unplaced,
      tx: accountTxId(this.records.length),
      order: found.order,
      sender: this.idOf(record.from),
      effects: found.effects.map((effect) => this.numbers(effect)),
      ...frameHoles(record, found),
    };
    this.records.push({
      ...record,
      timestampSec: common.timestampSec,
      blockHash: record.blockHash ?? this.blocks.get(at)?.hash ?? null,
    });
    this.ordered.push(frame);
    this.frameOfTx.push(frame);
  }

  /** Who is named has a number, though no effect meets him. */
  private name({ from, to, created, internal, tokens }: AccountTransactionRecord): void {
    const moves = [...(internal ?? []), ...(tokens ?? [])];
    for (const one of [from, to, created, ...moves.flatMap((move) => [move.from, move.to])]) this.idOf(one);
    for (const { asset } of tokens ?? []) this.assets.of(asset);
  }

  private idOf(account: Account | null): AccountId | typeof NONE {
    return account === null ? NONE : accountId(this.accounts.of(account));
  }

  private numbers({ kind, asset, from, to, amount }: Effect): EffectFrame {
    return { kind, asset: assetId(this.assets.of(asset)), from: this.idOf(from), to: this.idOf(to), amount };
  }

  tip() {
    const heights = [...this.blocks.keys(), ...this.records.map(({ blockNumber }) => blockNumber ?? -1)];
    const height = heights.reduce((most, one) => Math.max(most, one), -1);
    if (height < 0) return { height: 0, hash: null };
    const told = this.records.find(({ blockNumber, blockHash }) => blockNumber === height && blockHash !== null);
    return { height, hash: this.blocks.get(height)?.hash ?? told?.blockHash ?? null };
  }

  transactionCount(): number {
    return this.records.length;
  }

  accountCount(): number {
    return this.accounts.texts.length;
  }

  assetCount(): number {
    return this.assets.texts.length;
  }

  frames(): Iterable<AccountFrame> {
    return this.ordered;
  }

  frame(tx: AccountTxId): AccountFrame {
    return known(this.frameOfTx[tx]);
  }

  account(id: AccountId) {
    const account = known(this.accounts.texts[id]) as Account;
    const told = (this.facts.accounts ?? []).filter((one) => one.account === account && one.isContract !== null);
    return { account, isContract: told.length === 0 ? null : told.some(({ isContract }) => isContract) };
  }

  asset(id: AssetId) {
    const asset = known(this.assets.texts[id]) as Asset;
    const told = (this.facts.tokens ?? []).find((one) => one.asset === asset);
    return told ?? { asset, symbol: null, name: null, decimals: null };
  }

  transaction(tx: AccountTxId): AccountTransactionRecord {
    return known(this.records[tx]);
  }

  findAccount(account: Account): AccountId | null {
    const found = this.accounts.find(account);
    return found === null ? null : accountId(found);
  }

  findAsset(asset: Asset): AssetId | null {
    const found = this.assets.find(asset);
    return found === null ? null : assetId(found);
  }

  findTransaction(hash: AccountHash): AccountTxId | null {
    const found = this.records.findIndex((record) => record.hash === hash);
    return found < 0 ? null : accountTxId(found);
  }

  transactionsOfAccount(id: AccountId): readonly AccountTxId[] {
    return this.frameOfTx.flatMap(({ tx, effects }) =>
      tx !== NONE && effects.some(({ from, to }) => from === id || to === id) ? [tx as AccountTxId] : [],
    );
  }

  balances() {
    const frames = (this.facts.balances ?? []).map(({ account, asset, blockNumber, amount }) => ({
      account: accountId(this.accounts.of(account)),
      asset: assetId(this.assets.of(asset)),
      blockNumber,
      orderKey: blockNumber === null ? Number.POSITIVE_INFINITY : this.keyAfter(blockNumber),
      amount,
    }));
    return frames.sort(
      (a, b) =>
        Number(a.blockNumber === null) - Number(b.blockNumber === null) ||
        (a.blockNumber ?? 0) - (b.blockNumber ?? 0) ||
        a.account - b.account ||
        a.asset - b.asset,
    );
  }

  /** Between the last frame up to a block and the next one. */
  private keyAfter(block: number): number {
    const keys = this.ordered.filter((frame) => frame.blockNumber !== NONE && frame.blockNumber <= block);
    return (keys.at(-1)?.orderKey ?? -1) + 0.5;
  }
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the view never gave out this number');
  return value;
}
