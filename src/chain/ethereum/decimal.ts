/** Amounts in tables that went through a data frame: decimals and exponents, read digit by digit. */
import { MAX_WORD } from '../../ledger/index.ts';
import { describe, type Field } from '../file/field.ts';

/** An amount of a table. */
export interface TableAmount {
  readonly amount: bigint;
  /** Written as a float writes it (`5.0`, `9.3e+20`, `0.1`). */
  readonly isFloat: boolean;
  /** The text has a fraction of a base unit, which no amount has; it was dropped. */
  readonly isCut: boolean;
}

/** Above it a double no longer tells one base unit from the next. */
export const DOUBLE_EXACT = 1n << 53n;
/** Exponents and digits of no amount below 2^256 are longer. */
const NUMBER = /^(\d{1,90})(?:\.(\d{1,90}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Reads an amount of `decimals` places as base units, exactly as its text says. Throws MALFORMED. */
export function tableAmount(field: Field, decimals: number): TableAmount {
  const text = field.text();
  const match = NUMBER.exec(text);
  if (match === null) throw field.error(`expected an amount, found ${describe(field.value)}`);
  const [, whole, fraction = '', exponent = '0'] = match;
  const shift = decimals + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  const amount = shift < 0 ? digits / divisor : digits * 10n ** BigInt(shift);
  if (amount > MAX_WORD) throw field.error(`${text.slice(0, 80)} is above the largest amount there is`);
  return {
    amount,
    isFloat: match[2] !== undefined || match[3] !== undefined,
    isCut: amount * divisor !== digits && shift < 0,
  };
}

/** Whether an amount that a float carried may differ from the true one. */
export function mayBeOff({ amount, isFloat, isCut }: TableAmount): boolean {
  return isCut || (isFloat && amount > DOUBLE_EXACT);
}
