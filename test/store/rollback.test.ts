/** Rollback above a height: what stays is what a new case fed the remaining bodies holds, row for row. */
import assert from 'node:assert/strict';
import { contextOf } from '../../src/case/context.ts';
import {
  type CaseContext,
  DEFAULT_CONVENTIONS,
  factLines,
  parseSeed,
  rollback,
  type TraceRequest,
  trace,
  verifyCase,
} from '../../src/case/index.ts';
import { ingestBody } from '../../src/case/ingest/ingest.ts';
import { closeCase, openScratchCase } from '../../src/store/index.ts';
import { type Body, forkedChain } from '../support/forked-chain.ts';
import { Prng } from '../support/prng.ts';
import { tableCounts } from '../support/table-counts.ts';

const SEEDS = Array.from({ length: 10 }, (_, seed) => 1000 + seed);

interface Row {
  readonly txid: string;
  readonly blockHash: string;
  readonly outputs: ReadonlyArray<{ spenderTxid?: string }>;
}

interface State {
  readonly facts: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

describe('rollback above a height', () => {
  function inCase<T>(work: (context: CaseContext) => T): T {
    const store = openScratchCase();
    try {
      return work(contextOf(store, 'mainnet'));
    } finally {
      closeCase(store);
    }
  }

  function feed({ store }: CaseContext, bodies: ReadonlyArray<Pick<Body, 'name' | 'lines'>>): void {
    for (const { name, lines } of bodies)
      ingestBody(store, { name, bytes: Buffer.from(lines.join('\n')), format: 'spoor', network: 'mainnet' });
  }

  function stateOf(context: CaseContext): State {
    return { facts: [...factLines(context)], counts: tableCounts(context.store) };
  }

  /** Compares line by line: the difference of whole ledgers would be unreadable. */
  function same(found: State, wanted: State): void {
    assert.deepEqual(found.counts, wanted.counts);
    const at = found.facts.findIndex((text, index) => text !== wanted.facts[index]);
    assert.equal(found.facts[at], wanted.facts[at]);
    assert.equal(found.facts.length, wanted.facts.length);
  }

  /** Facts read anew from the bodies, links between rows and all else that `case verify` looks at. */
  function isSound(context: CaseContext): void {
    const { checks, ok } = verifyCase(context);
    assert.ok(ok, JSON.stringify(checks.filter((check) => !check.ok)));
  }

  /** Spends of one branch's transactions, as a source that was asked about the outputs below would state them. */
  function statedSpends(bodies: readonly Body[], below: readonly Body[]): string[] {
    const rows = (of: readonly Body[]): Array<Row & { inputs?: Array<{ prevTxid?: string; prevVout?: number }> }> =>
      of.flatMap(({ lines }) => lines.map((line) => JSON.parse(line))).filter((row) => 'txid' in row);
    const known = new Set(rows(below).map(({ txid }) => txid));
    return rows(bodies).flatMap(({ txid, inputs }) =>
      (inputs ?? []).flatMap(({ prevTxid, prevVout }) =>
        prevTxid !== undefined && known.has(prevTxid)
          ? [JSON.stringify({ spend: { txid: prevTxid, vout: prevVout, spenderTxid: txid } })]
          : [],
      ),
    );
  }

  it('stated spends by what was undone go, those by what stays do not', () => {
    let stated = 0;
    for (const seed of SEEDS) {
      const { forkHeight, below, branchA } = forkedChain(seed);
      const gone = statedSpends(branchA, below);
      const stays = { name: 'stays', lines: statedSpends(below, below) };
      stated += gone.length;
      if (gone.length === 0 || stays.lines.length === 0) continue;
      const wanted = inCase((fresh) => {
        feed(fresh, [...below, stays]);
        return stateOf(fresh);
      });
      inCase((context) => {
        feed(context, [{ name: 'gone', lines: gone }, ...below, ...branchA, stays]);
        rollback(context, forkHeight);
        same(stateOf(context), wanted);
        isSound(context);
      });
    }
    assert.ok(stated > 0, 'some seed has such spends');
  });

  for (const seed of SEEDS) {
    it(`seed ${seed}: branch A rolled back and branch B fed is a fresh B`, () => {
      const { forkHeight, below, branchA, branchB } = forkedChain(seed);
      const found = inCase((context) => {
        feed(context, Prng.fromSeed(seed).shuffled([...below, ...branchA]));
        const outcome = rollback(context, forkHeight);
        assert.deepEqual([outcome.blocks, outcome.dropped.length, outcome.cut], [branchA.length, branchA.length, []]);
        const { facts, counts } = stateOf(context);
        const untouched = inCase((fresh) => {
          feed(fresh, below);
          return stateOf(fresh);
        });
        same({ facts, counts }, untouched);
        feed(context, branchB);
        isSound(context);
        return stateOf(context);
      });
      const wanted = inCase((fresh) => {
        feed(fresh, [...below, ...branchB]);
        return stateOf(fresh);
      });
      same(found, wanted);
    });

    it(`seed ${seed}: pages that mix both sides keep what is below the fork, and no word on who spent what`, () => {
      const { forkHeight, below, branchA, branchB, pages } = forkedChain(seed);
      const gone = namesIn(branchA);
      const cut = pages.map((page) => cutByHand(page, gone)).filter(({ lines }) => lines.length > 0);
      const found = inCase((context) => {
        feed(context, Prng.fromSeed(seed + 1).shuffled([...pages, ...below, ...branchA]));
        const outcome = rollback(context, forkHeight);
        assert.equal(outcome.dropped.length, branchA.length + pages.length - cut.length);
        feed(context, branchB);
        isSound(context);
        const state = stateOf(context);
        // The same pages once more: one is believed whole again when all that was cut from it has come back in branch B.
        feed(
          context,
          pages.filter(({ name }) => outcome.cut.includes(name)),
        );
        isSound(context);
        return { state, again: stateOf(context) };
      });
      const wanted = (given: readonly Body[]): State =>
        inCase((fresh) => {
          feed(fresh, [...below, ...branchB, ...given]);
          return stateOf(fresh);
        });
      same(found.state, wanted(cut));
      const back = namesIn(branchB);
      const again = cut.map((page) => {
        const whole = pages.find(({ name }) => name === page.name) as Body;
        return touches(whole, gone).every((name) => back.has(name)) ? whole : page;
      });
      same(found.again, wanted(again));
    });
  }

  it('a transaction without a height goes with the output it spends, and comes again with it', () => {
    const { forkHeight, below, branchA } = forkedChain(1002);
    const parent = branchA.flatMap(({ lines }) => lines).map((line) => JSON.parse(line) as Row & { block?: object });
    const { txid: prevTxid } = parent.find(({ block }) => block === undefined) as Row;
    const child = {
      txid: 'c'.repeat(64),
      inputs: [{ prevTxid, prevVout: 0 }],
      outputs: [{ valueSat: '0', scriptPubKey: `0014${'77'.repeat(20)}` }],
    };
    const loose = { name: 'loose', height: null, lines: [JSON.stringify(child)] };
    const alone = { ...child, txid: 'd'.repeat(64), inputs: [{ prevTxid: 'e'.repeat(64), prevVout: 0 }] };
    const stays = { name: 'stays', height: null, lines: [JSON.stringify(alone)] };
    const found = inCase((context) => {
      feed(context, [...below, ...branchA, loose, stays]);
      const { dropped } = rollback(context, forkHeight);
      assert.ok(dropped.includes('loose') && !dropped.includes('stays'));
      isSound(context);
      return stateOf(context);
    });
    const wanted = inCase((fresh) => {
      feed(fresh, [...below, stays]);
      return stateOf(fresh);
    });
    same(found, wanted);
  });

  it('runs whose tip was above go with all they derived, runs below stay', () => {
    const { forkHeight, below, branchA } = forkedChain(1003);
    inCase((context) => {
      feed(context, below);
      const [first] = context.view.transactions();
      const { txid } = context.view.transaction(first as never);
      const request: TraceRequest = {
        seeds: [parseSeed(`w=${txid}`)],
        rules: ['fifo', 'haircut'],
        limits: { maxHops: null, minSat: null, minShareMillionths: null },
        until: null,
        stopAt: [],
        conventions: DEFAULT_CONVENTIONS,
        splitBelowSat: null,
      };
      const kept = trace(context, request).run.id;
      const before = stateOf(context);
      feed(context, branchA);
      assert.notEqual(trace(context, request).run.id, kept);
      assert.equal(rollback(context, forkHeight).runs, 1);
      same(stateOf(context), before);
      assert.deepEqual(context.store.db.prepare('SELECT id FROM run').pluck().all(), [kept]);
    });
  });

  it('blocks without a height have that of their links, in any order; a stranger in between is refused', () => {
    const name = (digit: string): string => digit.repeat(64);
    const block = (hash: string, more: object): Body => ({
      name: hash,
      height: null,
      lines: [
        JSON.stringify({ block: { hash: name(hash), ...more } }),
        JSON.stringify({
          txid: name(hash).replace(/^./, '9'),
          blockHash: name(hash),
          position: 0,
          coinbase: true,
          inputs: [],
          outputs: [{ valueSat: '5', scriptPubKey: '51' }],
        }),
      ],
    });
    const chain = [block('a', { height: 7 }), block('b', { prevHash: name('a') }), block('c', { prevHash: name('b') })];
    const heights = (order: readonly Body[]): string =>
      inCase((context) => {
        feed(context, order);
        isSound(context);
        return stateOf(context)
          .facts.flatMap((line) => /"height":\d+/.exec(line) ?? [])
          .join();
      });
    const wanted = [7, 8, 9, 7, 8, 9].map((height) => `"height":${height}`).join();
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ])
      assert.equal(heights(order.map((at) => chain[at] as Body)), wanted);
    const held = block('b', { height: 8, prevHash: name('a') });
    for (const stranger of [block('d', { height: 9, prevHash: name('f') }), block('d', { height: 7 })])
      inCase((context) => {
        feed(context, [held]);
        const before = stateOf(context);
        assert.throws(() => feed(context, [stranger]), { code: 'SOURCES_DISAGREE', message: /does not follow/ });
        same(stateOf(context), before);
      });
  });

