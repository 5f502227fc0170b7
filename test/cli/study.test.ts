/** `spoor study` on the bundled case: counts against a plain walk of its lines, files that agree, and the same bytes again. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { sha256Hex } from '../../src/case/context.ts';
import { DEFAULT_CONVENTIONS, parseSeed, withCase } from '../../src/case/index.ts';
import { reproduceStudy, runStudy, type Study, type StudyRequest, writeStudy } from '../../src/case/study/index.ts';
import { SpoorError } from '../../src/ledger/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { HITBTC, POLONIEX, sampleLines, WALLET } from '../support/wannacry-lines.ts';

const RULES = ['fifo', 'haircut', 'poison'];

function request(changed: Partial<StudyRequest> = {}): StudyRequest {
  return {
    trace: {
      seeds: [parseSeed(`r=${WALLET}`)],
      rules: RULES,
      limits: { maxHops: null, minSat: null, minShareMillionths: null },
      until: null,
      stopAt: ['service', 'coinjoin'],
      conventions: DEFAULT_CONVENTIONS,
      splitBelowSat: null,
    },
    controls: [],
    randomControls: 20,
    sample: 20,
    key: 'test',
    alpha: '0.001',
    ...changed,
  };
}

/** CSV without quotes, as these tables are. */
function rowsOf(folder: string, name: string): Array<Record<string, string>> {
  const [head, ...lines] = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [names[index], cell])));
}

/** Everything poison reaches from one outpoint, by plain recursion over the lines. */
function reachedFrom({ lines, spender }: ReturnType<typeof sampleLines>, seed: string) {
  const reached = { transactions: new Set<string>(), outputs: new Set<string>(), edges: new Set<string>() };
  const addresses = new Set<string>();
  const walk = (outpoint: string): void => {
    if (reached.outputs.has(outpoint)) return;
    reached.outputs.add(outpoint);
    const [txid, vout] = outpoint.split(':') as [string, string];
    reached.transactions.add(txid);
    const address = lines.get(txid)?.outputs[Number(vout)].address;
    if (address !== undefined) addresses.add(address);
    const next = spender.get(outpoint);
    if (next === undefined || address === HITBTC || address === POLONIEX) return;
    reached.edges.add(`${txid} ${next}`);
    lines.get(next)?.outputs.forEach((_, index) => walk(`${next}:${index}`));
  };
  walk(seed);
  return { ...reached, addresses, services: [HITBTC, POLONIEX].filter((address) => addresses.has(address)) };
}

