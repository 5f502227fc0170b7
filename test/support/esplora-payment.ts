/** Payments by hand in Esplora's form: every coin of an address of its own, unless it spends a payment made before. */

interface EsploraOutput {
  readonly scriptpubkey: string;
  readonly value: number;
}

/** A transaction as Esplora answers it, as far as the adapter reads it. */
export interface EsploraPayment {
  readonly txid: string;
  readonly vin: ReadonlyArray<{ readonly txid: string; readonly vout: number; readonly prevout: EsploraOutput }>;
  readonly vout: readonly EsploraOutput[];
}

/** A made-up txid that shows its number. */
export function txidOf(number: number): string {
  return String(number).padStart(64, '0');
}

/** P2WPKH script of a made-up key hash. */
function script(place: string): string {
  return `0014${Buffer.from(place.padEnd(20, '.')).toString('hex')}`;
}

/** A payment of these values; `spends` are what its first inputs spend, in order. */
export function payment(
  number: number,
  inputs: readonly number[],
  outputs: readonly number[],
  given: { height?: number; spends?: ReadonlyArray<{ from: EsploraPayment; vout: number }> } = {},
): EsploraPayment {
  const { height = 1, spends = [] } = given;
  const made = {
    txid: txidOf(number),
    version: 2,
    locktime: 0,
    vin: inputs.map((value, vin) => ({
      txid: spends[vin]?.from.txid ?? txidOf(1_000 + 100 * number + vin),
      vout: spends[vin]?.vout ?? 0,
      prevout: spends[vin]?.from.vout[spends[vin].vout] ?? { scriptpubkey: script(`in ${number} ${vin}`), value },
      scriptsig: '',
      sequence: 4_294_967_295,
      is_coinbase: false,
    })),
    vout: outputs.map((value, vout) => ({ scriptpubkey: script(`out ${number} ${vout}`), value })),
    status: { confirmed: true, block_height: height },
  };
  return made;
}
