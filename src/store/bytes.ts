/** Hex text to BLOB and back; `null` stays `null`. */

/** Bytes of a hex string. */
export function blob(hex: string | null): Buffer | null {
  return hex === null ? null : Buffer.from(hex, 'hex');
}

/** Hex of a BLOB. */
export function hex<T extends Buffer | null>(bytes: T): T extends null ? string | null : string {
  return (bytes === null ? null : bytes.toString('hex')) as T extends null ? string | null : string;
}

/** SQLite has no booleans. */
export function flag(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}

/** See {@link flag}. */
export function truth(value: number | null): boolean | null {
  return value === null ? null : value !== 0;
}
