/** Fields of Bitcoin facts: identities, amounts and addresses read from a `Field`. */
import {
  type Address,
  type BlockHash,
  blockHash,
  type Network,
  type Satoshi,
  satoshi,
  satoshiFromBtcText,
  satoshiFromText,
  type Txid,
  txid,
} from '../../ledger/index.ts';
import { describe, type Field, located, UINT32_MAX } from '../file/field.ts';
import { DecimalText } from '../file/json.ts';
import { checkAddress } from './address.ts';

/** The vout that the wire writes in a coinbase input; never an index. */
export const NO_VOUT = UINT32_MAX;

/** Transaction id. Throws MALFORMED. */
export function txidField(field: Field): Txid {
  return located(field, () => txid(field.text()));
}

/** Block hash. Throws MALFORMED. */
export function blockHashField(field: Field): BlockHash {
  return located(field, () => blockHash(field.text()));
}

/** Amount written as a whole number of satoshi. Throws MALFORMED for decimals, signs, texts and amounts above all coins. */
export function satField(field: Field): Satoshi {
  const value = field.value;
  if (value instanceof DecimalText && /^\d+$/.test(value.text))
    return located(field, () => satoshiFromText(value.text));
  if (value instanceof DecimalText) {
    throw field.error(`a decimal number where whole satoshi are expected (${value.text.slice(0, 40)})`);
  }
  if (typeof value !== 'number') throw field.error(`expected whole satoshi, found ${describe(value)}`);
  return located(field, () => satoshi(value));
}

/** As {@link satField}, and decimal digits in a text are accepted as well. */
export function satTextField(field: Field): Satoshi {
  const value = field.value;
  return typeof value === 'string' ? located(field, () => satoshiFromText(value)) : satField(field);
}

/** Amount written as a JSON number of bitcoin. A text is refused: gateways that quote amounts do not agree on their unit. */
export function btcField(field: Field): Satoshi {
  const value = field.value;
  if (typeof value !== 'number' && !(value instanceof DecimalText)) {
    throw field.error(`expected an amount of bitcoin as a number, found ${describe(value)}`);
  }
  return located(field, () => satoshiFromBtcText(value instanceof DecimalText ? value.text : String(value)));
}

/** Address of the network. Throws MALFORMED naming the character that is wrong. */
export function addressField(field: Field, network: Network): Address {
  return located(field, () => checkAddress(field.text(), network).address);
}
/** Transaction version: sources print the four bytes signed or unsigned; kept unsigned, as the decoder reads them. */
export function versionField(field: Field): number {
  return field.whole(UINT32_MAX, -0x8000_0000) >>> 0;
}
