/** Screening in dollars, the interval over every rule asked for, and the campaign of what is found: by hand, on a few transactions. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  importPacks,
  ingestFiles,
  readAssetPrices,
  readRules,
  replayScreening,
  ScreenDesk,
  screenAgain,
  screeningText,
  withCase,
} from '../../src/case/index.ts';
import { SpoorError } from '../../src/ledger/index.ts';
import type { Screening, ScreeningRequest } from '../../src/screen/index.ts';
import { freshFolder } from '../support/cli.ts';
import { assertSound } from '../support/screening.ts';
import { ledgerFile, line, lineTxid, PEOPLE, packOf } from '../support/screening-chain.ts';
import { itWithData, projectPath, sharedData } from '../support/shared-data.ts';

const { miner, middle, customer, deposit, villain } = PEOPLE;
const BTC = 100_000_000;
/** The deposit below is of block 212: 1600127200, 2020-09-14. */
const DAY = '2020-09-14';

/** The villain's coin and three clean ones, in this order reversed, pay two outputs: 2.5 and 1.5. */
const MIXED = [
  line(1, 100, [], [{ valueSat: 3 * BTC, address: miner }]),
  line(2, 210, [{ tx: 1, vout: 0, valueSat: 3 * BTC, address: miner }], [{ valueSat: 3 * BTC, address: middle }]),
  line(3, 211, [{ tx: 90, vout: 0, valueSat: BTC, address: villain }], [{ valueSat: BTC, address: middle }]),
  line(
    4,
    212,
    [
      { tx: 2, vout: 0, valueSat: 3 * BTC, address: middle },
      { tx: 3, vout: 0, valueSat: BTC, address: middle },
    ],
    [
      { valueSat: 2.5 * BTC, address: deposit },
      { valueSat: 1.5 * BTC, address: customer },
    ],
  ),
];
const SUBJECT = { type: 'transfer', network: 'bitcoin', txid: lineTxid(4), vout: 0 } as const;

const RULES = `schema: spoor.rules/1
id: dollars
version: 1
unknown_share: 1
rules:
  - {id: ransom, version: 1, name: ransom, kind: indirect, categories: [ransomware], method: haircut, min_usd: "6250.00", level: high, action: hold}
`;

