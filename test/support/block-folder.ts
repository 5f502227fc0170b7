/**
 * A TinyChain as the blocks folder of a regtest node: real bytes in blk00000.dat and rev00000.dat, made by test code. Clean satoshi from outside
 * come from outputs of a first coinbase, so that the folder holds everything that is spent.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifyScript } from '../../src/chain/bitcoin/index.ts';
import type { TinyChain, TinyTx } from './tiny-chain.ts';
import { compactSizeBytes, type SpentOutput, undoChecksum, undoRecord } from './undo-writer.ts';

const MAGIC = Buffer.from('fabfb5da', 'hex');
const FIRST_TIME_SEC = 1_600_000_000;

/** What was written, for questions about it. */
export interface BlockFolder {
  readonly blk: string;
  /** Display txid of each transaction of the chain. */
  readonly txids: readonly string[];
  readonly blocks: number;
}

function sha256d(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
}

function little(value: number, width: 4 | 8): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.subarray(0, width);
}

/** Script of an address number: every template in turn, also public keys and scripts that no address has. */
export function scriptOfNumber(address: number | undefined): Buffer {
  if (address === undefined) return Buffer.from('51', 'hex');
  const digest = createHash('sha256').update(`address ${address}`).digest();
  const [short, long] = [digest.subarray(0, 20).toString('hex'), digest.toString('hex')];
  const forms = [
    `76a914${short}88ac`,
    `a914${short}87`,
    `0014${short}`,
    `0020${long}`,
    `5120${long}`,
    `2102${long}ac`,
    `4104${long}${long}ac`,
  ];
  return Buffer.from(forms[address % forms.length], 'hex');
}

/** Address text of an address number, null where its script has none. */
export function addressOfNumber(address: number): string | null {
  return classifyScript(scriptOfNumber(address), 'regtest').address;
}

interface Coin extends SpentOutput {
  readonly prevout: Buffer;
}

interface MadeTransaction {
  readonly bytes: Buffer;
  readonly id: Buffer;
  readonly spent: readonly Coin[];
  readonly coins: readonly Coin[];
}

/** One transaction; a witness is added to every third, which moves no txid. */
function make(
  spent: readonly Coin[] | { readonly height: number },
  outputs: ReadonlyArray<{ valueSat: number; script: Buffer }>,
  height: number,
): MadeTransaction {
  const coinbase = 'height' in spent;
  const heightScript = Buffer.from([3, height & 255, (height >> 8) & 255, 0]);
  const inputs = coinbase
    ? [
        Buffer.concat([
          Buffer.alloc(32),
          little(0xffff_ffff, 4),
          Buffer.from([4]),
          heightScript,
          little(0xffff_ffff, 4),
        ]),
      ]
    : spent.map(({ prevout }) => Buffer.concat([prevout, Buffer.from([0]), little(0xffff_ffff, 4)]));
  const body = Buffer.concat([
    compactSizeBytes(inputs.length),
    ...inputs,
    compactSizeBytes(outputs.length),
    ...outputs.flatMap(({ valueSat, script }) => [little(valueSat, 8), compactSizeBytes(script.length), script]),
  ]);
  const version = little(2, 4);
  const lockTime = little(0, 4);
  const bare = Buffer.concat([version, body, lockTime]);
  const id = sha256d(bare);
  const witnesses = Buffer.concat(inputs.map(() => Buffer.from('010151', 'hex')));
  const withWitness = Buffer.concat([version, Buffer.from('0001', 'hex'), body, witnesses, lockTime]);
  const coins = outputs.map(({ valueSat, script }, vout): Coin => {
    // Made-up uncompressed keys are on no curve: a node keeps such scripts whole.
    const raw = script[0] === 0x41;
    return { valueSat, script, height, coinbase, raw, prevout: Buffer.concat([id, little(vout, 4)]) };
  });
  return { bytes: id[0] % 3 === 0 ? withWitness : bare, id, spent: coinbase ? [] : spent, coins };
}

function root(ids: readonly Buffer[]): Buffer {
  let level = [...ids];
  while (level.length > 1) {
    if (level.length % 2 === 1) level.push(level[level.length - 1]);
    level = level.flatMap((left, at) => (at % 2 === 0 ? [sha256d(Buffer.concat([left, level[at + 1]]))] : []));
  }
  return level[0];
}