  /** The page as it would read without what left the chain, by hand: lines of gone transactions out, statements of spending out of a touched page. */
  function cutByHand(page: Body, gone: ReadonlySet<string>): Body {
    if (touches(page, gone).length === 0) return page;
    const rows = page.lines.map((line) => JSON.parse(line) as Row);
    const lines = rows
      .filter(({ txid }) => !gone.has(txid))
      .map((row) =>
        JSON.stringify({
          ...row,
          outputs: row.outputs.map((output) => ({ ...output, spent: undefined, spenderTxid: undefined })),
        }),
      );
    return { ...page, lines };
  }

  /** Txids and block hashes of bodies. */
  function namesIn(bodies: readonly Body[]): Set<string> {
    return new Set(
      bodies.flatMap(({ lines }) =>
        lines.map((line) => {
          const { txid, block } = JSON.parse(line) as { txid?: string; block?: { hash: string } };
          return txid ?? (block as { hash: string }).hash;
        }),
      ),
    );
  }

  /** Names in a page that are among the given. */
  function touches(page: Body, names: ReadonlySet<string>): string[] {
    return page.lines
      .map((line) => JSON.parse(line) as Row)
      .flatMap(({ txid, blockHash, outputs }) => [
        txid,
        blockHash,
        ...outputs.map((output) => output.spenderTxid ?? ''),
      ])
      .filter((name) => names.has(name));
  }
});
