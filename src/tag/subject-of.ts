/** From the text of an address or hash to the subject of a tag: checked as far as its chain is known here. */
import { type Account, type Address, account, accountHash, locate, SpoorError, txid } from '../ledger/index.ts';
import { ACCOUNT_FORM, ACCOUNT_HASH_FORM, BITCOIN, ETHEREUM } from './asset-code.ts';
import type { TagSubject } from './tag.ts';

/** Decodes an address and its checksum; throws ADDRESS_INVALID naming the position. Passed in: the codec belongs to another room. */
export type CheckAddress = (text: string) => Address;

/** Whether a mixed-case account carries a right EIP-55 checksum; passed in as well. Never asked about accounts in one case. */
export type CheckAccount = (text: string) => boolean;

/** The codecs a reader of tags needs. */
export interface Codecs {
  readonly checkAddress: CheckAddress;
  /** Without it no checksum of an account is looked at. */
  readonly checkAccount?: CheckAccount;
}

// Longest address of any chain in the packs is 106 (Cardano, Monero integrated); a cell beyond this is no address.
const LONGEST_SUBJECT = 200;
const NOT_IN_AN_ADDRESS = /[\s\p{Cc}\p{Cf}]/u;

/** An account, and whether its letters carry a wrong EIP-55 checksum. */
export function accountOf(
  text: string,
  checkAccount: CheckAccount | undefined,
): { account: Account; badCase: boolean } {
  const found = account(text);
  const digits = text.slice(2);
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  return { account: found, badCase: mixed && checkAccount !== undefined && !checkAccount(text) };
}

function opaque(text: string): string {
  const bad = NOT_IN_AN_ADDRESS.exec(text);
  if (bad !== null) {
    throw new SpoorError(
      'ADDRESS_INVALID',
      `no address holds a blank or an invisible character (character ${bad.index + 1})`,
    );
  }
  if (text.length > LONGEST_SUBJECT) {
    throw new SpoorError(
      'ADDRESS_INVALID',
      `an address has at most ${LONGEST_SUBJECT} characters, this one ${text.length}`,
    );
  }
  return ACCOUNT_FORM.test(text) ? text.toLowerCase() : text;
}

/** The subject an address of a network is. Errors name the field `address`. `badCase` is called for a wrong EIP-55 checksum. */
export function addressSubject(network: string, text: string, codecs: Codecs, badCase: () => void): TagSubject {
  return locate(
    { field: 'address' },
    (): TagSubject => {
      if (network === BITCOIN) return { kind: 'address', address: codecs.checkAddress(text) };
      if (network !== ETHEREUM) return { kind: 'other', text: opaque(text) };
      const found = accountOf(text, codecs.checkAccount);
      if (found.badCase) badCase();
      return { kind: 'account', account: found.account };
    },
    'TAGPACK_INVALID',
  );
}

/** The subject a transaction hash of a network is. Errors name the field `tx_hash`. */
export function transactionSubject(network: string, text: string): TagSubject {
  return locate(
    { field: 'tx_hash' },
    (): TagSubject => {
      if (network === BITCOIN) return { kind: 'transaction', txid: txid(text) };
      if (network === ETHEREUM) return { kind: 'account-transaction', hash: accountHash(text) };
      return { kind: 'other', text: ACCOUNT_HASH_FORM.test(text) ? text.toLowerCase() : opaque(text) };
    },
    'TAGPACK_INVALID',
  );
}
