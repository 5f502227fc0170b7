/** Which files make sense only together: the tables of one dump. */
import { headOf } from '../file/open.ts';
import { looksBlockchair } from './source-file-blockchair.ts';
import type { FileFormat } from './source-file-record.ts';

/** Splits paths into bodies: tables of a dump together, where the first of them stands, every other file alone. */
export function groupFiles(paths: readonly string[], format: FileFormat | 'auto'): string[][] {
  const isTable = (path: string) =>
    format === 'blockchair' || (format === 'auto' && paths.length > 1 && looksBlockchair(headOf(path)));
  const groups: string[][] = [];
  const tables: string[] = [];
  for (const path of paths) {
    if (!isTable(path)) groups.push([path]);
    else if (tables.push(path) === 1) groups.push(tables);
  }
  return groups;
}
