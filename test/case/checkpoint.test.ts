/** A trace that goes on from the state kept at an earlier tip gives the bytes of a trace of a case fed all at once; a rollback takes it back. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_CONVENTIONS,
  ingestFiles,
  parseSeed,
  rollback,
  type TraceRequest,
  trace,
  traceDocument,
  verifyCase,
  withCase,
} from '../../src/case/index.ts';
import { RULE_NAMES } from '../../src/taint/index.ts';
import { freshFolder } from '../support/cli.ts';
import { esploraOf, tinyTxid } from '../support/esplora.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';

const FIRST_SEED = Number(process.env.SEED ?? 31);
const CHAINS = 4;
const BASE = 100;

interface Ground {
  readonly chain: TinyChain;
  readonly seeds: readonly TinySeed[];
  readonly heights: readonly number[];
  /** One file per block, in order. */
  readonly files: readonly string[];
}

describe(`traces from kept states (SEED=${FIRST_SEED})`, () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  function ground(seed: number): Ground {
    const chain = randomChain(seed, { everyCoinbase: true });
    const transactions = esploraOf(chain, BASE);
    const heights = [...new Set(chain.transactions.map(({ height }) => height))];
    const files = heights.map((height) => {
      const path = join(folder, `${seed}-${height}.json`);
      writeFileSync(path, JSON.stringify(transactions.filter((_, tx) => chain.transactions[tx].height === height)));
      return path;
    });
    return { chain, seeds: randomSeeds(chain, seed, 4), heights, files };
  }

  function request(own: Ground, height: number): TraceRequest | null {
    const made = own.seeds.filter(({ tx }) => own.chain.transactions[tx].height <= height);
    if (made.length === 0) return null;
    return {
      seeds: made.map(({ tx, vout, label }) => parseSeed(`L${label}=${tinyTxid(tx)}:${vout}`)),
      rules: [...RULE_NAMES],
      limits: { maxHops: 5, minSat: null, minShareMillionths: null, maxTransactions: 6, maxSegments: 3 },
      until: null,
      stopAt: ['coinjoin'],
      conventions: { ...DEFAULT_CONVENTIONS, feeTaint: 'propagate' },
      splitBelowSat: null,
    };
  }

  interface Traced {
    readonly document: string;
    readonly from: number | null;
    readonly state: string | null;
  }

  /** Reads files into a case and traces; the state is that kept at the tip. */
  function traced(name: string, files: readonly string[], asked: TraceRequest): Traced {
    return withCase(join(folder, `${name}.spoor`), { create: true }, (context) => {
      ingestFiles(context.store, files, { format: 'auto', network: null });
      const run = trace(context, asked);
      const sql = 'SELECT state_hash FROM taint_checkpoint ORDER BY height DESC LIMIT 1';
      const state = context.store.db.prepare(sql).pluck().get() as string | undefined;
      return { document: JSON.stringify(traceDocument(context, run)), from: run.from ?? null, state: state ?? null };
    });
  }

  it('a rule over addresses keeps no state: asked twice it says the same, and the case stands', () => {
    const own = ground(FIRST_SEED);
    const asked = request(own, own.heights[own.heights.length - 1]);
    assert.ok(asked !== null);
    const rules = ['fifo', 'address-taint', 'address-taint:backward'];
    const limits = { maxHops: null, minSat: null, minShareMillionths: null };
    const first = traced('twice', own.files, { ...asked, rules, limits });
    const second = traced('twice', [], { ...asked, rules, limits });
    assert.deepEqual(second, first);
    assert.deepEqual([first.from, first.state], [null, null]);
    withCase(join(folder, 'twice.spoor'), { create: false }, (context) => assert.ok(verifyCase(context).ok));
  });

  it(`block by block is all at once on ${CHAINS} random chains, after a rollback too`, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + CHAINS; seed += 1) {
      const own = ground(seed);
      const last = own.heights.length - 1;
      const asked = request(own, own.heights[last - 3]);
      assert.ok(asked !== null, `seed ${seed} has early seeds`);
      const name = `steps-${seed}`;
      const steps: Traced[] = [];
      own.files.forEach((file, at) => {
        if (at < last - 3)
          withCase(join(folder, `${name}.spoor`), { create: true }, ({ store }) =>
            ingestFiles(store, [file], { format: 'auto', network: null }),
          );
        else steps.push(traced(name, [file], asked));
      });
      steps.forEach((step, at) => {
        const whole = traced(`whole-${seed}-${at}`, own.files.slice(0, last - 2 + at), asked);
        assert.equal(step.document, whole.document, `seed ${seed}, step ${at}`);
        assert.equal(step.state, whole.state, `seed ${seed}, step ${at}: state`);
        assert.deepEqual([whole.from, step.from], [null, at === 0 ? null : own.heights[last - 4 + at] + BASE]);
      });
      withCase(join(folder, `${name}.spoor`), { create: false }, (context) => {
        rollback(context, own.heights[last - 2] + BASE);
      });
      const back = traced(name, [], asked);
      assert.deepEqual(back, { ...steps[1], from: own.heights[last - 2] + BASE }, `seed ${seed}: rolled back`);
      const again = traced(name, own.files.slice(-2), asked);
      assert.deepEqual(again, { ...steps[3], from: own.heights[last - 2] + BASE }, `seed ${seed}: forward again`);
      withCase(join(folder, `${name}.spoor`), { create: false }, (context) => {
        assert.deepEqual(
          verifyCase(context).checks.flatMap(({ problems }) => problems),
          [],
        );
      });
    }
  });

  it('a block that comes late, or other seeds, begin anew; a damaged state is not believed', () => {
    const own = ground(FIRST_SEED);
    const last = own.heights.length - 1;
    const asked = request(own, own.heights[last - 2]);
    assert.ok(asked !== null);
    const gap = own.files.filter((_, at) => at !== last - 1);
    traced('late', gap, asked);
    const late = traced('late', [own.files[last - 1]], asked);
    assert.equal(late.from, null);
    assert.equal(late.document, traced('late-whole', [...gap, own.files[last - 1]], asked).document);
    assert.equal(traced('late', [], asked).from, own.heights[last] + BASE);
    assert.equal(traced('late', [], { ...asked, seeds: asked.seeds.slice(1) }).from, null);
    withCase(join(folder, 'late.spoor'), { create: false }, ({ store }) => {
      store.db.exec("UPDATE taint_checkpoint SET state = x'00'");
    });
    const anew = traced('late', [], asked);
    assert.deepEqual([anew.document, anew.from], [late.document, null]);
  });
});
