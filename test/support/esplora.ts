/** A TinyChain written as Esplora transactions (unsigned, so only asserted), for whole-path tests. */
import { createHash } from 'node:crypto';
import { inputValue, type TinyChain } from './tiny-chain.ts';

/** Made-up but well-formed txid of a tiny transaction. */
export function tinyTxid(tx: number): string {
  return createHash('sha256').update(`tiny ${tx}`).digest('hex');
}

/** P2WPKH script of a made-up key hash: one per output. */
function script(name: string): string {
  return `0014${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
}

/** The chain as an array of Esplora transactions, one block per height, blocks shifted up by `base`. */
export function esploraOf(chain: TinyChain, base = 100): unknown[] {
  return chain.transactions.map((transaction, tx) => ({
    txid: tinyTxid(tx),
    version: 2,
    locktime: 0,
    vin: transaction.coinbase
      ? [
          {
            is_coinbase: true,
            scriptsig: '',
            sequence: 4_294_967_295,
            txid: '0'.repeat(64),
            vout: 4_294_967_295,
            prevout: null,
          },
        ]
      : transaction.inputs.map((input, vin) => ({
          txid: 'external' in input ? tinyTxid(1_000_000 + tx * 1000 + vin) : tinyTxid(input.tx),
          vout: 'external' in input ? 0 : input.vout,
          prevout: {
            scriptpubkey: 'external' in input ? script(`outside ${tx} ${vin}`) : outputScript(chain, input),
            value: inputValue(chain, tx, vin),
          },
          scriptsig: '',
          sequence: 4_294_967_295,
          is_coinbase: false,
        })),
    vout: transaction.outputs.map(({ value }, vout) => ({ value, scriptpubkey: outputScript(chain, { tx, vout }) })),
    status: { confirmed: true, block_height: transaction.height + base },
  }));
}

function outputScript(chain: TinyChain, at: { tx: number; vout: number }): string {
  return chain.transactions[at.tx].outputs[at.vout].unspendable === true ? '6a' : script(`${at.tx} ${at.vout}`);
}