/** Writes the chain. Heights are renumbered 1, 2, 3 without gaps; `heightOf` of a transaction's own is its rank among them. */
export function writeBlockFolder(folder: string, chain: TinyChain, options: { xor?: boolean } = {}): BlockFolder {
  const heights = [...new Set(chain.transactions.map(({ height }) => height))];
  const external = chain.transactions.flatMap(({ inputs }) =>
    inputs.flatMap((input) => ('external' in input ? [input.external] : [])),
  );
  const mint = make(
    { height: 0 },
    external.map((valueSat) => ({ valueSat, script: scriptOfNumber(undefined) })),
    0,
  );
  const made = new Map<number, MadeTransaction>();
  const blk: Buffer[] = [];
  const rev: Buffer[] = [];
  let minted = 0;
  let prevHash: Uint8Array = Buffer.alloc(32);
  const addBlock = (height: number, transactions: readonly MadeTransaction[]): void => {
    const bits = little(0x207f_ffff, 4);
    const header = Buffer.concat([
      little(0x2000_0000, 4),
      prevHash,
      root(transactions.map(({ id }) => id)),
      little(FIRST_TIME_SEC + 600 * height, 4),
      bits,
      little(0, 4),
    ]);
    const block = Buffer.concat([
      header,
      compactSizeBytes(transactions.length),
      ...transactions.map(({ bytes }) => bytes),
    ]);
    blk.push(MAGIC, little(block.length, 4), block);
    const undo = undoRecord(transactions.slice(1).map(({ spent }) => spent));
    if (height > 0) rev.push(MAGIC, little(undo.length, 4), undo, undoChecksum(undo, prevHash));
    prevHash = sha256d(header);
  };
  const outputsOf = ({ outputs }: TinyTx): Array<{ valueSat: number; script: Buffer }> =>
    outputs.map(({ value, address, unspendable }) => ({
      valueSat: value,
      script: unspendable === true ? Buffer.from('6a0101', 'hex') : scriptOfNumber(address),
    }));
  addBlock(0, [mint]);
  heights.forEach((own, at) => {
    const height = at + 1;
    const members = chain.transactions.flatMap((tx, index) => (tx.height === own ? [{ tx, index }] : []));
    const others = members.filter(({ tx }) => !tx.coinbase);
    for (const { tx, index } of others) {
      const spent = tx.inputs.map((input): Coin => {
        if (!('external' in input)) return (made.get(input.tx) as MadeTransaction).coins[input.vout];
        minted += 1;
        return mint.coins[minted - 1];
      });
      made.set(index, make(spent, outputsOf(tx), height));
    }
    const own0 = members.find(({ tx }) => tx.coinbase);
    const coinbase = make(
      { height },
      own0 === undefined ? [{ valueSat: 0, script: scriptOfNumber(undefined) }] : outputsOf(own0.tx),
      height,
    );
    if (own0 !== undefined) made.set(own0.index, coinbase);
    addBlock(height, [coinbase, ...others.map(({ index }) => made.get(index) as MadeTransaction)]);
  });
  return {
    ...writeFiles(folder, { blk: Buffer.concat(blk), rev: Buffer.concat(rev) }, options.xor === true),
    txids: chain.transactions.map((_, tx) =>
      Buffer.from((made.get(tx) as MadeTransaction).id)
        .reverse()
        .toString('hex'),
    ),
    blocks: heights.length + 1,
  };
}

function writeFiles(folder: string, files: { blk: Buffer; rev: Buffer }, xor: boolean): { blk: string } {
  mkdirSync(folder, { recursive: true });
  const key = Buffer.from(xor ? '0102030405060708' : '0000000000000000', 'hex');
  if (xor) writeFileSync(join(folder, 'xor.dat'), key);
  for (const name of ['blk', 'rev'] as const) {
    writeFileSync(
      join(folder, `${name}00000.dat`),
      files[name].map((byte, at) => byte ^ key[at % 8]),
    );
  }
  return { blk: join(folder, 'blk00000.dat') };
}
