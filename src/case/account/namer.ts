/** Accounts, assets and transactions of one answer in text. */
import { checksummed } from '../../chain/ethereum/index.ts';
import { type AccountId, type AccountTxId, type AccountView, type AssetId, NATIVE, NONE } from '../../ledger/index.ts';
import type { TokenList } from '../../pattern/index.ts';
import type { AccountHopRow, AssetRow, TagCitation } from '../../report/index.ts';
import type { AccountStep } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { tagsOfAddress } from '../tag/tags.ts';
import { citation } from '../trace/hops.ts';
import { assetName } from './subject.ts';
import type { AccountAnswer } from './trace.ts';

/** What `trace`, `report` and `why` say of an arrival alike. */
export type ArrivalRow = Omit<AccountHopRow, 'byRule' | 'tags'>;

/** `native`, or the contract with its checksum. */
export function assetText(view: AccountView, id: AssetId): string {
  return assetName(view.asset(id).asset);
}

/** Hash of a transaction, the key of a row that names none, or `block end`. */
export function transactionText(view: AccountView, tx: AccountTxId | typeof NONE): string {
  if (tx === NONE) return 'block end';
  const { hash, rowKey } = view.transaction(tx);
  return hash ?? rowKey ?? 'row without key';
}

/** Rows of assets: the coin of the chain first, then by contract. */
export function assetRows(view: AccountView, tokens: TokenList, met: ReadonlySet<AssetId>): AssetRow[] {
  return [...met]
    .map((id): AssetRow => {
      const { asset, symbol, decimals } = view.asset(id);
      const listed = tokens.byAsset.get(asset);
      return {
        asset: assetText(view, id),
        symbol: listed?.symbol ?? symbol,
        decimals: listed?.decimals ?? decimals,
        listed: listed !== undefined,
      };
    })
    .sort((a, b) => (a.asset === NATIVE ? -1 : b.asset === NATIVE ? 1 : a.asset < b.asset ? -1 : 1));
}

/** Names of one answer in text; each is made once. */
export class AccountNamer {
  private readonly answer: AccountAnswer;
  private readonly context: CaseContext;
  private readonly tags = new Map<AccountId, TagCitation[]>();

  constructor(context: CaseContext, answer: AccountAnswer) {
    this.context = context;
    this.answer = answer;
  }

  account(id: AccountId): string {
    return checksummed(this.answer.view.account(id).account);
  }

  asset(id: AssetId): string {
    return assetText(this.answer.view, id);
  }

  transaction(tx: AccountTxId | typeof NONE): string {
    return transactionText(this.answer.view, tx);
  }

  tagsOf(id: AccountId): TagCitation[] {
    const known = this.tags.get(id);
    if (known !== undefined) return known;
    const found = tagsOfAddress(this.context, this.answer.view.account(id).account).map(citation);
    this.tags.set(id, found);
    return found;
  }

  label(number: number): string {
    return this.answer.params.labels[number];
  }

  /** Amounts per label, as an object in canonical order. */
  taint(parts: ReadonlyArray<readonly [number, bigint]>): Record<string, string> {
    return Object.fromEntries(parts.map(([label, amount]) => [this.label(label), String(amount)]));
  }

  /** An arrival of taint but for its amounts by rule. */
  arrival(step: AccountStep): ArrivalRow {
    const record = step.tx === NONE ? null : this.answer.view.transaction(step.tx);
    return {
      kind: step.kind,
      transaction: this.transaction(step.tx),
      height: record?.blockNumber ?? null,
      timestampSec: record?.timestampSec ?? null,
      from: step.from === NONE ? null : this.account(step.from),
      fromAsset: this.asset(step.fromAsset),
      to: this.account(step.to),
      asset: this.asset(step.asset),
      amount: String(step.amount),
    };
  }
}
