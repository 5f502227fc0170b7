/** SUBJECT of the command line on an account chain. Form is checked before any work starts, existence after. */
import { checkAccount, checksummed } from '../../chain/ethereum/index.ts';
import {
  type Account,
  type AccountHash,
  type Asset,
  accountHash,
  asset,
  NATIVE,
  SpoorError,
} from '../../ledger/index.ts';
import { parseRange, type Range } from '../subject.ts';

/** A subject of right form. `asset` null: all that are followed. `text` is its canonical form, accounts with their checksum. */
export type AccountSubject =
  | {
      readonly kind: 'account';
      readonly text: string;
      readonly account: Account;
      readonly asset: Asset | null;
      readonly range: Range | null;
    }
  | { readonly kind: 'account-transaction'; readonly text: string; readonly hash: AccountHash };

/** A subject that is an account. */
export type AccountOfSubject = Extract<AccountSubject, { readonly kind: 'account' }>;

const FORMS =
  'on Ethereum a subject is 0x and 40 hex digits (an account), account/native or account/CONTRACT (one asset of it), either with @from..to (blocks or dates YYYY-MM-DD), or 0x and 64 hex digits (a transaction)';

/** A hash has 64 digits, an account 40: more than this many are meant as a hash. */
const HASH_DIGITS_FROM = 52;

/** Whether a subject is one of an account chain: it starts with 0x, which nothing of Bitcoin does. */
export function isAccountSubject(text: string): boolean {
  return /^0x/i.test(text);
}

/** Reads a subject into canonical form. Throws SUBJECT_INVALID, ADDRESS_INVALID or TXID_INVALID naming the character or part that is wrong. */
export function parseAccountSubject(text: string): AccountSubject {
  if (!isAccountSubject(text)) {
    const shown = text === '' ? 'the subject is empty' : `"${text.slice(0, 80)}" does not start with 0x`;
    throw new SpoorError('SUBJECT_INVALID', shown, {}, FORMS);
  }
  const at = text.indexOf('@');
  const [name, rangeText] = at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
  const parts = name.split('/');
  if (parts.length > 2) throw new SpoorError('SUBJECT_INVALID', `"${name}" names more than one asset`, {}, FORMS);
  const [holder, assetText = null] = parts;
  if (holder.length - 2 >= HASH_DIGITS_FROM) {
    const hash = accountHash(holder);
    if (assetText !== null || rangeText !== null)
      throw new SpoorError('SUBJECT_INVALID', `a transaction has neither an asset nor a range: "${text}"`, {}, FORMS);
    return { kind: 'account-transaction', text: hash, hash };
  }
  const range = rangeText === null ? null : parseRange(rangeText);
  const account = checkAccount(holder);
  const held = assetText === null ? null : parseAsset(assetText);
  const assetPart = held === null ? '' : `/${assetName(held)}`;
  const rangePart = rangeText === null ? '' : `@${rangeText}`;
  return { kind: 'account', text: `${checksummed(account)}${assetPart}${rangePart}`, account, asset: held, range };
}

function parseAsset(text: string): Asset {
  if (text === NATIVE) return NATIVE;
  if (!/^0x/i.test(text)) {
    const message = `"${text.slice(0, 80)}" is no asset: write native, or the contract of a token`;
    throw new SpoorError(
      'SUBJECT_INVALID',
      message,
      {},
      'anybody can give a token any symbol, so assets are named by their contract',
    );
  }
  return asset(checkAccount(text));
}

/** An asset for people: the contract with its checksum. */
export function assetName(of: Asset): string {
  return of === NATIVE ? NATIVE : checksummed(checkAccount(of));
}
