/** Evidence bundles: the same bytes every time, and every kind of change is caught and named, also when the forger mends all digests. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type BundleCheck, createBundle, verifyBundle, withCase } from '../../src/case/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { demoFolder } from '../support/demo-case.ts';
import { projectPath } from '../support/shared-data.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

interface Manifest {
  chain: { steps: number; head: string };
  files: { name: string; bytes: number; sha256: string }[];
}

/** Puts right, after a change of a file, every size, digest and link that a forger can put right. Written apart from the program. */
function mend(folder: string): void {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const listed = (name: string): { name: string; bytes: number; sha256: string } => {
    const bytes = readFileSync(join(folder, name));
    return { name, bytes: bytes.length, sha256: sha256(bytes) };
  };
  const steps = readFileSync(join(folder, 'chain.jsonl'), 'utf8').trimEnd().split('\n');
  let previous: string | null = null;
  const lines = steps.map((text) => {
    const step = JSON.parse(text) as Record<string, unknown>;
    if (step.kind === 'file') {
      const { bytes, sha256: digest } = listed(String(step.name));
      Object.assign(step, { bytes, sha256: `sha256:${digest}` });
    }
    const line = JSON.stringify({ ...step, previous });
    previous = sha256(line);
    return line;
  });
  writeFileSync(join(folder, 'chain.jsonl'), `${lines.join('\n')}\n`);
  manifest.files = manifest.files.map(({ name }) => listed(name));
  manifest.chain = { steps: lines.length, head: `sha256:${previous}` };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const failed = ({ checks }: BundleCheck): string[] => checks.filter(({ ok }) => !ok).map(({ name }) => name);
const problems = ({ checks }: BundleCheck): string => checks.flatMap((one) => one.problems).join('\n');

const FILES = 'files are those of the manifest';
const LINKS = 'every step of the chain follows from the one before';
const STEPS = 'steps are what the case says when worked out again';
const DOCUMENTS = 'documents are the same when written again';
const NOTED = 'the manifest is the one that was noted';

describe('evidence bundle', () => {
  const demo = demoFolder();
  const bundle = join(demo.path, 'evidence');
  let noted = '';
  let copies = 0;

  before(() => {
    noted = demo.inCase('case.spoor', (context) =>
      createBundle(context, { run: null, title: 'Case 7', folder: bundle }),
    ).manifestSha256;
  });

  /** A copy to do harm to. */
  const copy = (): string => {
    const folder = join(demo.path, `copy-${copies++}`);
    cpSync(bundle, folder, { recursive: true });
    return folder;
  };
  const check = (folder: string, manifestSha256: string | null = null): BundleCheck =>
    verifyBundle({ folder, manifestSha256 });

  it('holds against itself and against the digest that was noted; the check changes nothing in it', () => {
    const before = readdirSync(bundle).map((name) => [name, sha256(readFileSync(join(bundle, name)))]);
    const found = check(bundle, noted);
    assert.deepEqual(failed(found), []);
    assert.equal(found.ok, true);
    assert.equal(found.manifestSha256, sha256(readFileSync(join(bundle, 'manifest.json'))));
    assert.deepEqual(
      readdirSync(bundle).map((name) => [name, sha256(readFileSync(join(bundle, name)))]),
      before,
    );
  });

  it('is the same to the byte when made again, from the case and from another case of the same files', () => {
    const other = freshFolder();
    assert.equal(spoor(other, 'demo').status, 0);
    for (const [index, file] of [join(demo.path, 'case.spoor'), join(other, 'case.spoor')].entries()) {
      const folder = join(other, `again-${index}`);
      const again = withCase(file, { create: false }, (context) =>
        createBundle(context, { run: null, title: 'Case 7', folder }),
      );
      assert.equal(again.manifestSha256, noted);
    }
  });

  it('one changed byte is caught, and the file is named', () => {
    for (const name of ['case.spoor', 'chain.jsonl', 'report.html', 'report.misp.json', 'README.md', 'manifest.json']) {
      const folder = copy();
      const bytes = readFileSync(join(folder, name));
      const at = Math.floor(bytes.length / 2);
      bytes[at] ^= 1;
      writeFileSync(join(folder, name), bytes);
      if (name === 'manifest.json') {
        // The byte may break the JSON or a field of it, or change a digest.
        assert.throws(() => assert.equal(check(folder, noted).ok, true), name);
        continue;
      }
      const found = check(folder, noted);
      assert.ok(failed(found).includes(FILES), name);
      assert.ok(problems(found).includes(`${name} has sha256`), name);
    }
  });

  it('a document changed with all digests mended is not what the case says', () => {
    const folder = copy();
    const page = join(folder, 'report.html');
    writeFileSync(page, readFileSync(page, 'utf8').replace('HitBtc', 'HitBtx'));
    mend(folder);
    const found = check(folder);
    assert.deepEqual(failed(found), [DOCUMENTS]);
    assert.match(problems(found), /^report\.html is another when written again$/);
    assert.deepEqual(failed(check(folder, noted)), [NOTED, DOCUMENTS]);
  });

  it('an amount changed inside the case with all digests mended is not what the run gives', () => {
    const folder = copy();
    const db = new Database(join(folder, 'case.spoor'));
    const { changes } = db
      .prepare('UPDATE output SET value = value + 1 WHERE id = (SELECT output FROM run_seed LIMIT 1)')
      .run();
    db.close();
    assert.equal(changes, 1);
    mend(folder);
    const names = failed(check(folder));
    assert.ok(names.includes('facts, links and order are what the recorded bodies say'), names.join());
    assert.ok(names.includes(STEPS), names.join());
  });

  it('a step left out, turned round or changed is named', () => {
    const change = (edit: (lines: string[]) => string[]): BundleCheck => {
      const folder = copy();
      const lines = readFileSync(join(folder, 'chain.jsonl'), 'utf8').trimEnd().split('\n');
      writeFileSync(join(folder, 'chain.jsonl'), `${edit(lines).join('\n')}\n`);
      return check(folder);
    };
    const out = change((lines) => lines.filter((_, at) => at !== 2));
    assert.ok(failed(out).includes(LINKS));
    assert.match(problems(out), /line 3 holds step 3, not step 2/);
    const turned = change(([a, b, c, ...rest]) => [a, c, b, ...rest]);
    assert.match(problems(turned), /line 2 holds step 2, not step 1/);
    const other = change(([a, b, ...rest]) => [a, b.replace('"transactions":358', '"transactions":359'), ...rest]);
    assert.match(problems(other), /step 2 does not follow from step 1/);
    assert.match(problems(other), /step 1: kept .*359.* worked out .*358/);
  });

  it('files that are missing, foreign or no plain files are named', () => {
    const folder = copy();
    rmSync(join(folder, 'report.csv'));
    writeFileSync(join(folder, 'note.txt'), 'later');
    rmSync(join(folder, 'report.md'));
    symlinkSync(join(bundle, 'report.md'), join(folder, 'report.md'));
    const text = problems(check(folder));
    assert.match(text, /report\.csv is missing/);
    assert.match(text, /note\.txt is in the folder, not in the manifest/);
    assert.match(text, /report\.md is no plain file/);
  });

  it('a manifest that is none, or points out of the folder, is refused with file and field', () => {
    const folder = copy();
    const path = join(folder, 'manifest.json');
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown> & Manifest;
    const refused = (text: string, field: string | undefined, message: RegExp): void => {
      writeFileSync(path, text);
      assert.throws(
        () => check(folder),
        ({ code, message: said, place }: { code: string; message: string; place: Record<string, string> }) =>
          code === 'MALFORMED' && message.test(said) && place.file === path && place.field === field,
        text.slice(0, 80),
      );
    };
    refused('{', undefined, /not JSON/);
    refused('[]', '', /object/);
    refused(JSON.stringify({ ...kept, files: undefined }), '/files', /missing/);
    refused(JSON.stringify({ ...kept, more: 1 }), '/more', /no field "more"/);
    const [first, ...rest] = kept.files;
    refused(JSON.stringify({ ...kept, files: [{ ...first, name: '../x' }, ...rest] }), '/files/0/name', /pattern/);
    refused(JSON.stringify({ ...kept, files: [{ ...first, bytes: 1.5 }, ...rest] }), '/files/0/bytes', /integer/);
  });

  it('nothing is written into a folder that holds something, and nothing where there is no run', () => {
    assert.throws(
      () => demo.inCase('case.spoor', (context) => createBundle(context, { run: null, title: 't', folder: bundle })),
      /not empty/,
    );
    const folder = join(demo.path, 'none');
    assert.throws(() =>
      demo.inCase('empty.spoor', (context) => createBundle(context, { run: null, title: 't', folder })),
    );
    assert.ok(!readdirSync(demo.path).includes('none'));
  });

  it('on the command line: 0 and the checks, 6 with the name of what differs', () => {
    const good = spoor(demo.path, 'bundle', 'verify', 'evidence', '--manifest-sha256', noted);
    assert.equal(good.status, 0, good.stderr);
    assert.doesNotMatch(good.stdout, /FAIL/);
    const folder = copy();
    writeFileSync(join(folder, 'report.txt'), 'nothing');
    const bad = spoor(demo.path, 'bundle', 'verify', folder, '--json');
    assert.equal(bad.status, 6);
    const document = JSON.parse(bad.stdout) as BundleCheck;
    assert.equal(document.schema, 'spoor.bundle-check/1');
    assert.equal(document.ok, false);
    assert.equal(spoor(demo.path, 'bundle', 'verify', 'nowhere').status, 3);
    assert.equal(spoor(demo.path, 'bundle', 'verify', 'evidence', '--manifest-sha256', 'abc').status, 2);
  });
});

describe('evidence bundle of a trace over accounts', () => {
  const folder = freshFolder();
  const THEFT = '0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7';

  it('holds; an amount changed in what the run said, with all digests mended, is not what it gives again', () => {
    assert.equal(spoor(folder, 'ingest', projectPath('samples/ronin/facts.jsonl'), '--quiet').status, 0);
    assert.equal(spoor(folder, 'trace', '--seed', `RONIN=${THEFT}`, '--rule', 'haircut', '--quiet').status, 0);
    const made = spoor(folder, 'bundle', 'create', 'evidence', '--json');
    assert.equal(made.status, 0, made.stderr);
    const { manifestSha256 } = JSON.parse(made.stdout) as { manifestSha256: string };
    assert.equal(manifestSha256, sha256(readFileSync(join(folder, 'evidence', 'manifest.json'))));
    assert.deepEqual(failed(verifyBundle({ folder: join(folder, 'evidence'), manifestSha256 })), []);

    const db = new Database(join(folder, 'evidence', 'case.spoor'));
    const { changes } = db
      .prepare("UPDATE run_note SET content = replace(content, '173600000000000000000000', '173600000000000000000001')")
      .run();
    db.close();
    assert.equal(changes, 1);
    mend(join(folder, 'evidence'));
    const found = verifyBundle({ folder: join(folder, 'evidence'), manifestSha256: null });
    assert.ok(failed(found).includes('traces over accounts say what their manifests give'), failed(found).join());
  });
});
