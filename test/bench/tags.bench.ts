/**
 * All of ../shared/data/labels-* in one import against bare better-sqlite3 inserts of the same rows in the same run, and lookups against a bare indexed get.
 * Run with npm run bench:tags; the dated table is tags.md.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DEFAULT_READING, importPacks, tagsOf, withCase } from '../../src/case/index.ts';
import { sharedData } from '../support/shared-data.ts';

const LOOKUPS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'bench-tags-'));
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Quantile of times in microseconds. */
function quantile(times: readonly number[], share: number): number {
  return [...times].sort((left, right) => left - right)[Math.floor((times.length - 1) * share)];
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Seconds of the clock, and of all threads of the process, which other work on the machine moves less. */
function measured(work: () => void): { wall: number; cpu: number } {
  const before = process.cpuUsage();
  const wall = timed(work) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1e6 };
}

function lookups(name: string, subjects: readonly string[], look: (subject: string) => unknown): number {
  for (const subject of subjects.slice(0, 2000)) look(subject);
  const times = subjects.map((subject) => timed(() => look(subject)) * 1000);
  const p99 = quantile(times, 0.99);
  print(`${name}: p50 ${quantile(times, 0.5).toFixed(1)} us, p99 ${p99.toFixed(1)} us`);
  return p99;
}

try {
  const file = join(folder, 'case.spoor');
  withCase(file, { create: true }, (context) => {
    const folders = readdirSync(sharedData('.')).filter((name) => name.startsWith('labels-'));
    const knownSince = new Map([
      ['sanctioned_*', '2024-09-27'],
      ['2026-07-snapshot.*', '2026-07-30'],
    ]);
    let tags = 0;
    let refused = 0;
    const paths = folders.map((name) => sharedData(name));
    const ours = measured(() => {
      for (const outcome of importPacks(context, paths, { ...DEFAULT_READING, keepGoing: true, knownSince })) {
        tags += outcome.tags;
        refused += outcome.refused.length;
      }
    });
    const { db } = context.store;
    const rows = db.prepare('SELECT * FROM tag ORDER BY id').raw().all() as unknown[][];
    const bare = new Database(join(folder, 'bare.db'));
    bare.pragma('journal_mode = WAL');
    bare.pragma('synchronous = NORMAL');
    const { sql } = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'tag'").get() as { sql: string };
    bare.exec(
      `${sql.replace('REFERENCES "tag_pack"(id)', '').replace('REFERENCES tag_list(id)', '').replace('REFERENCES tag_pack(id)', '')}; CREATE INDEX tag_subject ON tag(subject)`,
    );
    const insert = bare.prepare(`INSERT INTO tag VALUES (${rows[0].map(() => '?').join(', ')})`);
    const peer = measured(() => bare.transaction(() => rows.forEach((row) => void insert.run(row)))());
    print(`import: ${tags} tags, ${refused} refused, ${ours.wall.toFixed(1)} s (processor ${ours.cpu.toFixed(1)} s)`);
    print(`bare: ${rows.length} rows, ${peer.wall.toFixed(1)} s (processor ${peer.cpu.toFixed(1)} s)`);
    const rate = (of: 'wall' | 'cpu'): string => (tags / ours[of] / (rows.length / peer[of])).toFixed(2);
    print(`import at ${rate('wall')} of the bare rate (by processor time ${rate('cpu')}; goal at least 0.33)`);
    const step = Math.floor(rows.length / LOOKUPS);
    const subjects = Array.from({ length: LOOKUPS }, (_, at) => String(rows[((at * 7919) % LOOKUPS) * step][2]));
    const get = bare.prepare('SELECT * FROM tag WHERE subject = ?');
    const bareP99 = lookups('bare indexed get', subjects, (subject) => get.all(subject));
    const ourP99 = lookups('tags valid on a day', subjects, (subject) =>
      tagsOf(context, subject, { asOf: '2025-01-01' }),
    );
    print(`p99 ${(ourP99 / bareP99).toFixed(2)} times the bare get (goal at most 3)`);
    bare.close();
  });
} finally {
  rmSync(folder, { recursive: true });
}
