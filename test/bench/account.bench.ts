/**
 * Effects per second of the account engine against what one would write first, in one run: balances and taint in Maps of bigint by `account:asset`, with the
 * same haircut, the same poison, or the same FIFO queues, in turns, the least of the rounds of each. They must agree on every balance, or the run fails. And cost per effect from 10^4 to 10^6 effects.
 */
import assert from 'node:assert/strict';
import { type AccountFrame, type AccountView, accountTxId, type EffectFrame, NONE } from '../../src/ledger/index.ts';
import {
  type AccountRuleName,
  type AccountTaintResult,
  accountTaint,
  DEFAULT_ACCOUNT_CONVENTIONS,
} from '../../src/taint/index.ts';
import { effect, framesOf, frameView, type PlainFrame } from '../support/account-frames.ts';
import { Prng } from '../support/prng.ts';

const WEI = 10n ** 18n;
const ROUNDS = Number(process.env.SPOOR_BENCH_ROUNDS ?? 5);

/** Accounts below this are exchanges: one payment in three is from or to one. */
const EXCHANGES = 20;

/** A chain of many payers and a few exchanges, two effects in three in ether, the rest in 50 tokens. Who lacks money is paid from outside first. */
function history(effects: number): AccountFrame[] {
  const random = Prng.fromSeed(1);
  const accounts = Math.max(100, Math.floor(effects / 5));
  const balances = new Map<number, bigint>();
  const have = (account: number, asset: number): bigint => balances.get(account * 64 + asset) ?? 0n;
  const change = (account: number, asset: number, amount: bigint): void => {
    balances.set(account * 64 + asset, have(account, asset) + amount);
  };
  const someone = (): number => (random.chance(0.2) ? random.int(EXCHANGES) : random.int(accounts));
  const plain: PlainFrame[] = [];
  let made = 0;
  while (made < effects) {
    const [from, to] = [someone(), someone()];
    const asset = random.chance(0.34) ? random.between(1, 50) : 0;
    const amount = BigInt(random.between(1, 1_000_000)) * (WEI / 1_000_000n) + BigInt(random.int(1_000_000));
    const gas = 21_000n * BigInt(random.between(1, 100)) * 1_000_000_000n;
    const body: EffectFrame[] = [];
    const fund = (of: number, least: bigint): void => {
      if (have(from, of) >= least) return;
      body.push(effect('mint', NONE, from, 5n * least, of));
      change(from, of, 5n * least);
    };
    fund(0, asset === 0 ? gas + amount : gas);
    fund(asset, amount);
    body.push(effect('fee', from, NONE, gas));
    change(from, 0, -gas);
    if (from !== to) {
      body.push(effect('move', from, to, amount, asset));
      change(from, asset, -amount);
      change(to, asset, amount);
    }
    made += body.length;
    plain.push({ effects: body });
  }
  return framesOf(plain);
}

/** Seeds: the first 20 arrivals of value. */
function seedsOf(frames: readonly AccountFrame[]): Array<{ tx: number; at: number }> {
  const found: Array<{ tx: number; at: number }> = [];
  for (const { tx, effects } of frames) {
    const at = effects.findIndex(({ kind }) => kind === 'mint');
    if (at >= 0) found.push({ tx, at });
    if (found.length === 20) break;
  }
  return found;
}

function ours(
  view: AccountView,
  frames: readonly AccountFrame[],
  rule: AccountRuleName,
  stops: boolean,
): AccountTaintResult {
  const seeds = seedsOf(frames).map(({ tx, at }) => ({
    label: 0,
    select: { kind: 'effect', tx: accountTxId(tx), effect: at } as const,
  }));
  return accountTaint(view, {
    rules: [rule],
    labelCount: 1,
    seeds,
    priors: [],
    limits: { maxHops: null, minAmount: new Map(), untilKey: null, maxLots: null },
    conventions: DEFAULT_ACCOUNT_CONVENTIONS,
    stopAt: (account) => (stops && account < EXCHANGES ? 'exchange' : null),
    conversionsOf: () => [],
    keepTrail: false,
  });
}

/** What is held, as the naive version says it. */
function worded({ rules }: AccountTaintResult): Map<string, bigint> {
  const held = rules[0].holdings.filter(({ status }) => status === 'held');
  return new Map(held.map(({ account, asset, taint }) => [`${account}:${asset}`, taint[0][1]]));
}

/** The naive haircut or poison: a Map of balances and a Map of taint. */
function naiveAmounts(
  frames: readonly AccountFrame[],
  rule: 'haircut' | 'poison',
  stops: boolean,
): Map<string, bigint> {
  const balances = new Map<string, bigint>();
  const taints = new Map<string, bigint>();
  const seeds = new Set(seedsOf(frames).map(({ tx, at }) => `${tx}:${at}`));
  for (const { tx, effects } of frames) {
    effects.forEach(({ from, to, asset, amount }, at) => {
      let carried = 0n;
      if (from !== NONE) {
        const key = `${from}:${asset}`;
        const had = balances.get(key) ?? 0n;
        const balance = had < amount ? amount : had;
        const taint = taints.get(key) ?? 0n;
        if (taint > 0n) {
          carried = rule === 'poison' ? 1n : (2n * taint * amount + balance) / (2n * balance);
          if (rule === 'haircut') taints.set(key, taint - carried);
        }
        balances.set(key, balance - amount);
      }
      if (to !== NONE) {
        const key = `${to}:${asset}`;
        if (seeds.has(`${tx}:${at}`)) carried = rule === 'poison' ? 1n : amount;
        balances.set(key, (balances.get(key) ?? 0n) + amount);
        if (stops && to < EXCHANGES) carried = 0n;
        if (carried > 0n) taints.set(key, rule === 'poison' ? 1n : (taints.get(key) ?? 0n) + carried);
      }
    });
  }
  const found = [...taints].filter(([, taint]) => taint > 0n);
  return new Map(
    rule === 'haircut'
      ? found
      : found.map(([key]) => [key, balances.get(key) ?? 0n] as const).filter(([, all]) => all > 0n),
  );
}

