/** The progress bar on a terminal: small work moves it, and a command that fails while it is shown ends, with its message on a line of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { freshFolder, spoor } from '../support/cli.ts';
import { projectPath } from '../support/shared-data.ts';

/** Says that stderr is a terminal, which it cannot be under a test. */
const AS_TERMINAL = '--import data:text/javascript,process.stderr.isTTY=true';
/** What a terminal is sent to clear a line. */
const CLEARED = '\u001b[2K';
/** A bar that is left alone keeps the process alive for ever. */
const LONGEST_MS = 60_000;

describe('progress on a terminal', () => {
  let file = '';
  before(() => {
    const folder = freshFolder();
    file = join(folder, 'case.spoor');
    assert.equal(spoor(folder, 'demo', '--case', file).status, 0);
  });

  function onTerminal(...args: string[]): { status: number | null; stderr: string } {
    return spawnSync(process.execPath, [projectPath('dist/cli/main.js'), ...args, '--case', file], {
      encoding: 'utf8',
      timeout: LONGEST_MS,
      env: { ...process.env, NODE_OPTIONS: AS_TERMINAL },
    });
  }

  it('forty orders move the bar forty times, and it is gone at the end', () => {
    const asked = ['study', 'orders', '--seed', 'w=tag:ransomware', '--rule', 'haircut', '--orders', '40'];
    const { status, stderr } = onTerminal(...asked);
    assert.equal(status, 0, stderr);
    const told = new Set(stderr.match(/\d+\/40/g));
    // Between two redraws that come too fast one may be left out.
    assert.ok(told.size > 10 && told.has('40/40'), [...told].join());
    assert.ok(stderr.trimEnd().endsWith(CLEARED), 'the line is cleared');
  });

  it('an error while the bar is shown ends the command, after the bar was taken away', () => {
    const { status, stderr } = onTerminal('study', 'orders', '--seed', 'w=tag:ransomware', '--rule', 'fifo,poison');
    assert.equal(status, 2, stderr);
    assert.ok(stderr.includes('0/100') && stderr.includes(`${CLEARED}spoor: poison tells no amounts`), stderr);
  });
});
