/** Cash-out of `revenue`: a chain by hand with services by tag and by cluster, and WannaCry against the books of a trace. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  demo,
  importPacks,
  ingestFiles,
  type RevenueParams,
  revenueDocument,
  runClusters,
  withCase,
} from '../../src/case/index.ts';
import { encodeAddress } from '../../src/chain/bitcoin/index.ts';
import { freshFolder } from '../support/cli.ts';
import { NO_STAGES } from '../support/revenue-params.ts';

const NOTHING: RevenueParams = { ...NO_STAGES, cashOut: ['fifo', 'haircut'] };
const HOUR = 3600;
const START = 1_500_000_000;
const id = (digit: number): string => String(digit).repeat(64);
const address = (digit: number): string => encodeAddress('p2pkh', new Uint8Array(20).fill(digit), 'mainnet');
const [PAYER, RANSOM, DEPOSIT, HOT, FAR] = [1, 2, 3, 4, 5].map(address);
const tx = (
  digit: number,
  hours: number,
  inputs: object[],
  outputs: ReadonlyArray<readonly [string, string]>,
): object => ({
  txid: id(digit),
  height: 100 + digit,
  timestampSec: START + hours * HOUR,
  inputs,
  outputs: outputs.map(([valueSat, to]) => ({ valueSat, address: to })),
});
/**
 * 10000 and 2000 are paid to the ransom wallet; 10 hours after the first it pays 4000 to a deposit, 7900 on and 100 to the miner; the
 * exchange sweeps the deposit with its hot wallet at 20 hours; the 7900 come to the hot wallet at 30 hours.
 */
const CHAIN = [
  { schema: 'spoor.ledger/1' },
  tx(
    1,
    0,
    [{ prevTxid: id(9), prevVout: 1, prevAddress: PAYER, valueSat: '12000' }],
    [
      ['10000', RANSOM],
      ['2000', RANSOM],
    ],
  ),
  tx(
    2,
    10,
    [
      { prevTxid: id(1), prevVout: 0 },
      { prevTxid: id(1), prevVout: 1 },
    ],
    [
      ['4000', DEPOSIT],
      ['7900', FAR],
    ],
  ),
  tx(
    3,
    20,
    [
      { prevTxid: id(2), prevVout: 0 },
      { prevTxid: id(9), prevVout: 3, prevAddress: HOT, valueSat: '1000' },
    ],
    [['5000', HOT]],
  ),
  tx(4, 30, [{ prevTxid: id(2), prevVout: 1 }], [['7900', HOT]]),
];

describe('cash-out of ransom revenue', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  it('by hand: amounts by rule, hops, hours; a deposit counts where its cluster does', () => {
    const [chain, pack] = [join(folder, 'chain.jsonl'), join(folder, 'tags.yaml')];
    writeFileSync(chain, `${CHAIN.map((line) => JSON.stringify(line)).join('\n')}\n`);
    const tag = `{address: ${HOT}, label: Bourse, currency: BTC, source: 'https://x.test/a', lastmod: 2020-01-01, category: exchange}`;
    writeFileSync(pack, `title: T\ncreator: C\ntags:\n  - ${tag}\n`);
    withCase(join(folder, 'hand.spoor'), { create: true }, (context) => {
      ingestFiles(context.store, [chain], { format: 'spoor', network: 'mainnet' });
      importPacks(context, [pack]);
      runClusters(context, { coinjoins: 'exclude', until: null, change: null, keepApart: [] });
      const ask = (params: Partial<RevenueParams>) =>
        revenueDocument(context, [RANSOM], { ...NOTHING, ...params }, null).cashOut;
      // Every coin of the two inputs is tainted, so both rules pay 100 of fee and the rest to the outputs.
      const own = ask({});
      assert.deepEqual([own?.payments, own?.sat, own?.serviceReach], [2, '12000', 'own']);
      const [plain] = own?.services ?? [];
      assert.deepEqual([plain.service, plain.byRule], ['Bourse', { fifo: '11900', haircut: '11900' }]);
      // The deposit is passed through: hot wallet by way of the sweep, 20 hours, two hops on from the payment.
      assert.deepEqual([plain.addresses, plain.inherited, plain.hops, plain.hours], [1, 0, 2, [20, 30]]);
      const wide = ask({ expand: 'core' })?.services ?? [];
      assert.equal(wide.length, 1);
      assert.deepEqual(wide[0].byRule, plain.byRule);
      assert.deepEqual([wide[0].addresses, wide[0].inherited, wide[0].hops, wide[0].hours], [2, 1, 1, [10, 30]]);
      assert.deepEqual([wide[0].firstSec, wide[0].range], [START + 10 * HOUR, ['11900', '11900']]);
      const rest = { held: '0', fee: '100', coinjoin: '0', burned: '0', unresolved: '0' };
      assert.deepEqual(own?.rest, { fifo: rest, haircut: rest });
      // Only what the filters leave is followed: 2000 alone is the tail of the fifo queue, 100 of it the fee.
      const left = ask({ demandedSat: [2000] });
      assert.deepEqual([left?.payments, left?.services[0].byRule.fifo, left?.rest.fifo.fee], [1, '1900', '100']);
      assert.equal(ask({ cashOut: [] }), null);
      assert.throws(() => ask({ cashOut: ['poison'] }), { code: 'USAGE' });
    });
  });

  it('WannaCry: what is left is at services and in the rest, to the last satoshi, under every rule', () => {
    withCase(join(folder, 'wannacry.spoor'), { create: true }, (context) => {
      demo(context);
      const { cashOut, stages } = revenueDocument(context, ['tag:WannaCry v2'], NOTHING, null);
      assert.equal(cashOut?.sat, stages.at(-1)?.seeds.sat);
      assert.ok((cashOut?.services.length ?? 0) > 0);
      for (const rule of NOTHING.cashOut) {
        const terms = [
          ...(cashOut?.services ?? []).map(({ byRule }) => byRule[rule]),
          ...Object.values(cashOut?.rest[rule] ?? {}),
        ];
        assert.equal(String(terms.reduce((sum, term) => sum + BigInt(term), 0n)), cashOut?.sat, rule);
      }
    });
  });
});
