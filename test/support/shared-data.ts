/**
 * Real recorded data lives beside the project, in `../shared/data`. In CI its absence fails a test; on a user's machine the test is
 * skipped with a printed notice.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = resolve(fileURLToPath(new URL('../../', import.meta.url)));

/** Path of a file or folder of the real data, whether it is there or not. */
export function sharedData(relative: string): string {
  return resolve(projectRoot, '..', 'shared', 'data', relative);
}

/** Path inside the project. */
export function projectPath(relative: string): string {
  return resolve(projectRoot, relative);
}

/** A mocha test that needs `folder` of the real data. */
export function itWithData(title: string, folder: string, body: (this: Mocha.Context) => void | Promise<void>): void {
  it(title, function () {
    if (existsSync(sharedData(folder))) return body.call(this);
    if (process.env.CI === 'true') throw new Error(`real data ${folder} is missing beside the project; CI needs it`);
    process.stderr.write(`    skipped "${title}": real data ${folder} is not beside this checkout\n`);
    return this.skip();
  });
}
