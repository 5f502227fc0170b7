/** Watches: one alert for one event over restarts and reorganisations, receivers told at least once, verdicts that change. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlertBook,
  addWatch,
  checkWebhookUrl,
  deliverDue,
  ingestFiles,
  listWatches,
  noteSeen,
  openState,
  rollback,
  runWatches,
  type ScreenAddress,
  type WatchRequest,
  webhookSignature,
  withCase,
} from '../../src/case/index.ts';
import type { Screening } from '../../src/screen/index.ts';
import { freshFolder } from '../support/cli.ts';
import { loopback } from '../support/loopback.ts';

/** BIP 173: address and script of its first example. */
const ADDRESS = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';
const SCRIPT = '0014751e76e8199196d454941c45d1b3a323f1433bd6';
const OTHER = `0014${'11'.repeat(20)}`;
const hash = (text: string): string => text.padEnd(64, '0');
const [A, B, C, C2] = ['a', 'b', 'c', 'c2'].map(hash);

function transaction(txid: string, prevTxid: string, valueSat: string, scriptPubKey: string): Record<string, unknown> {
  return { txid, inputs: [{ prevTxid, prevVout: 0, valueSat }], outputs: [{ valueSat, scriptPubKey }] };
}

/** A block of spoor lines as a file. */
function blockFile(
  folder: string,
  name: string,
  height: number,
  members: ReadonlyArray<Record<string, unknown>>,
): string {
  const block = { hash: hash(name), height };
  const lines = [
    { block },
    ...members.map((member, position) => ({ ...member, height, blockHash: block.hash, position: position + 1 })),
  ];
  const file = join(folder, `${name}.jsonl`);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

const quiet: WatchRequest = {
  subject: ADDRESS,
  flow: 'both',
  level: 'high',
  minSat: null,
  rescreen: false,
  channels: { webhook: null, mailFolder: null, linesFile: null },
};
const noScreen: ScreenAddress = () => {
  throw new Error('not asked for');
};

describe('watch', () => {
  const made = (): {
    folder: string;
    file: string;
    ingest: (...paths: string[]) => void;
    run: (nowMs: number, screen?: ScreenAddress) => ReturnType<typeof runWatches>;
  } => {
    const folder = freshFolderOf();
    const file = join(folder, 'case.spoor');
    const ingest = (...paths: string[]): void =>
      withCase(
        file,
        { create: true },
        ({ store }) => void ingestFiles(store, paths, { format: 'spoor', network: null }),
      );
    const run = (nowMs: number, screen: ScreenAddress = noScreen): ReturnType<typeof runWatches> => {
      // Opened anew each time, as after a restart.
      const state = openState(file, { exclusive: false });
      try {
        return withCase(file, { create: false }, (context) => runWatches(context, state, { nowMs, screen }));
      } finally {
        state.close();
      }
    };
    return { folder, file, ingest, run };
  };
  const root = freshFolder();
  let folders = 0;
  const freshFolderOf = (): string => {
    folders += 1;
    const folder = join(root, String(folders));
    mkdirSync(folder);
    return folder;
  };

  it('one alert for one event: not for what was there, not again after a restart, withdrawn by a reorganisation and back with it', () => {
    const { folder, file, ingest, run } = made();
    ingest(blockFile(folder, '100a', 100, [transaction(A, hash('f0'), '5000', SCRIPT)]));
    const state = openState(file, { exclusive: false });
    const id = addWatch(state, quiet, 1);
    withCase(file, { create: false }, (context) => assert.equal(noteSeen(context, state, id, quiet), 1));
    assert.equal(addWatch(state, quiet, 2), id, 'the same watch again is the same watch');
    state.close();
    const counts = (rows: ReturnType<typeof run>): number[] =>
      rows.flatMap(({ created, withdrawn, reinstated }) => [created, withdrawn, reinstated]);
    assert.deepEqual(counts(run(10)), [0, 0, 0]);
    const paid = transaction(B, hash('f1'), '7000', SCRIPT);
    ingest(blockFile(folder, '101a', 101, [paid, transaction(C, A, '5000', OTHER)]));
    assert.deepEqual(counts(run(11)), [2, 0, 0]);
    assert.deepEqual(counts(run(12)), [0, 0, 0]);
    withCase(file, { create: false }, (context) => void rollback(context, 100));
    assert.deepEqual(counts(run(13)), [0, 2, 0]);
    assert.deepEqual(counts(run(14)), [0, 0, 0]);
    ingest(blockFile(folder, '101b', 101, [transaction(C2, A, '5000', OTHER), paid]));
    assert.deepEqual(counts(run(15)), [1, 0, 1], 'the payment is back, the other spend is new');
    assert.deepEqual(counts(run(16)), [0, 0, 0]);
    const again = openState(file, { exclusive: false });
    const { alerts } = new AlertBook(again).page(0, { state: null, level: null, kind: null }, 10);
    assert.deepEqual(
      alerts.map(({ withdrawn, detail }) => [(detail as { name: string }).name, withdrawn]),
      [
        [`received ${B}:0`, false],
        [`sent ${A}:0 by ${C}`, true],
        [`sent ${A}:0 by ${C2}`, false],
      ],
    );
    assert.deepEqual(new AlertBook(again).brokenEvents(), []);
    again.close();
  });

  it('tells webhook, mail and lines of each event at least once: signed, tried again after a failure, redirects not followed', async () => {
    const { folder, file, ingest, run } = made();
    ingest(blockFile(folder, '100a', 100, [transaction(A, hash('f0'), '5000', SCRIPT)]));
    const got: Array<{ headers: NodeJS.Dict<string | string[]>; body: string }> = [];
    let answer = 302;
    const server = await loopback((request, response, body) => {
      got.push({ headers: request.headers, body });
      response.writeHead(answer, answer === 302 ? { location: `${server.url}/elsewhere` } : {}).end();
    });
    const state = openState(file, { exclusive: false });
    const channels = {
      webhook: { url: `${server.url}/hook`, secretEnv: 'HOOK_SECRET', allowPrivate: false },
      mailFolder: join(folder, 'mail'),
      linesFile: join(folder, 'events.jsonl'),
    };
    writeFileSync(channels.linesFile, '{"half":');
    addWatch(state, { ...quiet, channels }, 1);
    state.close();
    run(1_700_000_000_000);
    const deliver = async (
      nowMs: number,
      secret: string | undefined = 'canary-secret',
    ): Promise<{ told: number; failed: readonly { problem: string }[] }> => {
      const own = openState(file, { exclusive: false });
      try {
        return await deliverDue(own, { nowMs: () => nowMs, offline: false, secretOf: () => secret });
      } finally {
        own.close();
      }
    };
    try {
      const first = await deliver(1_700_000_000_000);
      assert.deepEqual([first.told, first.failed.map(({ problem }) => problem)], [2, ['the webhook answered 302']]);
      assert.deepEqual(server.asked, ['/hook']);
      assert.deepEqual(await deliver(1_700_000_001_000), { told: 0, failed: [] }, 'not before its pause is over');
      answer = 500;
      assert.equal((await deliver(1_700_000_005_000)).failed.length, 1);
      answer = 204;
      assert.deepEqual(await deliver(1_700_000_100_000), { told: 1, failed: [] });
      assert.deepEqual(await deliver(1_700_000_900_000), { told: 0, failed: [] });
    } finally {
      await server.close();
    }
    assert.equal(got.length, 3);
    const { headers, body } = got[2];
    const stamp = String(headers['spoor-timestamp']);
    assert.equal(stamp, '1700000100');
    const hmac = createHmac('sha256', 'canary-secret').update(`${stamp}.${body}`).digest('hex');
    assert.equal(headers['spoor-signature'], `v1=${hmac}`);
    assert.equal(webhookSignature('canary-secret', 1_700_000_100, body), `v1=${hmac}`);
    const event = JSON.parse(body) as { id: string; type: string };
    assert.deepEqual([headers['spoor-event-id'], event.type], [event.id, 'alert.created']);
    assert.equal(new Set(got.map((one) => one.body)).size, 1, 'a repetition is the same event');
    const lines = readFileSync(channels.linesFile, 'utf8').split('\n');
    assert.deepEqual(lines, ['{"half":', body, '']);
    const mails = readdirSync(channels.mailFolder);
    assert.deepEqual(mails, [`${event.id}.eml`]);
    const mail = readFileSync(join(channels.mailFolder, mails[0]), 'utf8');
    assert.match(mail, /\r\nSubject: spoor alert\.created\r\n/);
    for (const name of ['case.spoor.state', 'case.spoor.state-wal', 'case.spoor'])
      if (existsSync(join(folder, name))) assert.ok(!readFileSync(join(folder, name)).includes('canary-secret'), name);
  });

  it('refuses webhooks that could be made to reach inside (SSRF), however the address is written', () => {
    for (const url of [
      'http://example.com/hook',
      'http://169.254.169.254/latest/meta-data',
      'https://169.254.169.254/',
      'https://10.0.0.1/',
      'https://192.168.1.1/',
      'https://172.16.0.1/',
      'https://100.64.0.1/',
      'https://0.0.0.0/',
      'https://2852039166/',
      'https://0xa9fea9fe/',
      'https://0251.0376.0251.0376/',
      'https://[fe80::1]/',
      'https://[fd00::1]/',
      'https://[::ffff:169.254.169.254]/',
      'https://[::ffff:10.0.0.1]/',
      'https://[64:ff9b::a9fe:a9fe]/',
      'https://[::]/',
      'https://user:password@example.com/',
      'ftp://example.com/',
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'javascript:alert(1)',
      'https://',
      'hook',
    ])
      assert.throws(() => checkWebhookUrl(url, false), /refused/, url);
    for (const url of [
      'https://desk.example/hook',
      'http://127.0.0.1:9/hook',
      'http://[::1]:9/hook',
      'http://localhost:9/',
    ])
      checkWebhookUrl(url, false);
    checkWebhookUrl('https://10.0.0.1/', true);
    assert.throws(() => checkWebhookUrl('http://10.0.0.1/', true), /refused/);
  });

  it('a name that resolves to a private network is refused when it is asked', async () => {
    const { folder, file, ingest, run } = made();
    ingest(blockFile(folder, '100a', 100, [transaction(A, hash('f0'), '5000', SCRIPT)]));
    const state = openState(file, { exclusive: false });
    // RFC 6761: localhost resolves to loopback, which https reaches by that name only on this machine.
    const webhook = { url: 'https://ip6-localhost.invalid/', secretEnv: 'HOOK_SECRET', allowPrivate: false };
    addWatch(state, { ...quiet, channels: { ...quiet.channels, webhook } }, 1);
    state.close();
    run(1);
    const own = openState(file, { exclusive: false });
    const { failed } = await deliverDue(own, { nowMs: () => 2, offline: false, secretOf: () => 'x' });
    assert.equal(failed.length, 1);
    assert.match(listWatches(own)[0].problem ?? '', /could not be told|refused/);
    assert.deepEqual(await deliverDue(own, { nowMs: () => 10_000, offline: true, secretOf: () => 'x' }), {
      told: 0,
      failed: [],
    });
    own.close();
  });

  it('tells when a verdict changes, what changed and why, and nothing when only the facts grew', () => {
    const { folder, file, ingest, run } = made();
    ingest(blockFile(folder, '100a', 100, [transaction(A, hash('f0'), '5000', SCRIPT)]));
    const state = openState(file, { exclusive: false });
    const id = addWatch(state, { ...quiet, rescreen: true }, 1);
    withCase(file, { create: false }, (context) => void noteSeen(context, state, id, quiet));
    state.close();
    let asked = 0;
    const screening =
      (level: string, claims: readonly string[]): ScreenAddress =>
      () => {
        asked += 1;
        const ownership = claims.map((tag) => ({ tag_id: tag, category: 'ransomware', label: 'L' }));
        const alerts = claims.map(() => ({ rule: { id: 'own', version: 1 }, level }));
        return JSON.parse(
          JSON.stringify({ id: `s${asked}`, risk: { level }, ownership, exposure: [], alerts, as_of: { packs: [] } }),
        ) as Screening;
      };
    const changed = (rows: ReturnType<typeof run>): number => rows[0].changed;
    assert.equal(changed(run(1, screening('unknown', []))), 0);
    assert.equal(changed(run(2, screening('severe', ['t1']))), 0);
    assert.equal(asked, 1, 'not screened again while nothing was added');
    ingest(blockFile(folder, '101a', 101, [transaction(B, hash('f1'), '1', OTHER)]));
    assert.equal(changed(run(3, screening('unknown', []))), 0);
    ingest(blockFile(folder, '102a', 102, [transaction(C, hash('f2'), '1', OTHER)]));
    assert.equal(changed(run(4, screening('severe', ['t1']))), 1);
    assert.equal(changed(run(5, screening('severe', ['t1']))), 0);
    const own = openState(file, { exclusive: false });
    const [alert] = new AlertBook(own).page(0, { state: null, level: null, kind: 'risk_change' }, 10).alerts;
    assert.deepEqual(alert.detail, {
      address: ADDRESS,
      before: { level: 'unknown', screening: 's2' },
      after: { level: 'severe', screening: 's3' },
      why: {
        rules: { added: ['own@1 severe'], gone: [] },
        claims: { added: ['t1 ransomware L'], gone: [] },
        packs: { added: [], gone: [] },
      },
    });
    own.close();
  });
});