describe('screening: dollars, intervals, campaigns', function () {
  this.timeout(60_000);
  const folder = freshFolder();
  const file = join(folder, 'a.spoor');

  const priceFile = (name: string, rows: string): string => {
    writeFileSync(join(folder, name), `Date,Open,High,Low,Close\n${rows}\n`);
    return join(folder, name);
  };
  const screened = (
    options: ConstructorParameters<typeof ScreenDesk>[1],
    more: Partial<ScreeningRequest> = {},
  ): Screening =>
    withCase(file, { create: false }, (context) => {
      const answer = new ScreenDesk(context, options).screen({ subject: SUBJECT, ...more });
      assertSound(answer);
      return answer;
    });
  const ransom = (answer: Screening, method: string) =>
    answer.exposure.find((row) => row.category === 'ransomware' && row.method === method);

  before(() => {
    const ledger = join(folder, 'a.jsonl');
    writeFileSync(ledger, ledgerFile(MIXED));
    const pack = join(folder, 'pack.yaml');
    writeFileSync(pack, packOf(villain, 'ransomware', 'Villain'));
    withCase(file, { create: true }, (context) => {
      ingestFiles(context.store, [ledger], { format: 'auto', network: null, account: null });
      importPacks(context, [pack]);
    });
  });

  it('an amount is worth what the price of the day of the deposit says, cut to cents; the answer names file, day and price', () => {
    const prices = readAssetPrices([priceFile('p.csv', `${DAY},10000,10002.000001,9998,10001`)], 'middle');
    const answer = screened({ prices });
    // Haircut: 2.5 of 4 coins carry 0.625 of the villain's one; half-way from 9998 to 10002.000001 is 10000.0000005, cut to millionths.
    assert.equal(ransom(answer, 'haircut')?.amount?.raw, '62500000');
    assert.equal(ransom(answer, 'haircut')?.amount?.usd, '6250.00');
    assert.equal(answer.screened[0].amount.usd, '25000.00');
    const [row] = answer.params.prices?.assets ?? [];
    assert.deepEqual([answer.params.prices?.day, row.asset, row.price, row.usd], [DAY, 'BTC', 'middle', '10000']);
    assert.equal(ransom(answer, 'haircut')?.amount?.price_id, row.id);
    assert.equal(answer.coverage.gaps.filter(({ kind }) => kind === 'price-missing').length, 0);
    withCase(file, { create: false }, (context) => {
      assert.equal(screeningText(replayScreening(context, answer.id)), screeningText(answer));
      const again = screenAgain(context, answer.id);
      assert.deepEqual(
        again.causes.map(({ what }) => what),
        ['prices'],
      );
    });
  });

  it('a day without a price is null and a gap, never zero; so is an asset without a file', () => {
    for (const asked of [
      priceFile('q.csv', '2020-09-13,1,1,1,1\n2020-09-15,1,1,1,1'),
      `ETH=${priceFile('r.csv', `${DAY},1,1,1,1`)}`,
    ]) {
      const answer = screened({ prices: readAssetPrices([asked], 'close') });
      for (const amount of [ransom(answer, 'fifo')?.amount, answer.screened[0].amount, answer.remainder[0].amount])
        assert.deepEqual([amount?.usd ?? null, amount?.price_id ?? null], [null, null]);
      const gaps = answer.coverage.gaps.filter(({ kind }) => kind === 'price-missing');
      assert.deepEqual(
        gaps.map(({ subject, value }) => [subject, value]),
        [['BTC', null]],
      );
    }
    assert.equal(screened({}).params.prices, undefined);
  });

  it('a bound in dollars: met on the cent, not met below; without a price the rule is named and nothing is none', () => {
    const rules = { name: 'r.yaml', text: RULES };
    const at = (close: string) =>
      screened({ rules, prices: readAssetPrices([priceFile('s.csv', `${DAY},1,1,1,${close}`)], 'close') });
    const met = at('10000');
    assert.deepEqual([met.risk.level, met.alerts[0].threshold.min_usd], ['high', '6250.00']);
    assert.equal(met.alerts[0].amount?.usd, '6250.00');
    // 0.625 times 9999.98 is 6249.9875: one cent short.
    assert.deepEqual([at('9999.98').risk.level, at('9999.98').alerts.length], ['none', 0]);
    const unjudged = screened({ rules });
    assert.deepEqual([unjudged.risk.level, unjudged.risk.action, unjudged.alerts.length], ['unknown', 'review', 0]);
    const gap = unjudged.coverage.gaps.find(({ kind }) => kind === 'price-missing');
    assert.match(gap?.detail ?? '', /not judged: ransom$/);
  });

  it('the interval is over every rule that was asked for, and says which', () => {
    // First in first out gives the first output of 2.5 clean coins only; last in first out gives it the villain's whole coin.
    const two = screened({});
    assert.deepEqual(ransom(two, 'haircut')?.interval, { low: '0', high: '62500000', over: ['haircut', 'fifo'] });
    const three = screened({}, { methods: ['fifo', 'lifo', 'haircut', 'poison'] });
    assert.deepEqual(three.params.methods, ['haircut', 'fifo', 'lifo', 'poison']);
    assert.equal(ransom(three, 'lifo')?.amount?.raw, String(BTC));
    for (const method of ['haircut', 'lifo'])
      assert.deepEqual(ransom(three, method)?.interval, {
        low: '0',
        high: String(BTC),
        over: ['haircut', 'fifo', 'lifo'],
      });
    const refused = (): Screening => screened({}, { methods: ['taint-first'] });
    assert.throws(refused, (error) => error instanceof SpoorError && error.place.field === 'methods');
  });

  it('the campaign stands beside category and actor, of a wallet as the pack says, and of another tag of that wallet', () => {
    // 115p7U... is a wallet of WannaCry v2 by the bundled pack.
    assert.equal(ransom(screened({}), 'haircut')?.campaign, null);
    withCase(file, { create: false }, (context) => importPacks(context, [projectPath('samples/actors/wannacry.yaml')]));
    const row = ransom(screened({}), 'haircut');
    assert.equal(row?.campaign, 'WannaCry v2');
    const claims = row?.entities[0].claims ?? [];
    assert.deepEqual([claims.length, new Set(claims.map(({ campaign }) => campaign))], [2, new Set(['WannaCry v2'])]);
  });

  it('files of prices that cannot be used are refused: an asset nobody knows, two of one asset, a file that is none', () => {
    const good = priceFile('t.csv', `${DAY},1,1,1,1`);
    const code = (...texts: string[]): string | null => {
      try {
        readAssetPrices(texts, 'close');
        return null;
      } catch (error) {
        return error instanceof SpoorError ? error.code : String(error);
      }
    };
    assert.equal(code(good), null);
    assert.equal(code(`DOGE=${good}`), 'USAGE');
    assert.equal(code(good, `BTC=${good}`), 'USAGE');
    assert.equal(code(`0x1234=${good}`), 'ADDRESS_INVALID');
    assert.equal(code(join(folder, 'none.csv')), 'FILE_NOT_FOUND');
    writeFileSync(join(folder, 'u.csv'), 'what,is,this\n');
    assert.equal(code(join(folder, 'u.csv')), 'MALFORMED');
    const wrong = RULES.replace('"6250.00"', '"6250.001"');
    assert.throws(
      () => screened({ rules: { ...readRules(null), text: wrong } }),
      (error) => error instanceof SpoorError && error.place.field === 'rules[0].min_usd',
    );
  });

  itWithData('real daily prices, packed: the close of the day, and 2.5 coins of it cut to cents', 'prices', () => {
    const prices = readAssetPrices([sharedData('prices/BTC-USD.daily.csv.gz')], 'close');
    const answer = screened({ prices });
    const [row] = answer.params.prices?.assets ?? [];
    // The row of that day in the file, sixth column; 2.5 times it is 26702.0947.
    assert.equal(row.usd, '10680.837891');
    assert.equal(answer.screened[0].amount.usd, '26702.09');
  });
});
