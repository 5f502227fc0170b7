/** Taint over the whole graph of block files: books and coins of `bulk trace --stop-at none`, line for line; seeds of every kind; refusals. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BulkTaint,
  type BulkTaintAnswer,
  bulkTaint,
  bulkTrace,
  parseSeed,
  type SeedRequest,
} from '../../src/case/index.ts';
import { DEFAULT_CONVENTIONS, RULE_NAMES, type TraceConventions } from '../../src/taint/index.ts';
import { type GeneratedMeta, generate, PLAIN } from '../bench/bulk/generate.ts';
import { blocksOf, TransactionCursor } from '../bench/bulk/stand-in-chain.ts';
import { writeBlockFolder } from '../support/block-folder.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';

const FIRST_SEED = Number(process.env.SEED ?? 2_718_281);
const CHAINS = 3;
const RULES = [...RULE_NAMES, 'inout:LH', 'inout:TS', 'inout:CF', 'inout:HL', 'inout:SF'];
const SINK: TraceConventions = DEFAULT_CONVENTIONS;

/** Lines of a list in an order of their own. */
function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n').sort();
}

/** Asks both ways and holds them to each other. */
async function same(
  folder: string,
  seeds: readonly SeedRequest[],
  conventions: TraceConventions,
): Promise<BulkTaintAnswer> {
  const options = { folder, workers: 2, plain: false, verify: false, until: null };
  const coins = join(folder, '..', 'taint.jsonl');
  const given: BulkTaint = { options, seeds, rules: RULES, conventions, coins };
  const found = await bulkTaint(given);
  const rests = join(folder, '..', 'trace.jsonl');
  const expected = await bulkTrace({
    options,
    request: {
      seeds,
      rules: RULES,
      limits: { maxHops: null, minSat: null, minShareMillionths: null },
      until: null,
      stopAt: ['none'],
      conventions,
      splitBelowSat: null,
    },
    packs: [],
    fromHeight: 0,
    coins: rests,
    checkpoint: null,
    clusters: null,
  });
  assert.deepEqual(linesOf(coins), linesOf(rests));
  expected.rules.forEach(({ rule, books: [book] }, at) => {
    const { seededSat, heldSat, feeSat, cutSat, burnedSat, ...own } = found.rules[at];
    assert.equal(own.rule, rule);
    const { seeded, held, fee, cut, burned } = book ?? { seeded: '0', held: '0', fee: '0', cut: '0', burned: '0' };
    assert.deepEqual([seededSat, heldSat, feeSat, cutSat, burnedSat], [seeded, held, fee, cut, burned], rule);
    assert.equal(own.conserves, book !== undefined);
    assert.equal(own.coins, linesOf(coins).filter((line) => line.includes(`{"rule":"${rule}",`)).length, rule);
  });
  return found;
}