/** The naive FIFO: a queue of lots for every balance. */
function naiveFifo(frames: readonly AccountFrame[], stops: boolean): Map<string, bigint> {
  const queues = new Map<string, Array<{ amount: bigint; tainted: boolean }>>();
  const seeds = new Set(seedsOf(frames).map(({ tx, at }) => `${tx}:${at}`));
  for (const { tx, effects } of frames) {
    effects.forEach(({ from, to, asset, amount }, at) => {
      let lots: Array<{ amount: bigint; tainted: boolean }> = [];
      if (from === NONE) lots = [{ amount, tainted: false }];
      else {
        const queue = queues.get(`${from}:${asset}`) ?? [];
        let left = amount;
        while (left > 0n && queue.length > 0) {
          const [head] = queue;
          const used = head.amount < left ? head.amount : left;
          lots.push({ amount: used, tainted: head.tainted });
          if (used === head.amount) queue.shift();
          else queue[0] = { amount: head.amount - used, tainted: head.tainted };
          left -= used;
        }
        // What is missing came from out of sight, and lies in front.
        if (left > 0n) lots.unshift({ amount: left, tainted: false });
        queues.set(`${from}:${asset}`, queue);
      }
      if (to === NONE) return;
      if (seeds.has(`${tx}:${at}`)) lots = lots.map((lot) => ({ ...lot, tainted: true }));
      if (stops && to < EXCHANGES) lots = [{ amount, tainted: false }];
      const queue = queues.get(`${to}:${asset}`) ?? [];
      queue.push(...lots);
      queues.set(`${to}:${asset}`, queue);
    });
  }
  const found = new Map<string, bigint>();
  for (const [key, queue] of queues) {
    const tainted = queue.reduce((sum, lot) => (lot.tainted ? sum + lot.amount : sum), 0n);
    if (tainted > 0n) found.set(key, tainted);
  }
  return found;
}

type Naive = (frames: readonly AccountFrame[], stops: boolean) => Map<string, bigint>;

const NAIVE: ReadonlyArray<readonly [AccountRuleName, Naive]> = [
  ['haircut', (frames, stops) => naiveAmounts(frames, 'haircut', stops)],
  ['poison', (frames, stops) => naiveAmounts(frames, 'poison', stops)],
  ['fifo', naiveFifo],
];

function timeMs<T>(work: () => T): { ms: number; value: T } {
  const start = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(start);
  return { ms: (user + system) / 1000, value };
}

const sorted = (map: ReadonlyMap<string, bigint>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** One line of the table. */
function against(frames: readonly AccountFrame[], [rule, naive]: (typeof NAIVE)[number], stops: boolean): string {
  const count = frames.reduce((sum, { effects }) => sum + effects.length, 0);
  const view = frameView(frames);
  const mine: number[] = [];
  const peer: number[] = [];
  let tainted = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const fast = timeMs(() => ours(view, frames, rule, stops));
    const slow = timeMs(() => naive(frames, stops));
    if (round === 0)
      assert.deepEqual(sorted(worded(fast.value)), sorted(slow.value), `${rule}: engine and naive version agree`);
    mine.push(fast.ms);
    peer.push(slow.ms);
    tainted = slow.value.size;
  }
  // Whatever else the machine does makes a round longer, never shorter.
  const [a, b] = [Math.min(...mine), Math.min(...peer)];
  const perSecond = (ms: number): string => Math.round((count / ms) * 1000).toLocaleString('en');
  const stopped = stops ? 'at exchanges' : 'nowhere';
  const cells = [count.toLocaleString('en'), stopped, rule, tainted.toLocaleString('en'), perSecond(a), perSecond(b)];
  return `| ${[...cells, (b / a).toFixed(1), Math.round((a / count) * 1e6)].join(' | ')} |`;
}

function main(): void {
  const sizes = (process.env.SPOOR_BENCH_SIZES ?? '10000,100000,1000000').split(',').map(Number);
  const lines = [
    '| effects | stop | rule | balances tainted | ours, effects/s | naive, effects/s | ratio | ours, ns per effect |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  // A first round that is not shown: both sides start with compiled code.
  for (const row of NAIVE) for (const stops of [true, false]) against(history(20_000), row, stops);
  for (const size of sizes) {
    const frames = history(size);
    for (const stops of [true, false]) for (const row of NAIVE) lines.push(against(frames, row, stops));
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

main();
