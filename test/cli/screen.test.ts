/** `spoor screen` as a user runs it: history known and unknown, dust, a tag that comes later, batches, rules. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Screening } from '../../src/screen/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { assertSound } from '../support/screening.ts';
import { cleanLines, DEPOSIT, dustedLines, ledgerFile, lineTxid, PEOPLE, packOf } from '../support/screening-chain.ts';
import { projectPath } from '../support/shared-data.ts';

const SUBJECT = `${lineTxid(DEPOSIT)}:0`;

describe('spoor screen', function () {
  this.timeout(120_000);
  const folder = freshFolder();
  const made = (name: string, lines: readonly string[]): void => {
    writeFileSync(join(folder, `${name}.jsonl`), ledgerFile(lines));
    const { status, stderr } = spoor(folder, 'ingest', `${name}.jsonl`, '--case', `${name}.spoor`);
    assert.equal(status, 0, stderr);
  };
  const screened = (name: string, ...args: string[]): Screening => {
    const { status, stdout, stderr } = spoor(folder, 'screen', ...args, '--json', '--case', `${name}.spoor`);
    assert.equal(status, 0, stderr);
    const answer = JSON.parse(stdout) as Screening;
    assertSound(answer);
    return answer;
  };
  const tag = (name: string, address: string): void => {
    writeFileSync(join(folder, `${name}-pack.yaml`), packOf(address, 'ransomware', 'Villain'));
    assert.equal(spoor(folder, 'tag', 'import', `${name}-pack.yaml`, '--case', `${name}.spoor`).status, 0);
  };

  it('a history that is known and clean is none; one that is missing is unknown, with the gap', () => {
    made('clean', cleanLines());
    const clean = screened('clean', SUBJECT);
    assert.deepEqual([clean.risk.level, clean.status, clean.risk.score], ['none', 'complete', null]);
    assert.deepEqual(
      clean.remainder.map(({ method, part, share }) => [method, part, share]),
      [
        ['haircut', 'mined', '1.000000'],
        ['fifo', 'mined', '1.000000'],
      ],
    );
    // Every day of September 2020 at 10,000 dollars: 49.99997 bitcoin are worth 499,999.70. Two files are given as two.
    const days = Array.from({ length: 30 }, (_, day) => `2020-09-${String(day + 1).padStart(2, '0')},1,1,1,10000`);
    writeFileSync(join(folder, 'p.csv'), ['Date,Open,High,Low,Close', ...days, ''].join('\n'));
    const priced = screened('clean', SUBJECT, '--prices', 'p.csv', '--prices', 'ETH=p.csv', '--price', 'close');
    assert.deepEqual(
      priced.screened.map(({ amount }) => [amount.raw, amount.usd]),
      [['4999997000', '499999.70']],
    );
    made('missing', cleanLines().slice(2));
    const missing = screened('missing', SUBJECT);
    assert.deepEqual([missing.risk.level, missing.status], ['unknown', 'partial']);
    assert.equal(missing.risk.action, 'review');
    assert.deepEqual(
      missing.coverage.gaps.map(({ kind, subject, value }) => [kind, subject, value]),
      // Inputs of transaction 3 bring 4,999,999,000; the deposit is worth 4,999,997,000 of it.
      [['parent-missing', `${lineTxid(2)}:0`, '4999997000']],
    );
    const absent = screened('clean', PEOPLE.villain);
    assert.deepEqual([absent.status, absent.risk.level, absent.sanctions.match], ['not_indexed', 'unknown', null]);
  });

  it('dust of a tagged wallet moves nothing: neither the deposit it is spent with, nor the address it is sent to', () => {
    made('dusted', dustedLines(546, 40));
    tag('dusted', PEOPLE.villain);
    const deposit = screened('dusted', SUBJECT);
    assert.deepEqual([deposit.risk.level, deposit.alerts.length, deposit.exposure.length], ['none', 0, 0]);
    const address = screened('dusted', PEOPLE.customer);
    assert.equal(address.risk.level, 'none');
    assert.deepEqual(
      address.screened.map(({ outputs, left_out }) => [outputs, left_out]),
      [[1, 40]],
    );
    // One satoshi above the bound is no dust any more: 40 times 100,000 is seen, straight from the wallet over the customer.
    made('paid', dustedLines(100_000, 40));
    tag('paid', PEOPLE.villain);
    const paid = screened('paid', PEOPLE.customer);
    assert.equal(paid.risk.level, 'severe');
  });

  it('a tag that comes later: the old verdict replays byte for byte, the new one says why it differs', () => {
    made('later', cleanLines());
    const before = spoor(folder, 'screen', SUBJECT, '--jsonl', '--case', 'later.spoor').stdout;
    const { id } = JSON.parse(before) as Screening;
    tag('later', PEOPLE.middle);
    assert.equal(spoor(folder, 'screen', 'replay', id, '--jsonl', '--case', 'later.spoor').stdout, before);
    const again = JSON.parse(spoor(folder, 'screen', 'again', id, '--json', '--case', 'later.spoor').stdout);
    assert.deepEqual([again.before.level, again.after.level, again.changed], ['none', 'severe', true]);
    const causes = again.causes.filter(({ what }: { what: string }) => what === 'tag-new');
    assert.equal(causes.length, 1);
    assert.ok(causes[0].detail.startsWith(`${PEOPLE.middle}: Villain`));
    const explained = spoor(folder, 'screen', 'replay', again.after.id, '--explain', '-', '--case', 'later.spoor');
    assert.match(explained.stdout, /came\s+from Villain \(ransomware\)/);
    assert.equal(spoor(folder, 'screen', 'replay', 'scr_0000', '--case', 'later.spoor').status, 3);
  });

  it('before a withdrawal: where it went, and --fail-on', () => {
    made('sent', cleanLines());
    tag('sent', PEOPLE.deposit);
    const direct = screened('sent', SUBJECT, '--direction', 'sent');
    assert.deepEqual(
      direct.exposure.filter(({ method }) => method === 'fifo').map(({ kind, share }) => [kind, share]),
      [['direct', '1.000000']],
    );
    const address = screened('sent', PEOPLE.middle, '--direction', 'sent');
    assert.deepEqual(
      address.alerts.map(({ rule, min_hops }) => [rule.id, min_hops]),
      [
        ['crime-indirect-large', 2],
        ['crime-indirect', 2],
      ],
    );
    assert.equal(
      spoor(folder, 'screen', SUBJECT, '--direction', 'sent', '--fail-on', 'high', '--case', 'sent.spoor').status,
      4,
    );
    assert.equal(spoor(folder, 'screen', SUBJECT, '--fail-on', 'low', '--case', 'clean.spoor').status, 0);
  });

  it('batches: one line out per line in, in order, errors as lines, ref echoed', () => {
    const lines = [
      JSON.stringify({ subject: SUBJECT, ref: 'a' }),
      '{"subject":"not an address","ref":"b"}',
      'no json',
      JSON.stringify({ subject: PEOPLE.customer, ref: 'd', nonsense: 1 }),
      JSON.stringify(PEOPLE.customer),
    ];
    writeFileSync(join(folder, 'batch.jsonl'), `${lines.join('\n')}\n`);
    const { status, stdout } = spoor(folder, 'screen', '--input', 'batch.jsonl', '--case', 'clean.spoor');
    assert.equal(status, 0);
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      answers.map(({ ref, risk, error }) => [ref, risk?.level ?? error.code]),
      [
        ['a', 'none'],
        ['b', 'ADDRESS_INVALID'],
        [null, 'USAGE'],
        ['d', 'USAGE'],
        [null, 'none'],
      ],
    );
    assert.match(answers[3].error.message, /nonsense/);
    assert.deepEqual(
      answers.slice(1, 4).map(({ line }) => line),
      [2, 3, 4],
    );
    const csv = `subject,ref\n${SUBJECT},"x, y"\n`;
    writeFileSync(join(folder, 'batch.csv'), csv);
    const one = JSON.parse(spoor(folder, 'screen', '--input', 'batch.csv', '--case', 'clean.spoor').stdout);
    assert.deepEqual([one.ref, one.risk.level], ['x, y', 'none']);
  });

  it('a batch that is killed goes on from its journal, to the same lines', async () => {
    const many = Array.from({ length: 4000 }, (_, at) => JSON.stringify({ subject: PEOPLE.customer, ref: `r${at}` }));
    writeFileSync(join(folder, 'many.jsonl'), `${many.join('\n')}\n`);
    const args = ['screen', '--input', 'many.jsonl', '--lookup', '--case', 'clean.spoor'];
    const whole = spoor(folder, ...args).stdout;
    const child = spawn(process.execPath, [projectPath('dist/cli/main.js'), ...args, '--journal', 'many.journal'], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    await new Promise<void>((resolve) => {
      child.stdout.once('data', () => child.kill('SIGKILL'));
      child.once('close', () => resolve());
    });
    const done = readFileSync(join(folder, 'many.journal'), 'utf8').split('\n').length - 2;
    assert.ok(done > 0 && done < many.length, `${done} lines`);
    const torn = readFileSync(join(folder, 'many.journal'));
    writeFileSync(join(folder, 'many.journal'), torn.subarray(0, torn.length - 7));
    assert.equal(spoor(folder, ...args, '--journal', 'many.journal').stdout, whole);
    const other = spoor(folder, ...args.slice(0, 3), '--journal', 'many.journal', '--case', 'clean.spoor');
    assert.equal(other.status, 2);
  });

  it('refuses what is wrong, each with its code, and names it', () => {
    const bad = (...args: string[]): [number | null, string] => {
      const { status, stderr } = spoor(folder, 'screen', ...args, '--case', 'clean.spoor');
      return [status, stderr];
    };
    assert.equal(bad()[0], 2);
    assert.equal(bad('nothing')[0], 2);
    assert.equal(bad('tag:x')[0], 2);
    assert.equal(bad(SUBJECT, '--method', 'seniority')[0], 2);
    assert.equal(bad(SUBJECT, '--as-of', '2020-02-30')[0], 2);
    assert.equal(bad(SUBJECT, '--journal', 'j')[0], 2);
    assert.equal(bad('--input', 'none.jsonl')[0], 3);
    assert.equal(bad(SUBJECT, '--rules', 'none.yaml')[0], 3);
    const rules = readFileSync(projectPath('samples/rules/default.yaml'), 'utf8');
    writeFileSync(join(folder, 'bad.yaml'), rules.replace('level: none, rules: []', 'level: high'));
    const [status] = bad('rules', 'test', 'bad.yaml');
    assert.equal(status, 6);
    assert.equal(bad('rules', 'test')[0], 0);
  });
});
