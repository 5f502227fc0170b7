/** Timings as a table. */
import type { Run } from './measure.ts';
import { BOUNDS, PROGRAMS, ROWS } from './programs.ts';

/** All rounds of one program at one size, or why there are none. */
export type Timed = { readonly runs: readonly Run[] } | { readonly missing: string } | { readonly failed: string };

/** What was measured at one size. */
export interface Measured {
  readonly transactions: number;
  readonly timed: ReadonlyMap<string, Timed>;
}

/** Middle of the values; of an even number the lower one of the middle two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}

const seconds = (value: number) => (value < 10 ? value.toFixed(3) : value.toFixed(1));

function runsOf(measured: Measured, program: string): readonly Run[] {
  const timed = measured.timed.get(program);
  return timed !== undefined && 'runs' in timed ? timed.runs : [];
}

function whyNot(measured: Measured, program: string): string {
  const timed = measured.timed.get(program);
  if (timed === undefined) return 'not run';
  return 'missing' in timed ? timed.missing : 'failed' in timed ? 'FAILED' : '';
}

/** Median with its spread, CPU and peak memory. */
function cells(runs: readonly Run[], scale: number): string[] {
  const walls = runs.map(({ wallSec }) => wallSec * scale);
  const cpu = runs.map(({ cpuSec }) => cpuSec).filter((value) => value !== null);
  const peak = runs.map(({ peakMb }) => peakMb).filter((value) => value !== null);
  const range = walls.length === 1 ? '' : ` (${seconds(Math.min(...walls))}..${seconds(Math.max(...walls))})`;
  const spread = `${seconds(median(walls))}${range}`;
  return [
    scale === 1 ? spread : `${spread} scaled`,
    cpu.length === 0 ? '' : seconds(median(cpu) * scale),
    peak.length === 0 || scale !== 1 ? '' : median(peak).toFixed(0),
  ];
}

/** Times of a peer, at this size or scaled from the largest one it was run at. */
function peerRuns(all: readonly Measured[], at: Measured, peer: string): { runs: readonly Run[]; scale: number } {
  const here = runsOf(at, peer);
  const upTo = PROGRAMS.find(({ name }) => name === peer)?.upTo;
  if (here.length > 0 || upTo === undefined) return { runs: here, scale: 1 };
  const other = [...all]
    .reverse()
    .find((measured) => measured.transactions <= upTo && runsOf(measured, peer).length > 0);
  if (other === undefined) return { runs: [], scale: 1 };
  return { runs: runsOf(other, peer), scale: at.transactions / other.transactions };
}

const HEAD = ['transactions', 'what', 'ours s', 'CPU s', 'MB', 'peer', 'peer s', 'CPU s', 'MB', 'ratio', 'target', ''];

/** Every row at every size in Markdown. The ratio is peer time over ours. */
export function ratioTable(all: readonly Measured[]): string {
  const lines = [HEAD, HEAD.map(() => '---')];
  for (const at of all) {
    for (const { name, ours, peer, target } of ROWS) {
      const mine = runsOf(at, ours);
      const { runs, scale } = peerRuns(all, at, peer);
      if (whyNot(at, ours) === 'not run' && whyNot(at, peer) === 'not run') continue;
      const left = mine.length > 0 ? cells(mine, 1) : [whyNot(at, ours), '', ''];
      const right = runs.length > 0 ? cells(runs, scale) : [whyNot(at, peer), '', ''];
      const wall = (list: readonly Run[]) => median(list.map(({ wallSec }) => wallSec));
      const ratio = mine.length > 0 && runs.length > 0 ? (wall(runs) * scale) / wall(mine) : null;
      const verdict = ratio === null ? '' : ratio >= target ? 'reached' : 'below';
      const tail = [ratio === null ? '' : ratio.toFixed(2), `>= ${target}`, verdict];
      lines.push([at.transactions.toLocaleString('en-US'), name, ...left, peer, ...right, ...tail]);
    }
  }
  return lines.map((cellsOfLine) => `| ${cellsOfLine.join(' | ')} |`).join('\n');
}

/** Bounds at every size in Markdown; empty when nothing bounded was run. */
export function boundTable(all: readonly Measured[]): string {
  const lines: string[] = [];
  for (const at of all) {
    for (const { name, program, most, unit, of } of BOUNDS) {
      const values = runsOf(at, program)
        .map(of)
        .filter((value) => value !== null);
      if (values.length === 0) continue;
      const value = Math.max(...values);
      const verdict = value <= most ? 'reached' : 'above';
      lines.push(
        `| ${at.transactions.toLocaleString('en-US')} | ${name} | ${value.toFixed(0)} | ${unit} | <= ${most} | ${verdict} |`,
      );
    }
  }
  return lines.length === 0
    ? ''
    : ['| transactions | what | most seen | unit | target | |', '|---|---|---|---|---|---|', ...lines].join('\n');
}
