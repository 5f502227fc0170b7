/** Seeded damage to the bytes of a file: what a bad disk, a bad transfer or a bad actor does to it. */
import type { Prng } from './prng.ts';

/** Raw JSON put in place of a value: other types, signs, sizes beyond any number, depth, length. */
const JSON_VALUES: readonly string[] = [
  'null',
  '-1',
  '1e400',
  '1.5',
  '"12"',
  '"-1"',
  'true',
  '{}',
  '[]',
  '9007199254740993',
  '2100000000000001',
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  `"${'a'.repeat(200_000)}"`,
  '"\\u0000"',
  '{"hash":1,"hash":2}',
];
const CELLS: readonly string[] = [
  '',
  '\\N',
  '-1',
  '1e400',
  '1.5',
  'NaN',
  '"12"',
  'a'.repeat(200_000),
  '\u0000',
  '9007199254740993',
];

/** Flips one to three bits. */
function flipBits(bytes: Buffer, random: Prng): Buffer {
  const damaged = Buffer.from(bytes);
  for (let left = random.between(1, 3); left > 0; left -= 1) damaged[random.int(bytes.length)] ^= 1 << random.int(8);
  return damaged;
}

function cutOut(bytes: Buffer, random: Prng): Buffer {
  const at = random.int(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.logUniform(1, 64))]);
}

function repeatPart(bytes: Buffer, random: Prng): Buffer {
  const at = random.int(bytes.length);
  const end = at + random.logUniform(1, 256);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)]);
}

function overwrite(bytes: Buffer, random: Prng): Buffer {
  const damaged = Buffer.from(bytes);
  const at = random.int(bytes.length);
  damaged.fill(random.pick([0x00, 0xff, 0x30]), at, Math.min(bytes.length, at + random.logUniform(1, 16)));
  return damaged;
}

function truncate(bytes: Buffer, random: Prng): Buffer {
  return bytes.subarray(0, random.int(bytes.length));
}

/** Any of the kinds of damage that need no knowledge of the format. */
export function damage(bytes: Buffer, random: Prng): Buffer {
  return random.pick([flipBits, flipBits, flipBits, cutOut, repeatPart, overwrite, truncate])(bytes, random);
}

/** A JSON token (number, text, word) replaced by another value, or a member given twice. */
export function swapToken(bytes: Buffer, random: Prng): Buffer {
  const text = bytes.toString('utf8');
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"(?!\s*:)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g)];
  const token = random.pick(tokens);
  const end = token.index + token[0].length;
  if (random.chance(0.1)) {
    const key = /"[^"]*"\s*:\s*$/.exec(text.slice(0, token.index))?.[0];
    if (key !== undefined)
      return Buffer.from(`${text.slice(0, end)},${key}${random.pick(JSON_VALUES)}${text.slice(end)}`);
  }
  return Buffer.from(text.slice(0, token.index) + random.pick(JSON_VALUES) + text.slice(end));
}

/** A cell of a table replaced by another, or two of them exchanged. */
export function swapCell(bytes: Buffer, random: Prng): Buffer {
  const lines = bytes.toString('utf8').split('\n');
  const line = random.int(Math.max(1, lines.length - 1));
  const cells = lines[line].split('\t');
  const [one, other] = [random.int(cells.length), random.int(cells.length)];
  if (random.chance(0.3)) [cells[one], cells[other]] = [cells[other], cells[one]];
  else cells[one] = random.pick(CELLS);
  lines[line] = cells.join('\t');
  return Buffer.from(lines.join('\n'));
}
