/** A few transactions as spoor JSON lines: a coinbase, two payments and a deposit, with whatever a test puts beside them. */

/** Real addresses, so that their checksums hold; nothing else of them is used. */
export const PEOPLE = {
  miner: '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
  middle: '16Uq7RK3YG7xT1k1xXRVcmZqFxCQ1yJEVp',
  customer: '14vcYRk6n3He9f28Td96UAZPBAaECms634',
  deposit: '1BvTQTP5PJVCEz7dCU2YxgMskMxxikSruM',
  villain: '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
} as const;

/** Txid of a number. */
export function lineTxid(number: number): string {
  return number.toString(16).padStart(2, '0').repeat(32);
}

/** What an input spends: an output of transaction `tx`. */
export interface LineInput {
  readonly tx: number;
  readonly vout: number;
  readonly valueSat: number;
  readonly address: string;
}

/** One line; without inputs it is a coinbase. */
export function line(
  number: number,
  height: number,
  inputs: readonly LineInput[],
  outputs: ReadonlyArray<{ valueSat: number; address: string }>,
): string {
  return JSON.stringify({
    txid: lineTxid(number),
    height,
    timestampSec: 1_600_000_000 + height * 600,
    ...(inputs.length === 0 ? { coinbase: true } : {}),
    inputs: inputs.map(({ tx, vout, valueSat, address }) => ({
      prevTxid: lineTxid(tx),
      prevVout: vout,
      valueSat: String(valueSat),
      prevAddress: address,
    })),
    outputs: outputs.map(({ valueSat, address }) => ({ valueSat: String(valueSat), address })),
  });
}

/** Deposit of the chain below. */
export const DEPOSIT = 4;

/** Coinbase (1) pays the middle (2), who pays the customer (3), who deposits (4): 50 coins less fees of 1000 satoshi each. */
export function cleanLines(): string[] {
  const { miner, middle, customer, deposit } = PEOPLE;
  return [
    line(1, 100, [], [{ valueSat: 5_000_000_000, address: miner }]),
    line(
      2,
      210,
      [{ tx: 1, vout: 0, valueSat: 5_000_000_000, address: miner }],
      [{ valueSat: 4_999_999_000, address: middle }],
    ),
    line(
      3,
      211,
      [{ tx: 2, vout: 0, valueSat: 4_999_999_000, address: middle }],
      [{ valueSat: 4_999_998_000, address: customer }],
    ),
    line(
      DEPOSIT,
      212,
      [{ tx: 3, vout: 0, valueSat: 4_999_998_000, address: customer }],
      [{ valueSat: 4_999_997_000, address: deposit }],
    ),
  ];
}

/** As above, but the villain sends dust to the customer many times, who spends it together with his own coins. */
export function dustedLines(dustSat: number, times: number): string[] {
  const { customer, deposit, villain } = PEOPLE;
  const [coinbase, second, third] = cleanLines();
  const dusts = Array.from({ length: times }, (_, at) =>
    line(
      16 + at,
      211,
      [{ tx: 200, vout: at, valueSat: dustSat + 1000, address: villain }],
      [{ valueSat: dustSat, address: customer }],
    ),
  );
  const spent = dusts.map((_, at) => ({ tx: 16 + at, vout: 0, valueSat: dustSat, address: customer }));
  const inputs = [{ tx: 3, vout: 0, valueSat: 4_999_998_000, address: customer }, ...spent];
  const paid = line(DEPOSIT, 212, inputs, [{ valueSat: 4_999_997_000, address: deposit }]);
  return [coinbase, second, third, ...dusts, paid];
}

/** The lines as a file. */
export function ledgerFile(lines: readonly string[]): string {
  return `${['{"schema":"spoor.ledger/1"}', ...lines].join('\n')}\n`;
}

/** A tag pack that calls one address something. */
export function packOf(address: string, abuse: string, label: string): string {
  return [
    `title: ${label}`,
    'creator: test',
    'source: https://example.org/claim',
    'currency: BTC',
    'confidence: forensic',
    `abuse: ${abuse}`,
    'lastmod: 2020-01-01',
    'tags:',
    `  - address: ${address}`,
    `    label: ${label}`,
    '',
  ].join('\n');
}
