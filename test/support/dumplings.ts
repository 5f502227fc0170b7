/**
 * Real coinjoins with their pre-mix and post-mix transactions, in the lines of the Dumplings scanner
 * (`txid:::blockhash:::index:::unixtime:::inputs:::outputs`, inputs with value and script of what they spend).
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ScriptType } from '../../src/ledger/index.ts';
import type { TransactionShape } from '../../src/pattern/index.ts';
import { sharedData } from './shared-data.ts';

/**
 * One transaction; `spends` are txids of what its inputs spend. A script stands for its address: one script, one
 * address.
 */
export interface LabelledTransaction {
  readonly txid: string;
  readonly spends: readonly string[];
  readonly spentVouts: readonly number[];
  readonly shape: TransactionShape;
}

const TYPES: Readonly<Record<string, ScriptType>> = {
  TxWitnessV0Keyhash: 'p2wpkh',
  TxWitnessV0Scripthash: 'p2wsh',
  TxScripthash: 'p2sh',
  TxPubkeyhash: 'p2pkh',
  TxPubkey: 'p2pk',
  TxNullData: 'op_return',
};

/** The scanner calls Taproot `Unknown`. */
function typeOf(name: string, script: string): ScriptType | null {
  return TYPES[name] ?? (/^5120[0-9a-f]{64}$/.test(script) ? 'p2tr' : null);
}

function holder(script: string, name: string): { address: string | null; type: ScriptType | null } {
  const type = typeOf(name, script);
  return { address: type === 'op_return' ? null : script, type };
}

/**
 * Transactions of a file of `coinjoin-mainnet`. Its lines have no height; `height` is that of the days they cover, near
 * enough for a threshold.
 */
export function readDumplings(name: string, height: number): LabelledTransaction[] {
  const text = gunzipSync(readFileSync(sharedData(`coinjoin-mainnet/${name}.txt.gz`))).toString('utf8');
  return text
    .split(/\r?\n/)
    .filter((line) => line.length > 0)
    .map((line): LabelledTransaction => {
      const [txid = '', , , , spent = '', made = ''] = line.split(':::');
      const inputs = spent.split('}{').map((part) => {
        const [outpoint = '', script = '', type = ''] = part.split('+');
        const [source = '', vout = '', valueSat = ''] = outpoint.split('-');
        return { source, vout: Number(vout), valueSat: Number(valueSat), ...holder(script, type) };
      });
      const outputs = made.split('}{').map((part) => {
        const [valueSat = '', script = '', type = ''] = part.split('+');
        const held = holder(script, type);
        return { valueSat: Number(valueSat), ...held, unspendable: held.type === 'op_return' };
      });
      return {
        txid,
        spends: inputs.map(({ source }) => source),
        spentVouts: inputs.map(({ vout }) => vout),
        shape: { height, coinbase: false, inputs, outputs },
      };
    });
}

/** A list of txids of `coinjoin-mainnet`: an array, or txid to coordinator. */
export function readTxidList(name: string): Set<string> {
  const text = gunzipSync(readFileSync(sharedData(`coinjoin-mainnet/${name}.json.gz`))).toString('utf8');
  return new Set([...text.matchAll(/"([0-9a-f]{64})"/g)].map(([, txid]) => txid!));
}
