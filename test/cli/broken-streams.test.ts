/** Outputs that cannot be written and inputs that cannot be read: a coded error and its exit code, never a stack. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { spoor } from '../support/cli.ts';
import { type DemoFolder, demoFolder } from '../support/demo-case.ts';
import { projectPath } from '../support/shared-data.ts';

describe('broken streams', () => {
  let demo: DemoFolder;

  before(() => {
    demo = demoFolder();
  });

  it('a full disk behind stdout: exit 9', function () {
    if (!existsSync('/dev/full')) {
      process.stdout.write('skipped: this system has no /dev/full\n');
      assert.notEqual(process.env.CI, 'true');
      this.skip();
    }
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(
      process.execPath,
      [projectPath('dist/cli/main.js'), 'case', 'info', '--json'],
      {
        cwd: demo.path,
        encoding: 'utf8',
        stdio: ['ignore', full, 'pipe'],
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    closeSync(full);
    assert.deepEqual([status, /^spoor: the output cannot be written: ENOSPC[^\n]*\n$/.test(stderr)], [9, true], stderr);
  });

  it('a folder for a batch of screenings: exit 9, naming it', () => {
    const { status, stdout, stderr } = spoor(demo.path, 'screen', '--input', '.');
    assert.deepEqual([status, stdout, stderr], [9, '', 'spoor: the batch cannot be read: it is a folder (.)\n']);
  });
});
