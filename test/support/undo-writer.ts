/**
 * Undo records as a node writes them (Bitcoin Core, src/undo.h, compressor.cpp, serialize.h), made by test code over BigInt: shares nothing with the
 * reader under test.
 */
import { createHash } from 'node:crypto';

/** An output that a block spends. */
export interface SpentOutput {
  readonly valueSat: number;
  readonly script: Uint8Array;
  readonly height: number;
  readonly coinbase?: boolean;
  /** Write the script raw, as a node does for an uncompressed key that is not on the curve. */
  readonly raw?: boolean;
}

/** Base 128, most significant group first, every group but the last lowered by one. */
export function varintBytes(value: bigint): Buffer {
  const groups: number[] = [Number(value & 0x7fn)];
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) {
    rest -= 1n;
    groups.unshift(Number(rest & 0x7fn) | 0x80);
  }
  return Buffer.from(groups);
}

/** The number an amount is written as: trailing zeros of the decimal text counted apart. */
export function compressedAmount(valueSat: number): bigint {
  if (valueSat === 0) return 0n;
  const zeros = Math.min(9, /0*$/.exec(String(valueSat))?.[0].length ?? 0);
  const units = BigInt(valueSat) / 10n ** BigInt(zeros);
  if (zeros === 9) return 1n + (units - 1n) * 10n + 9n;
  return 1n + ((units / 10n) * 9n + (units % 10n) - 1n) * 10n + BigInt(zeros);
}

/** A count as blocks write it. */
export function compactSizeBytes(count: number): Buffer {
  if (count < 0xfd) return Buffer.from([count]);
  const bytes = Buffer.alloc(count < 0x1_0000 ? 3 : 5);
  bytes[0] = count < 0x1_0000 ? 0xfd : 0xfe;
  bytes.writeUIntLE(count, 1, bytes.length - 1);
  return bytes;
}

function scriptBytes({ script, raw }: SpentOutput): Buffer {
  const hex = Buffer.from(script).toString('hex');
  const templates: Array<[pattern: RegExp, kind: (match: RegExpExecArray) => number]> = [
    [/^76a914(.{40})88ac$/, () => 0],
    [/^a914(.{40})87$/, () => 1],
    [/^21(?:02|03)(.{64})ac$/, () => script[1]],
    [/^4104(.{64}).{64}ac$/, () => 4 + (script[65] % 2)],
  ];
  for (const [pattern, kind] of raw === true ? [] : templates) {
    const match = pattern.exec(hex);
    if (match !== null) return Buffer.concat([Buffer.from([kind(match)]), Buffer.from(match[1], 'hex')]);
  }
  return Buffer.concat([varintBytes(BigInt(script.length + 6)), script]);
}

function spentBytes(spent: SpentOutput): Buffer {
  const code = BigInt(spent.height) * 2n + (spent.coinbase === true ? 1n : 0n);
  const version = spent.height > 0 ? [varintBytes(0n)] : [];
  return Buffer.concat([
    varintBytes(code),
    ...version,
    varintBytes(compressedAmount(spent.valueSat)),
    scriptBytes(spent),
  ]);
}

/** Undo record without frame and checksum: what each transaction but the coinbase spends. */
export function undoRecord(transactions: ReadonlyArray<readonly SpentOutput[]>): Buffer {
  const parts = transactions.map((spent) => Buffer.concat([compactSizeBytes(spent.length), ...spent.map(spentBytes)]));
  return Buffer.concat([compactSizeBytes(transactions.length), ...parts]);
}

/** Checksum that follows an undo record in its file. */
export function undoChecksum(record: Uint8Array, prevHash: Uint8Array): Buffer {
  const once = createHash('sha256').update(prevHash).update(record).digest();
  return createHash('sha256').update(once).digest();
}