describe(`bulk taint (SEED=${FIRST_SEED})`, function () {
  this.timeout(180_000);
  let folder = '';
  let meta: GeneratedMeta;
  before(() => {
    folder = join(freshFolder(), 'plain');
    mkdirSync(folder, { recursive: true });
    meta = generate(folder, { ...PLAIN, transactions: 3000, mix: 'modern', seed: 5 });
  });

  it(`is bulk trace on ${CHAINS} random chains: fees that end and fees that go on, seeds on taint`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + CHAINS; seed += 1) {
      const { transactions } = randomChain(seed, { everyCoinbase: true, transactions: 40 });
      const chain = {
        transactions: transactions.map((transaction) => ({
          ...transaction,
          outputs: transaction.outputs.map(({ statedSpent: _, ...output }) => output),
        })),
      };
      const place = join(folder, '..', `chain-${seed}`, 'blocks');
      mkdirSync(place, { recursive: true });
      const { txids } = writeBlockFolder(place, chain);
      const outpoints = randomSeeds(chain, seed, 3).map(({ tx, vout }) => `L=${txids[tx]}:${vout}`);
      const seeds = [...outpoints, `L=${txids[seed % txids.length]}`].map((text) => parseSeed(text, 'regtest'));
      await same(place, seeds, {
        ...SINK,
        feeTaint: seed % 3 === 0 ? 'sink' : 'propagate',
        coinbaseOrder: seed % 2 === 0 ? 'fees-first' : 'subsidy-first',
        haircutFee: seed % 2 === 0 ? 'outputs-only' : 'share',
      });
    }
  });

  it('is bulk trace on a generated chain: the theft, and half of the first coinbases, which reach most of it', async () => {
    await same(folder, [parseSeed(`theft=${meta.theft}`)], SINK);
    const coinbases = [...blocksOf(folder)].slice(1, 300).flatMap((block, at) => {
      const cursor = new TransactionCursor(block);
      cursor.next();
      return at % 2 === 0 ? [`old=${Buffer.from(cursor.txid()).reverse().toString('hex')}`] : [];
    });
    const dense = await same(
      folder,
      coinbases.map((text) => parseSeed(text)),
      { ...SINK, feeTaint: 'propagate' },
    );
    for (const { rule, reached } of dense.rules) {
      if (!rule.includes('dirty')) assert.ok(reached > 1000, `${rule} reaches ${reached} transactions`);
    }
  });

  it('burns the genesis coinbase, which nobody can spend', async () => {
    const [genesis] = blocksOf(folder);
    const cursor = new TransactionCursor(genesis);
    cursor.next();
    const txid = Buffer.from(cursor.txid()).reverse().toString('hex');
    const { rules } = await same(folder, [parseSeed(`first=${txid}:0`)], SINK);
    assert.deepEqual([rules[0].burnedSat, rules[0].heldSat, rules[0].reached], ['5000000000', '0', 0]);
  });

  it('on the command line: JSON, books for people, and refusals before anything is written', () => {
    const seed = `theft=${meta.theft}`;
    const json = spoor(folder, 'bulk', 'taint', folder, '--seed', seed, '--rule', 'fifo,poison', '--json');
    assert.equal(json.status, 0, json.stderr);
    const { schema, label, rules, conventions } = JSON.parse(json.stdout);
    assert.deepEqual([schema, label, conventions.feeTaint], ['spoor.bulk/1', 'theft', 'sink']);
    assert.deepEqual(
      rules.map(({ rule, conserves }: { rule: string; conserves: boolean }) => [rule, conserves]),
      [
        ['fifo', true],
        ['poison', false],
      ],
    );
    const text = spoor(folder, 'bulk', 'taint', folder, '--seed', seed, '--rule', 'fifo,poison').stdout;
    assert.match(text, /^fee taint sink, coinbase order fees-first, haircut fee share$/m);
    assert.match(text, /^fifo, theft: seeded [\d.]+ BTC = held [\d.]+.*; \d+ transactions, \d+ resting places$/m);
    assert.match(text, /^poison: taints in full, keeps no books; /m);
    const refusals: Array<[args: string[], status: number, words: RegExp]> = [
      [[], 2, /give at least one --seed/],
      [['--seed', seed, '--rule', 'fifo,age-seniority'], 2, /bulk taint has no rule "age-seniority"/],
      [['--seed', seed, '--rule', 'address-taint'], 2, /no rule "address-taint"\n {2}spoor trace has it/],
      [['--seed', seed, '--seed', `other=${meta.theft}`], 2, /one label at a time.*\n?.*bulk trace/],
      [['--seed', 'V=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'], 2, /no outpoint and no txid/],
      [['--seed', `V=${'ab'.repeat(32)}`], 3, /no output of abab/],
      [['--seed', `V=${meta.theft.split(':')[0]}:999`], 3, /no output .*:999/],
      [['--seed', seed, '--coins', join('nowhere', 'coins')], 9, /cannot be written/],
    ];
    for (const [args, status, words] of refusals) {
      const outcome = spoor(folder, 'bulk', 'taint', folder, ...args);
      assert.match(outcome.stderr, words);
      assert.deepEqual([outcome.status, outcome.stdout], [status, ''], args.join(' '));
    }
  });
});
