/** Help tells the truth: an example can be typed as it stands, and what is refused is said as it is. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { idleOptions } from '../../src/cli/idle-options.ts';
import { chosenFormat, parseCount } from '../../src/cli/io.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { projectPath } from '../support/shared-data.ts';

const BULK = ['count', 'txids', 'graph', 'clusters', 'haircut', 'taint', 'trace'];

describe('help', () => {
  it('examples of bulk name bulk commands, and each its own', () => {
    const folder = freshFolder();
    for (const verb of BULK) {
      const { stdout, status } = spoor(folder, 'bulk', verb, '--help');
      assert.equal(status, 0);
      const [, examples = ''] = stdout.split('Examples:');
      const named = [...examples.matchAll(/^ {2}spoor (\w+) (\S+)/gm)].map(([, ...words]) => words);
      for (const words of named) assert.deepEqual(words, ['bulk', verb]);
    }
  });

  it('every list of the commands may be given twice, and nothing else may', () => {
    const folder = projectPath('src/cli');
    const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const declared = text.flatMap((source) =>
      [...source.matchAll(/\.(?:option|positional)\('([\w-]+)', \{([^}]*)\}/g)].flatMap(([, name, body]) =>
        body.includes('array: true') ? [name] : [],
      ),
    );
    assert.ok(declared.length > 10);
    const main = readFileSync(projectPath('src/cli/main.ts'), 'utf8');
    const [, list = ''] = /const REPEATABLE[^[]*\[([^\]]*)\]/.exec(main) ?? [];
    const listed = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name).filter((name) => name !== '_');
    assert.deepEqual(new Set(listed), new Set(declared));
    const twice = spoor(freshFolder(), 'trace', '--max-hops', '1', '--max-hops', '2');
    assert.equal(twice.status, 2);
    assert.match(twice.stderr, /--max-hops is given twice/);
  });

  it('a convention that no rule of the run reads is said to change nothing', () => {
    const given = { tihoTies: 'higher-vout', combSize: '7', addressFilter: 'inputs=1', haircutTxShare: '0.1' } as const;
    const options = (rules: readonly string[]): string[] => idleOptions(given, rules).map((line) => line.split(' ')[0]);
    assert.deepEqual(options(['fifo', 'inout:TH']), [
      '--tiho-ties',
      '--comb-size',
      '--address-filter',
      '--haircut-tx-share',
    ]);
    assert.deepEqual(options(['tiho', 'comb:low', 'address-taint:backward', 'haircut']), []);
    assert.deepEqual(idleOptions({}, ['fifo']), []);
    assert.match(idleOptions({ coinbaseOrder: 'subsidy-first' }, ['fifo'])[0], /--fee-taint propagate only/);
    assert.deepEqual(idleOptions({ coinbaseOrder: 'subsidy-first', feeTaint: 'propagate' }, ['fifo']), []);
  });

  it('an option without its value, and a command nobody knows, are usage errors and no failure of the program', () => {
    const folder = freshFolder();
    for (const [args, says] of [
      [['trace', '--seed'], /Not enough arguments following: seed/],
      [['bulk', 'trace', '.', '--seed', 'a=b', '--coins', '--json'], /Not enough arguments following: coins/],
      [['trcae'], /Did you mean trace/],
    ] as const) {
      const { status, stderr } = spoor(folder, ...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, says);
    }
  });

  it('--json beside another --format is refused, not passed over', () => {
    assert.equal(chosenFormat({ json: true }, 'html'), 'json');
    assert.equal(chosenFormat({ json: false }, 'html'), 'html');
    assert.equal(chosenFormat({ json: false, format: 'csv' }, 'text'), 'csv');
    assert.throws(() => chosenFormat({ json: true, format: 'csv' }, 'text'), {
      code: 'USAGE',
      message: /--format csv/,
    });
    assert.equal(spoor(freshFolder(), 'report', '--json', '--format', 'csv').status, 2);
  });

  it('a count that is too long is called that', () => {
    assert.equal(parseCount('--count', '999999999'), 999_999_999);
    assert.throws(() => parseCount('--count', '1000000000'), /--count is a whole number of at most 9 digits/);
  });
});

describe('a value that an option cannot take', () => {
  const asked: ReadonlyArray<readonly [option: string, args: readonly string[]]> = [
    ['--min-sat', ['trace', '--seed', 'S=tag:x', '--min-sat', '1e3']],
    ['--split-below', ['trace', '--seed', 'S=tag:x', '--split-below', '-']],
    ['--until', ['trace', '--seed', 'S=tag:x', '--until', '2017-13-01']],
    ['--since', ['trace', '--backward', '--subject', 'tag:x', '--since', 'yesterday']],
    ['--until', ['cluster', 'run', '--until', 'x']],
    ['--window', ['cluster', 'activity', 'tag:x', '--window', '5']],
  ];
  for (const [option, args] of asked) {
    it(`${args.slice(0, 2).join(' ')} ${option}: the message names the option`, () => {
      const { status, stderr } = spoor(freshFolder(), ...args);
      assert.equal(status, 2, stderr);
      assert.ok(stderr.includes(option), stderr);
    });
  }
});

describe('what a file of garbage puts into a message', () => {
  it('moves no cursor: hidden characters are spelled out, line breaks of the message stay', () => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'garbage.csv'), 'na\u001b[2Jme,\u202evalue\nx,y\n');
    const { status, stderr } = spoor(folder, 'tag', 'check', 'garbage.csv');
    assert.equal(status, 7, stderr);
    assert.match(stderr, /\[U\+001B\]/);
    assert.match(stderr, /\[U\+202E\]/);
    assert.deepEqual(
      [...stderr].filter((character) => character < ' ' && character !== '\n'),
      [],
    );
    assert.ok(stderr.trimEnd().split('\n').length > 1);
  });
});
