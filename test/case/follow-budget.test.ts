/** Following within budgets over a server on loopback: never more than allowed, everything that waits named, nothing asked twice. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CaseContext,
  type FollowBudget,
  type FollowOutcome,
  type FollowRequest,
  fetchSubjects,
  importPacks,
  parseSubject,
  traceDocument,
  verifyCase,
  withCaseAsync,
} from '../../src/case/index.ts';
import { parseOutpoint, SpoorError, txId } from '../../src/ledger/index.ts';
import type { FollowDocument, TraceDocument } from '../../src/report/index.ts';
import { freshFolder } from '../support/cli.ts';
import type { EsploraServer } from '../support/esplora-server.ts';
import { books, followWith, PACKS, serveWannacry, stillSource, WALLETS } from '../support/live-wannacry.ts';

describe('following within budgets', () => {
  let folder = '';
  let server: EsploraServer;
  let offline = '';
  let whole: FollowOutcome;

  before(async () => {
    folder = freshFolder();
    ({ server, offline } = await serveWannacry(folder));
    await withCaseAsync(join(folder, 'wallets.spoor'), { create: true }, async (context) => {
      importPacks(context, PACKS);
      const subjects = WALLETS.map((wallet) => parseSubject(wallet));
      await fetchSubjects(context, stillSource(server, join(folder, 'wallets')).esplora, { subjects, maxPages: 40 });
    });
    whole = (await follow('whole', {})).outcome;
  });
  after(() => server.close());
  afterEach(() => {
    server.mischief = null;
  });

  interface Followed {
    outcome: FollowOutcome;
    document: TraceDocument;
    asked: string[];
  }

  /** Follows in a case that holds the wallets; `cache` and case are new unless they were used before under the same name. */
  async function follow(
    name: string,
    given: Omit<Partial<FollowRequest>, 'budget'> & { budget?: Partial<FollowBudget> },
    options: { again?: boolean; check?: (context: CaseContext) => void } = {},
  ): Promise<Followed> {
    const file = join(folder, `case-${name}.spoor`);
    if (options.again !== true) copyFileSync(join(folder, 'wallets.spoor'), file);
    server.asked.length = 0;
    const maxRequests = given.budget?.maxRequests ?? undefined;
    const mode = given.refresh === true ? 'refresh' : 'live';
    const live = stillSource(server, join(folder, `cache-${name}`), { mode, maxRequests });
    return withCaseAsync(file, { create: false }, async (context) => {
      const outcome = await followWith(context, live, given);
      options.check?.(context);
      return { outcome, document: traceDocument(context, outcome.run), asked: [...server.asked] };
    });
  }

  const sumOf = (stops: FollowDocument['waiting'], rule: string): bigint =>
    stops.reduce((total, { taint }) => total + BigInt(taint[rule] ?? '0'), 0n);

  /** Every satoshi that is held on no one's word waits to be asked about; every unresolved one waits for its spender or lies at a busy address. */
  function assertNamed({ outcome, document }: Followed): void {
    const { waiting, busy } = outcome.follow;
    for (const { rule, books: rows } of document.rules) {
      const unasked = waiting.filter(({ reason }) => reason === 'not asked who spends it');
      const known = waiting.filter(({ reason }) => reason !== 'not asked who spends it');
      const unheard = document.coverage.rests.filter(({ basis }) => basis === 'none' || basis === 'file');
      const heldOnNothing = unheard.reduce((total, { held }) => total + BigInt(held[rule] ?? '0'), 0n);
      assert.equal(sumOf(unasked, rule), heldOnNothing, `${rule} held`);
      const unresolved = rows.reduce((total, row) => total + BigInt(row.unresolved), 0n);
      assert.equal(sumOf(known, rule) + sumOf(busy, rule), unresolved, `${rule} unresolved`);
    }
  }

  it('without a budget in the way nothing waits, all that is held rests on the source, and the case verifies', async () => {
    assert.equal(books(whole.run), offline);
    assert.deepEqual([whole.follow.ended, whole.follow.waiting, whole.follow.busy], ['nothing new', [], []]);
    const again = await follow('whole', {}, { again: true, check: (context) => assert.ok(verifyCase(context).ok) });
    assert.equal(again.asked.length, 0);
    assert.equal(again.outcome.run.run.id, whole.run.run.id);
    assert.deepEqual(again.document.coverage.incomplete, []);
    assert.ok(again.document.coverage.complete);
    assertNamed(again);
  });

  it('with k requests allowed the server sees at most k, what waits is named with its amounts, and the next run ends like the offline one', async () => {
    assert.ok(whole.follow.requests > 40, `${whole.follow.requests} requests`);
    for (const maxRequests of [0, 1, 2, 3, 7, 20]) {
      const name = `requests-${maxRequests}`;
      const cut = await follow(name, { budget: { maxRequests } });
      assert.ok(cut.asked.length <= maxRequests, `${cut.asked.length} requests, ${maxRequests} allowed`);
      assert.equal(cut.outcome.follow.requests, cut.asked.length);
      assert.equal(cut.outcome.follow.ended, 'max requests');
      assert.ok(cut.outcome.follow.waiting.length > 0);
      assertNamed(cut);
      if (maxRequests !== 3 && maxRequests !== 20) continue;
      const rest = await follow(name, {}, { again: true });
      assert.equal(books(rest.outcome.run), offline);
      assert.deepEqual(
        rest.asked.filter((path) => cut.asked.includes(path)),
        [],
      );
    }
  });

  it('transactions, rounds and seconds end it too, each named', async () => {
    let seconds = 0;
    const ticking = (): number => {
      seconds += 1;
      return seconds * 1000;
    };
    const ends: Array<[string, Parameters<typeof follow>[1], (document: FollowDocument) => boolean]> = [
      ['max transactions', { budget: { maxTransactions: 3 } }, ({ transactions }) => transactions === 3],
      ['max rounds', { budget: { maxRounds: 1 } }, ({ rounds }) => rounds === 1],
      ['max seconds', { budget: { maxSeconds: 5 }, nowMs: ticking }, ({ requests }) => requests <= 7],
    ];
    for (const [ended, given, holds] of ends) {
      const cut = await follow(ended.replace(' ', '-'), given);
      assert.equal(cut.outcome.follow.ended, ended);
      assert.ok(holds(cut.outcome.follow), JSON.stringify(cut.outcome.follow));
      assertNamed(cut);
    }
  });

  it('asks first where the most taint is: with one spender allowed it is that of the largest output', async () => {
    const { outcome } = await follow('best', { budget: { maxTransactions: 1 }, width: 1 });
    const held = await follow('best-none', { budget: { maxTransactions: 0 } });
    const [best] = held.outcome.follow.waiting;
    const left = outcome.follow.waiting.map(({ outpoint }) => outpoint);
    assert.ok(!left.includes(best.outpoint));
    const amounts = held.outcome.follow.waiting.map(({ taint }) =>
      Math.max(...['fifo', 'haircut'].map((rule) => Number(taint[rule] ?? 0))),
    );
    assert.deepEqual(
      amounts,
      [...amounts].sort((a, b) => b - a),
    );
  });

  /** An output beyond the seeds that taint went through, alone: no other tainted output has its address or its spender. */
  async function wayPoint(): Promise<{ outpoint: string; address: string }> {
    const found: Array<{ outpoint: string; address: string }> = [];
    const find = ({ view }: CaseContext): void => {
      const passed = whole.run.content.rules[0].passed.map((place) => ({
        hops: place.hops,
        spender: view.spenderOf(place.output),
        ...view.output(place.output),
      }));
      for (const one of passed) {
        const alike = passed.filter(({ address, spender }) => address === one.address || spender === one.spender);
        if (one.hops > 0 && one.address !== null && alike.length === 1)
          found.push({ outpoint: one.outpoint, address: one.address });
      }
    };
    await follow('whole', {}, { again: true, check: find });
    assert.ok(found.length > 0, 'the case has such an output');
    return found[0];
  }

  it('a busy address is not followed: named with its amount as a gap, remembered, and followed when the user says so', async () => {
    const { outpoint, address } = await wayPoint();
    for (const [name, status, body, stated] of [
      ['busy', 200, JSON.stringify({ chain_stats: { tx_count: 5000 } }), 5000],
      ['refused', 400, 'Too many history entries', null],
    ] as const) {
      server.mischief = (request, response) => {
        if (request.url !== `/api/address/${address}`) return false;
        response.writeHead(status);
        response.end(body);
        return true;
      };
      const cut = await follow(name, {});
      const stop = cut.outcome.follow.busy.find((one) => one.outpoint === outpoint);
      assert.equal(stop?.stated, stated);
      assert.match(
        stop?.reason ?? '',
        stated === null ? /more transactions than the source lists/ : /5000 transactions/,
      );
      assert.ok(cut.document.gaps.some(({ kind, subject }) => kind === 'spender-missing' && subject === outpoint));
      assert.ok(
        cut.document.coverage.incomplete.some(
          (row) => row.subject === address && row.held === 0 && row.stated === stated,
        ),
      );
      assert.equal(cut.document.coverage.complete, false);
      assertNamed(cut);
      const again = await follow(name, {}, { again: true });
      assert.deepEqual([again.asked, again.outcome.follow.busy.length], [[], cut.outcome.follow.busy.length]);
      if (stated === null) continue;
      const on = await follow(name, { budget: { busyAbove: 5000 } }, { again: true });
      assert.equal(books(on.outcome.run), offline);
      assert.ok(!on.asked.includes(`/address/${address}`));
    }
  });

  it('a spender that the source does not know, or that spends something else, waits and is asked once', async () => {
    const { outpoint } = await wayPoint();
    const { txid, vout } = parseOutpoint(outpoint);
    const wrong = 'ab'.repeat(32);
    server.mischief = (request, response) => {
      if (request.url !== `/api/tx/${txid}/outspends`) return false;
      const rows = Array.from({ length: vout + 1 }, (_, at) =>
        at === vout ? { spent: true, txid: wrong, vin: 0, status: { confirmed: true } } : { spent: false },
      );
      response.end(JSON.stringify(rows));
      return true;
    };
    const cut = await follow('unknown', {});
    const stop = cut.outcome.follow.waiting.find((one) => one.outpoint === outpoint);
    assert.match(stop?.reason ?? '', /spent by abab.*, which the source does not know/);
    assert.equal(cut.asked.filter((path) => path === `/tx/${wrong}`).length, 1);
    assertNamed(cut);
  });

  it('outputs of which the source cannot say who spends them are named with the reason, and the rest is followed', async () => {
    const { outpoint } = await wayPoint();
    const { txid } = parseOutpoint(outpoint);
    const file = join(folder, 'case-unsaid.spoor');
    copyFileSync(join(folder, 'wallets.spoor'), file);
    const live = stillSource(server, join(folder, 'cache-unsaid'));
    for (const code of ['TOO_LARGE', 'INCOMPLETE'] as const) {
      const halting = Object.assign(Object.create(live.esplora) as typeof live.esplora, {
        outspends: async (id: typeof txid) => {
          if (id === txid) throw new SpoorError(code, 'a script with too long a history');
          return live.esplora.outspends(id);
        },
      });
      await withCaseAsync(file, { create: false }, async (context) => {
        const { follow: followed, run } = await followWith(context, { ...live, esplora: halting }, {});
        const stop = followed.waiting.find((one) => one.outpoint === outpoint);
        assert.equal(stop?.reason, 'the source cannot say who spends it: a script with too long a history');
        assert.ok(Object.values(stop?.taint ?? {}).every((amount) => BigInt(amount) > 0n));
        assert.equal(followed.ended, 'nothing new');
        assert.notEqual(books(run), offline);
      });
    }
    await withCaseAsync(file, { create: false }, async (context) => {
      const { run } = await followWith(context, live, {});
      assert.equal(books(run), offline, 'a later run asks again and reaches the end');
    });
  });

  it('a spender that the source cannot place, because all it pays is busy, ends its own branch alone', async () => {
    const { outpoint } = await wayPoint();
    const file = join(folder, 'case-unplaced.spoor');
    copyFileSync(join(folder, 'wallets.spoor'), file);
    const live = stillSource(server, join(folder, 'cache-unplaced'));
    let spender = '';
    await follow(
      'whole',
      {},
      {
        again: true,
        check: ({ view }) => {
          const way = whole.run.content.rules[0].passed.find(({ output }) => view.output(output).outpoint === outpoint);
          assert.ok(way !== undefined);
          spender = view.transaction(txId(view.spenderOf(way.output))).txid;
        },
      },
    );
    const halting = Object.assign(Object.create(live.esplora) as typeof live.esplora, {
      transaction: async (id: Parameters<typeof live.esplora.transaction>[0]) => {
        if (id === spender) throw new SpoorError('TOO_LARGE', 'all its scripts are too long');
        return live.esplora.transaction(id);
      },
    });
    await withCaseAsync(file, { create: false }, async (context) => {
      const { follow: followed, run } = await followWith(context, { ...live, esplora: halting }, {});
      const stop = followed.waiting.find((one) => one.outpoint === outpoint);
      assert.equal(stop?.reason, `spent by ${spender}, which the source cannot place: all its scripts are too long`);
      assert.ok(Object.values(stop?.taint ?? {}).every((amount) => BigInt(amount) > 0n));
      assert.equal(followed.ended, 'nothing new');
      const { gaps } = traceDocument(context, run);
      assert.ok(gaps.some(({ kind, subject }) => kind === 'spender-missing' && subject === outpoint));
    });
    await withCaseAsync(file, { create: false }, async (context) => {
      const { run } = await followWith(context, live, {});
      assert.equal(books(run), offline, 'a later run asks again and reaches the end');
    });
  });

  it('an address whose history the source cannot tell counts as busy, and ends nothing else', async () => {
    const { outpoint, address } = await wayPoint();
    const live = stillSource(server, join(folder, 'cache-untold'));
    for (const code of ['TOO_LARGE', 'INCOMPLETE'] as const) {
      const file = join(folder, `case-untold-${code}.spoor`);
      copyFileSync(join(folder, 'wallets.spoor'), file);
      const halting = Object.assign(Object.create(live.esplora) as typeof live.esplora, {
        history: async (...asked: Parameters<typeof live.esplora.history>) => {
          if (asked[0] === address) throw new SpoorError(code, 'it does not tell');
          return live.esplora.history(...asked);
        },
      });
      await withCaseAsync(file, { create: false }, async (context) => {
        const { follow: followed } = await followWith(context, { ...live, esplora: halting }, {});
        assert.equal(followed.ended, 'nothing new');
        const stop = followed.busy.find((one) => one.outpoint === outpoint);
        assert.match(stop?.reason ?? '', /more transactions than the source lists/);
      });
    }
  });

  it('a source that cannot say who spends an output is refused before anything is asked', async () => {
    const file = join(folder, 'case-whole.spoor');
    const live = stillSource(server, join(folder, 'cache-refused'));
    const blind = Object.assign(Object.create(live.esplora) as typeof live.esplora, {
      capabilities: { ...live.esplora.capabilities, outspends: false },
    });
    server.asked.length = 0;
    await withCaseAsync(file, { create: false }, (context) =>
      assert.rejects(followWith(context, { ...live, esplora: blind }), {
        code: 'USAGE',
        message: /who spends an output/,
      }),
    );
    assert.deepEqual(server.asked, []);
  });

  it('an abort keeps what was fetched and is no result; the next run goes on', async () => {
    const controller = new AbortController();
    let left = 9;
    server.mischief = () => {
      left -= 1;
      if (left === 0) controller.abort();
      return false;
    };
    await assert.rejects(follow('abort', { signal: controller.signal }), { code: 'INTERRUPTED' });
    const before = [...server.asked];
    assert.ok(before.length >= 9 && before.length <= 9 + 4, `${before.length} requests`);
    const rest = await follow('abort', {}, { again: true });
    assert.equal(books(rest.outcome.run), offline);
    assert.deepEqual(
      rest.asked.filter((path) => before.includes(path)),
      [],
    );
  });

  it('a refresh asks again what was true only for its moment, and nothing else', async () => {
    const first = await follow('refresh', {});
    const again = await follow('refresh', { refresh: true }, { again: true });
    assert.equal(books(again.outcome.run), offline);
    assert.ok(
      again.asked.length > 0 && again.asked.every((path) => /outspends|address|block/.test(path)),
      again.asked.join(),
    );
    assert.ok(again.asked.length < first.asked.length);
  });
});
