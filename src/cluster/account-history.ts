/** What clustering reads of an account chain: dealings in total order, and what is known of the accounts that made them. */
import { type AccountId, type AccountTxId, type AccountView, type AssetId, account, NONE } from '../ledger/index.ts';

/** A move of value between two accounts. */
export interface Transfer {
  readonly tx: AccountTxId;
  /** Place among all transfers; grows in the total order. */
  readonly place: number;
  /** NONE for a row without a block: it is then in no window of blocks. */
  readonly blockNumber: number;
  readonly asset: AssetId;
  readonly from: AccountId;
  readonly to: AccountId;
  readonly amount: bigint;
  /** Whether `from` sent the transaction, by its own signature; not so where a contract moved what it was allowed to. */
  readonly signed: boolean;
  /** Who sent the transaction, or NONE. */
  readonly sender: AccountId | typeof NONE;
}

/** An approval of ERC-20 above zero. */
export interface Approval {
  readonly tx: AccountTxId;
  /** Transfers before it. */
  readonly place: number;
  readonly owner: AccountId;
  readonly spender: AccountId;
}

/** Who is not a person: custodial exchanges by the name that owns them, and all other services (mixers, bridges, faucets, contracts of many users). */
export interface AccountRoles {
  readonly exchanges: ReadonlyMap<AccountId, string>;
  readonly services: ReadonlySet<AccountId>;
}

/** Dealings of a view, by place and by account. */
export interface AccountHistory {
  readonly memberCount: number;
  readonly transfers: readonly Transfer[];
  /** Places of transfers from and to each account, ascending. */
  readonly out: ReadonlyMap<AccountId, readonly number[]>;
  readonly in: ReadonlyMap<AccountId, readonly number[]>;
  /** How many transactions each account sent. */
  readonly sent: ReadonlyMap<AccountId, number>;
  /** EIP-7702: accounts of people that took code. */
  readonly delegated: ReadonlySet<AccountId>;
  readonly approvals: readonly Approval[];
  /** Contract to the contract or person that made it, where a trace or a creation says so. */
  readonly makers: ReadonlyMap<AccountId, AccountId>;
  /** Whether it has code and is no delegated account of a person. `null`: no source says, and it never sent a transaction. */
  isContract(id: AccountId): boolean | null;
}

interface Growing {
  readonly transfers: Transfer[];
  readonly out: Map<AccountId, number[]>;
  readonly in: Map<AccountId, number[]>;
  readonly sent: Map<AccountId, number>;
  readonly delegated: Set<AccountId>;
  readonly approvals: Approval[];
  readonly makers: Map<AccountId, AccountId>;
}

/** Reads a view once, with its records: delegations, approvals and creations stand in no effect. */
export function accountHistory(view: AccountView): AccountHistory {
  const history: Growing = {
    transfers: [],
    out: new Map(),
    in: new Map(),
    sent: new Map(),
    delegated: new Set(),
    approvals: [],
    makers: new Map(),
  };
  for (const { tx, blockNumber, sender, effects } of view.frames()) {
    if (tx === NONE) continue;
    if (sender !== NONE) history.sent.set(sender, (history.sent.get(sender) ?? 0) + 1);
    for (const { kind, asset, from, to, amount } of effects) {
      if (kind !== 'move' || from === NONE || to === NONE) continue;
      const place = history.transfers.length;
      history.transfers.push({ tx, place, blockNumber, asset, from, to, amount, signed: from === sender, sender });
      push(history.out, from, place);
      push(history.in, to, place);
    }
    readRecord(view, tx, history);
  }
  const isContract = (id: AccountId): boolean | null => {
    if (history.delegated.has(id) || history.sent.has(id)) return false;
    return history.makers.has(id) ? true : view.account(id).isContract;
  };
  return { memberCount: view.accountCount(), ...history, isContract };
}

function readRecord(view: AccountView, tx: AccountTxId, history: Growing): void {
  const { delegated, events, internal, created, from, succeeded } = view.transaction(tx);
  for (const own of delegated ?? []) addTo(history.delegated, view.findAccount(own));
  if (succeeded === false) return;
  const make = (contract: AccountId | null, by: AccountId | null): void => {
    if (contract !== null && by !== null) history.makers.set(contract, by);
  };
  if (created !== null && from !== null) make(view.findAccount(created), view.findAccount(from));
  for (const move of internal ?? []) {
    if (move.kind === 'create' && move.to !== null) make(view.findAccount(move.to), view.findAccount(move.from));
  }
  for (const { name, fields } of events ?? []) {
    if (name !== 'erc20.approval' || !isAccount(fields.owner) || !isAccount(fields.spender)) continue;
    const [owner, spender] = [view.findAccount(account(fields.owner)), view.findAccount(account(fields.spender))];
    if (owner === null || spender === null || !/^[1-9]\d*$/.test(fields.amount ?? '')) continue;
    history.approvals.push({ tx, place: history.transfers.length, owner, spender });
  }
}

function isAccount(text: string | undefined): text is string {
  return text !== undefined && /^0x[0-9a-f]{40}$/i.test(text);
}

function addTo(set: Set<AccountId>, id: AccountId | null): void {
  if (id !== null) set.add(id);
}

function push(map: Map<AccountId, number[]>, key: AccountId, place: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [place]);
  else list.push(place);
}

/** Whether an account can be a person: no exchange, no service, no contract. */
export function isPerson(history: AccountHistory, roles: AccountRoles, id: AccountId): boolean {
  return !roles.exchanges.has(id) && !roles.services.has(id) && history.isContract(id) !== true;
}
