/** A small chain of a real node with every script form that an undo record knows, a reorganisation, and several block files. */
import { createHash } from 'node:crypto';
import type { Node } from './bitcoind.ts';

/** Makes a node start a new block file after 64 KiB, without pruning. */
export const SMALL_FILES = ['-fastprune'];

const TYPES = ['legacy', 'p2sh-segwit', 'bech32', 'bech32m'];
/** Private keys whose points G and 6G have an even and an odd y: 483ada77...d4b8 and ae12777a...f297. */
const KEYS = [1, 6];
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** A private key as test networks import it; keys this small leave no leading zero, because the first byte is 0xef. */
function wif(key: number, compressed: boolean): string {
  const bytes = Buffer.alloc(compressed ? 34 : 33);
  bytes[0] = 0xef;
  bytes[32] = key;
  if (compressed) bytes[33] = 1;
  const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
  let left = BigInt(`0x${Buffer.concat([bytes, sha256(sha256(bytes)).subarray(0, 4)]).toString('hex')}`);
  let text = '';
  for (; left > 0n; left /= 58n) text = ALPHABET[Number(left % 58n)] + text;
  return text;
}

/** Spends output 0 of a coinbase that pays a bare public key, with the key. */
function spendBareKey({ cli }: Node, key: string, txid: string): void {
  const to = cli('getnewaddress', '', 'bech32');
  const raw = cli('createrawtransaction', JSON.stringify([{ txid, vout: 0 }]), JSON.stringify([{ [to]: 1.5 }]));
  const { hex } = JSON.parse(cli('signrawtransactionwithkey', raw, JSON.stringify([key]))) as { hex: string };
  cli('sendrawtransaction', hex, '0');
}

/**
 * Coinbases to bare public keys (compressed and not, even and odd), payments to every address type, chains inside a block, a reorganisation of two
 * blocks, and enough blocks for a second file. Returns the height of the tip.
 */
export function buildNodeChain(node: Node): number {
  const { cli } = node;
  cli('createwallet', 'w');
  const own = cli('getnewaddress', '', 'bech32');
  const keys = KEYS.flatMap((key) => [wif(key, true), wif(key, false)]);
  const coinbases = keys.map((key) => {
    const { descriptor } = JSON.parse(cli('getdescriptorinfo', `pk(${key})`)) as { descriptor: string };
    const [hash] = JSON.parse(cli('generatetodescriptor', '1', descriptor)) as string[];
    return (JSON.parse(cli('getblock', hash, '1')) as { tx: string[] }).tx[0];
  });
  cli('generatetoaddress', '104', own);
  coinbases.forEach((txid, index) => spendBareKey(node, keys[index], txid));
  cli('generatetoaddress', '1', own);
  for (let round = 0; round < 6; round += 1) {
    for (const type of TYPES) cli('sendtoaddress', cli('getnewaddress', '', type), '0.25');
    const batch = Object.fromEntries(
      TYPES.flatMap((type) => [0.01, 0.02].map((amount) => [cli('getnewaddress', '', type), amount])),
    );
    cli('sendmany', '', JSON.stringify(batch));
    cli('generatetoaddress', '1', own);
    if (round === 3) reorganise(node);
  }
  cli('generatetoaddress', '110', own);
  return Number(cli('getblockcount'));
}

/** Two blocks go stale, their transactions come back in three others. */
function reorganise({ cli }: Node): void {
  const stale = cli('getblockhash', String(Number(cli('getblockcount')) - 1));
  cli('invalidateblock', stale);
  // To another address: the same block again would be the one that is now invalid.
  cli('generatetoaddress', '3', cli('getnewaddress'));
  cli('reconsiderblock', stale);
}
