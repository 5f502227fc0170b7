/** What other tools would say of a node's blocks, made from `getblock` 3: bitcoin-etl lines after its enrich step, and transactions as Esplora gives them. */
import { createHash } from 'node:crypto';

interface Script {
  readonly hex: string;
  readonly asm: string;
  readonly type: string;
  readonly address?: string;
}

interface Input {
  readonly coinbase?: string;
  readonly txid?: string;
  readonly vout?: number;
  readonly scriptSig?: { readonly hex: string; readonly asm: string };
  readonly txinwitness?: readonly string[];
  readonly sequence: number;
  readonly prevout?: { readonly value: number; readonly scriptPubKey: Script };
}

/** A block of verbosity 3. Amounts went through floats, which hold 8 decimals exactly enough for the amounts of a test chain. */
export interface NodeBlock {
  readonly hash: string;
  readonly height: number;
  readonly merkleroot: string;
  readonly time: number;
  readonly nTx: number;
  readonly tx: ReadonlyArray<{
    readonly txid: string;
    readonly version: number;
    readonly locktime: number;
    readonly fee?: number;
    readonly vin: readonly Input[];
    readonly vout: ReadonlyArray<{ readonly value: number; readonly n: number; readonly scriptPubKey: Script }>;
  }>;
}

function satOf(btc: number): number {
  return Math.round(btc * 1e8);
}

/** bitcoin-etl names an output without address after the hash of its script. */
function etlAddresses({ address, hex }: Script): string[] {
  return [address ?? `nonstandard${createHash('sha1').update(hex).digest('hex')}`];
}

/** Lines of one block: the block, then its transactions; the coinbase input left out, no witness, as that tool does. */
export function etlLines(block: NodeBlock): string[] {
  const transactions = block.tx.map((tx, index) => {
    const coinbase = tx.vin[0]?.coinbase !== undefined;
    return {
      type: 'transaction',
      hash: tx.txid,
      version: tx.version,
      lock_time: tx.locktime,
      block_number: block.height,
      block_hash: block.hash,
      block_timestamp: block.time,
      is_coinbase: coinbase,
      index,
      inputs: coinbase
        ? []
        : tx.vin.map((input, at) => ({
            index: at,
            spent_transaction_hash: input.txid,
            spent_output_index: input.vout,
            script_hex: input.scriptSig?.hex,
            sequence: input.sequence,
            type: input.prevout?.scriptPubKey.type,
            addresses: etlAddresses(input.prevout?.scriptPubKey as Script),
            value: satOf(input.prevout?.value as number),
          })),
      outputs: tx.vout.map(({ value, n, scriptPubKey }) => ({
        index: n,
        script_hex: scriptPubKey.hex,
        type: scriptPubKey.type,
        addresses: etlAddresses(scriptPubKey),
        value: satOf(value),
      })),
      fee: satOf(tx.fee ?? 0),
    };
  });
  const { hash, height, merkleroot, time, nTx } = block;
  const header = {
    type: 'block',
    hash,
    number: height,
    merkle_root: merkleroot,
    timestamp: time,
    transaction_count: nTx,
  };
  return [header, ...transactions].map((line) => JSON.stringify(line));
}

function esploraScript({ hex, address }: Script): object {
  return { scriptpubkey: hex, ...(address === undefined ? {} : { scriptpubkey_address: address }) };
}

/** The transactions of one block as Esplora gives them: everything but their position. */
export function esploraTransactions(block: NodeBlock): object[] {
  return block.tx.map((tx) => ({
    txid: tx.txid,
    version: tx.version,
    locktime: tx.locktime,
    vin: tx.vin.map((input) => ({
      is_coinbase: input.coinbase !== undefined,
      txid: input.txid ?? '0'.repeat(64),
      vout: input.vout ?? 0xffff_ffff,
      prevout:
        input.prevout === undefined
          ? null
          : { ...esploraScript(input.prevout.scriptPubKey), value: satOf(input.prevout.value) },
      scriptsig: input.coinbase ?? input.scriptSig?.hex,
      ...(input.txinwitness === undefined ? {} : { witness: input.txinwitness }),
      sequence: input.sequence,
    })),
    vout: tx.vout.map(({ value, scriptPubKey }) => ({ ...esploraScript(scriptPubKey), value: satOf(value) })),
    fee: satOf(tx.fee ?? 0),
    status: { confirmed: true, block_height: block.height, block_hash: block.hash, block_time: block.time },
  }));
}
