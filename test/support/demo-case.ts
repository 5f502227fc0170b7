/** The bundled case, made once for a file of tests by the command line, and cases of their own beside it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type CaseContext, withCase } from '../../src/case/index.ts';
import { freshFolder, spoor } from './cli.ts';

/** A folder with `case.spoor`; `inCase` opens that, or makes another of a new name. */
export interface DemoFolder {
  readonly path: string;
  inCase<T>(file: string, work: (context: CaseContext) => T): T;
}

/** Makes the folder. Call it in `before`. */
export function demoFolder(): DemoFolder {
  const path = freshFolder();
  assert.equal(spoor(path, 'demo').status, 0);
  return {
    path,
    inCase: (file, work) => withCase(join(path, file), { create: file !== 'case.spoor' }, work),
  };
}