describe('spoor study', () => {
  let folder = '';
  let out = '';
  let study: Study;
  const inCase = <T>(work: (context: Parameters<Parameters<typeof withCase<T>>[2]>[0]) => T): T =>
    withCase(join(folder, 'case.spoor'), { create: false }, work);
  before(() => {
    folder = freshFolder();
    out = join(folder, 'study');
    assert.equal(spoor(folder, 'demo', '--quiet').status, 0);
    study = inCase((context) => runStudy(context, request()));
    writeStudy(study, out);
  });

  it('counts what a plain walk of the lines counts, for every output traced under poison', () => {
    const sample = sampleLines();
    const rows = rowsOf(out, 'units.csv').filter(({ rule }) => rule === 'poison');
    assert.equal(rows.length, 40);
    for (const row of rows) {
      const { transactions, outputs, edges, addresses, services } = reachedFrom(sample, row.outpoint);
      const nodes = transactions.size;
      assert.deepEqual(
        [row.transactions, row.outputs, row.edges, row.addresses, row.service_addresses].map(Number),
        [nodes, outputs.size, edges.size, addresses.size, services.length],
        row.outpoint,
      );
      const density = nodes < 2 ? Number.NaN : edges.size / (nodes * (nodes - 1));
      if (nodes > 1) assert.ok(Math.abs(Number(row.density) - density) < 1e-6);
      else assert.equal(row.density, '');
    }
    assert.ok(rows.some(({ group, service_deposits }) => group === 'seed' && Number(service_deposits) > 0));
  });

  it('the books of every unit add up, and every rule but poison has them', () => {
    for (const row of rowsOf(out, 'units.csv')) {
      assert.equal(row.conservation, row.rule === 'poison' ? '' : '1.000000');
      if (row.rule !== 'poison') assert.equal(row.seeded_sat, row.value_sat);
    }
  });

  it('the test table counts its groups, and its means are those of the units', () => {
    const units = rowsOf(out, 'units.csv');
    for (const { rule, metric, seeds, mean_seeds } of rowsOf(out, 'tests.csv')) {
      const values = units.flatMap((row) =>
        row.group === 'seed' && row.rule === rule && row[metric] !== '' ? [Number(row[metric])] : [],
      );
      assert.equal(seeds, String(values.length));
      if (values.length === 0) assert.equal(mean_seeds, '');
      else
        assert.ok(
          Math.abs(Number(mean_seeds) - values.reduce((sum, value) => sum + value, 0) / values.length) < 2e-6,
          `${rule} ${metric}`,
        );
    }
  });

  it('overlap counts each transaction once; agreement of two rules follows from it', () => {
    const overlap = rowsOf(out, 'overlap.csv');
    for (const { group, rule_a, rule_b, both, either } of rowsOf(out, 'agreement.csv')) {
      const areas = overlap.filter((row) => row.group === group);
      const total = (test: (rules: string[]) => boolean): number =>
        areas.reduce((sum, { rules, transactions }) => sum + (test(rules.split('+')) ? Number(transactions) : 0), 0);
      assert.equal(
        Number(both),
        total((rules) => rules.includes(rule_a) && rules.includes(rule_b)),
      );
      assert.equal(
        Number(either),
        total((rules) => rules.includes(rule_a) || rules.includes(rule_b)),
      );
    }
  });

  it('CSV, JSON and Parquet hold the same numbers', async () => {
    const results = JSON.parse(readFileSync(join(out, 'study.json'), 'utf8'));
    for (const name of ['units', 'tests', 'overlap', 'agreement']) {
      const csv = rowsOf(out, `${name}.csv`);
      const bytes = readFileSync(join(out, `${name}.parquet`));
      const parquet = await parquetReadObjects({
        file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
      });
      assert.equal(parquet.length, csv.length);
      csv.forEach((row, index) => {
        for (const [column, text] of Object.entries(row)) {
          const expected = text === '' ? null : text;
          for (const other of [results[name][index][column], parquet[index][column]]) {
            if (expected === null || typeof other === 'string') assert.equal(other, expected);
            else assert.equal(Number(other), Number(expected), `${name} ${index} ${column}`);
          }
        }
      });
    }
  });

  it('the manifest lists every file with its digest, and a picture for each metric', () => {
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    assert.equal(manifest.schema, 'spoor.study/1');
    assert.deepEqual(manifest.groups.seed.outputs, 20);
    const onDisk = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));
    assert.deepEqual(
      onDisk.map((name) => name.replaceAll('\\', '/')).sort(),
      [...manifest.files.map(({ name }: { name: string }) => name), 'manifest.json'].sort(),
    );
    for (const { name, sha256, bytes } of manifest.files) {
      const content = readFileSync(join(out, name));
      assert.deepEqual([content.length, sha256Hex(content)], [bytes, sha256], name);
      if (name.endsWith('.svg')) assert.match(content.toString('utf8'), /^<svg xmlns[\s\S]*<\/svg>\n$/);
    }
    assert.equal(manifest.files.filter(({ name }: { name: string }) => name.startsWith('plots/')).length, 42);
  });

  it('reproduce gives the same bytes, from another file of the same case too', () => {
    const again = spoor(folder, 'study', 'reproduce', 'study/manifest.json', '--out', 'again', '--quiet');
    assert.equal(again.status, 0, again.stderr);
    assert.match(again.stdout, /every byte as before/);
    for (const name of ['manifest.json', ...study.files.map((file) => file.name)])
      assert.deepEqual(readFileSync(join(folder, 'again', name)), readFileSync(join(out, name)), name);
    assert.equal(spoor(folder, 'demo', '--case', 'other.spoor', '--quiet').status, 0);
    const { check } = withCase(join(folder, 'other.spoor'), { create: false }, (context) =>
      reproduceStudy(context, join(out, 'manifest.json')),
    );
    assert.equal(check.ok, true);
    assert.equal(spoor(folder, 'tag', 'retract', 'exchange-deposits.yaml', '--case', 'other.spoor').status, 0);
    const changed = spoor(folder, 'study', 'reproduce', 'study/manifest.json', '--case', 'other.spoor');
    assert.equal(changed.status, 6);
    assert.match(changed.stderr, /the study was made from sha256:[0-9a-f]{64}, the case holds sha256:/);
  });

  it('another key draws other controls; a digest that is not met is named', () => {
    const other = inCase((context) => runStudy(context, request({ key: 'another' })));
    assert.notEqual(other.manifest.id, study.manifest.id);
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    manifest.files[0].sha256 = '0'.repeat(64);
    writeFileSync(join(folder, 'digest.json'), JSON.stringify(manifest));
    const { check } = inCase((context) => reproduceStudy(context, join(folder, 'digest.json')));
    assert.deepEqual(
      [check.ok, check.files.filter(({ ok }) => !ok).map(({ name }) => name)],
      [false, [manifest.files[0].name]],
    );
  });

  it('refuses what is wrong', () => {
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    const written = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const bad: Array<[string, RegExp]> = [
      [written('a.json', JSON.stringify({ ...manifest, params: { ...manifest.params, sample: 3 } })), /does not hash/],
      [written('b.json', '{"schema":"spoor.trace/1"}'), /no manifest of a study/],
      [written('c.json', 'no JSON'), /not JSON/],
      [written('d.json', JSON.stringify({ ...manifest, groups: undefined })), /lacks a field/],
      [join(folder, 'nosuch.json'), /no such file/],
    ];
    for (const [path, message] of bad) assert.throws(() => inCase((context) => reproduceStudy(context, path)), message);
    for (const [changed, message] of [
      [{ randomControls: null }, /a study compares/],
      [{ sample: 0 }, /cannot be compared/],
      [{ alpha: '5' }, /--alpha is a decimal/],
      [{ randomControls: null, controls: [WALLET] }, /no output is left for the control group/],
    ] as const)
      assert.throws(() => inCase((context) => runStudy(context, request(changed))), message);
    assert.throws(() => writeStudy(study, out), SpoorError);
    const twice = [
      'study',
      'run',
      '--seed',
      `r=${WALLET}`,
      '--random-controls',
      '3',
      '--out',
      'study',
      '--sample',
      '3',
    ];
    assert.equal(spoor(folder, ...twice).status, 2);
  });
});
