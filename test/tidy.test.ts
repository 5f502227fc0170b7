/** The map of the rooms as a test: rank, doors, purity, casts and sizes (src/README.md). */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { projectPath } from './support/shared-data.ts';

/** Rooms each room may import from. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  ledger: [],
  chain: ['ledger'],
  tag: ['ledger'],
  graph: ['ledger'],
  pattern: ['ledger'],
  cluster: ['ledger', 'pattern'],
  taint: ['ledger', 'pattern'],
  screen: ['ledger', 'tag', 'cluster', 'taint'],
  store: ['ledger', 'taint'],
  report: ['ledger', 'screen'],
  case: ['ledger', 'chain', 'tag', 'graph', 'pattern', 'cluster', 'taint', 'screen', 'store', 'report'],
  api: ['case', 'screen', 'report', 'ledger'],
  cli: ['api', 'case', 'report', 'screen', 'chain', 'ledger'],
};
const PURE = ['ledger', 'tag', 'graph', 'pattern', 'cluster', 'taint', 'screen', 'report'];
const MAX_FILE_LINES = 500;
const MAX_FUNCTION_LINES = 70;

interface Source {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly code: string;
}

function sources(): Source[] {
  return readdirSync(projectPath('src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(projectPath(`src/${path}`), 'utf8');
      return { path, room: path.split('/')[0], text, code: text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '') };
    });
}

function problems(find: (source: Source) => string[]): void {
  const found = sources().flatMap((source) => find(source).map((problem) => `${source.path}: ${problem}`));
  assert.deepEqual(found, []);
}

describe('the house', () => {
  it('rooms on disk, in the map and in this test are the same', () => {
    const rooms = readdirSync(projectPath('src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    assert.deepEqual(rooms.sort(), Object.keys(MAY_IMPORT).sort());
    const map = readFileSync(projectPath('src/README.md'), 'utf8');
    for (const room of rooms) assert.ok(map.includes(`| \`${room}\` |`), `src/README.md does not name ${room}`);
  });

  it('imports follow the ranks and enter by the door; type imports alone enter store from taint', () => {
    problems(({ path, room, text }) =>
      [...text.matchAll(/^(?:import|export)( type)?[^;]*? from '(\.[^']+)';/gm)].flatMap(([, typeOnly, target]) => {
        const steps = normalize(join(dirname(path), target)).split('/');
        if (steps[0] === room) return steps.at(-1) === 'index.ts' ? [`imports its own door`] : [];
        if (!MAY_IMPORT[room].includes(steps[0])) return [`may not import ${steps[0]}`];
        if (room === 'store' && steps[0] === 'taint' && typeOnly === undefined)
          return ['imports more than types of taint'];
        return steps.at(-1) === 'index.ts' ? [] : [`passes the door of ${steps[0]}: ${target}`];
      }),
    );
  });

  it('corners of one room import each other one way only', () => {
    const ways = new Set<string>();
    for (const { path, text } of sources()) {
      const [room, corner, ...rest] = path.split('/');
      if (rest.length === 0) continue;
      for (const [, target] of text.matchAll(/from '(\.[^']+)';/g)) {
        const [otherRoom, other, ...file] = normalize(join(dirname(path), target)).split('/');
        if (otherRoom === room && other !== corner && file.length > 0) ways.add(`${room}: ${corner} > ${other}`);
      }
    }
    const reached = (from: string, seen = new Set<string>()): Set<string> => {
      for (const way of ways) {
        const [source, target] = [way.split(' > ')[0], `${way.split(':')[0]}: ${way.split(' > ')[1]}`];
        if (source === from && !seen.has(target)) reached(target, seen.add(target));
      }
      return seen;
    };
    const corners = [...new Set([...ways].map((way) => way.split(' > ')[0]))];
    assert.ok(corners.length > 0);
    assert.deepEqual(
      corners.filter((corner) => reached(corner).has(corner)),
      [],
      'these corners lie on a ring of imports',
    );
  });

  it('pure rooms name no clock, chance, file, network, process or promise', () => {
    problems(({ room, code }) =>
      PURE.includes(room)
        ? [
            ...code.matchAll(/\b(Date\.now|Math\.random|async |await |node:fs|node:http|process\.|console\.|fetch\()/g),
          ].map(([word]) => word)
        : [],
    );
  });

  it('identities are cast in ledger only; no any, no default export, no empty catch, no TODO', () => {
    problems(({ room, code }) => [
      ...(room === 'ledger'
        ? []
        : [...code.matchAll(/ as (Txid|Address|Outpoint|Satoshi|BlockHash|TxId|OutputId|AddressId)\b(?!,)/g)].map(
            ([cast]) => `cast${cast}`,
          )),
      ...[
        ...code.matchAll(
          /: any\b|<any>|as any\b|as never\b|as unknown as|export default|catch[^{]*\{\s*\}|TODO|FIXME/g,
        ),
      ].map(([word]) => word),
    ]);
  });

  it(`files have at most ${MAX_FILE_LINES} lines, top-level functions and methods at most ${MAX_FUNCTION_LINES}`, () => {
    problems(({ text }) => {
      const lines = text.split('\n');
      const long = lines.length > MAX_FILE_LINES ? [`${lines.length} lines`] : [];
      lines.forEach((line, start) => {
        const opens = /^( {2})?(export )?(private )?(async )?(function\*? |\*?\w+\()(?!.*;$).*\{$/.exec(line);
        if (opens === null) return;
        const end = lines.indexOf(`${opens[1] ?? ''}}`, start);
        if (end - start > MAX_FUNCTION_LINES) long.push(`function at line ${start + 1} has ${end - start} lines`);
      });
      return long;
    });
  });

  it('amounts meet no float: no parseFloat, toFixed or SQL sum', () => {
    problems(({ path, code }) =>
      /svg|layout/.test(path) ? [] : [...code.matchAll(/parseFloat|toFixed|\bSUM\(/g)].map(([word]) => word),
    );
  });
});
