/** Plain text for terminals: columns that line up whatever the script of a label, paragraphs that wrap at words. */
import { visibleText } from './escape.ts';

/** Widest line of the text report, in terminal cells; only a line that one identifier fills may be longer. */
export const LINE_CELLS = 100;

/** Code points that take two cells in a terminal (East Asian wide and emoji blocks), as [first, last]. */
const WIDE_RANGES: ReadonlyArray<readonly [number, number]> = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

/** Combining marks: drawn over their neighbour, no cell of their own. */
const COMBINING_RANGES: ReadonlyArray<readonly [number, number]> = [
  [0x0300, 0x036f],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
];

function within(codePoint: number, ranges: ReadonlyArray<readonly [number, number]>): boolean {
  return ranges.some(([first, last]) => codePoint >= first && codePoint <= last);
}

/** Cells a text takes in a terminal. */
export function cellWidth(text: string): number {
  let cells = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (within(codePoint, COMBINING_RANGES)) continue;
    cells += within(codePoint, WIDE_RANGES) ? 2 : 1;
  }
  return cells;
}

/** Pads with spaces to a width in cells. */
export function padCells(text: string, width: number, side: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - cellWidth(text)));
  return side === 'left' ? spaces + text : text + spaces;
}

/** The text cut to a width in cells, an ellipsis in place of what is cut. */
export function cutCells(text: string, width: number): string {
  if (cellWidth(text) <= width) return text;
  let cut = '';
  for (const character of text) {
    if (cellWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/** Lines of at most `LINE_CELLS` cells, broken at spaces; `indent` stands before the first line, as many spaces before the others. */
export function wrapText(text: string, indent = ''): string[] {
  const room = LINE_CELLS - cellWidth(indent);
  const lines: string[] = [];
  let line = '';
  for (const word of visibleText(text).split(' ')) {
    if (line !== '' && cellWidth(line) + 1 + cellWidth(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  const hanging = ' '.repeat(cellWidth(indent));
  return lines.map((each, index) => `${index === 0 ? indent : hanging}${each}`);
}

/** One column of a text table. */
export interface TextColumn {
  head: string;
  /** Amounts to the right, words to the left. */
  align: 'left' | 'right';
  /** Cells beyond which a value is cut; omitted for amounts, which are never cut. */
  most?: number;
}

const GUTTER = '  ';

/** An aligned table with a head and a line under it, each line behind `indent`. Values pass `visibleText`. */
export function textTable(
  columns: readonly TextColumn[],
  rows: ReadonlyArray<readonly string[]>,
  indent = '  ',
): string[] {
  const cells = rows.map((row) =>
    columns.map((column, index) => {
      const text = visibleText(row[index] ?? '');
      return column.most === undefined ? text : cutCells(text, column.most);
    }),
  );
  const widths = columns.map((column, index) =>
    Math.max(cellWidth(column.head), ...cells.map((row) => cellWidth(row[index] ?? ''))),
  );
  const line = (row: readonly string[]): string => {
    const padded = columns.map((column, index) =>
      padCells(row[index] ?? '', widths[index] ?? 0, column.align === 'right' ? 'left' : 'right'),
    );
    return `${indent}${padded.join(GUTTER)}`.trimEnd();
  };
  const ruler = widths.map((width) => '-'.repeat(width));
  return [line(columns.map((column) => column.head)), line(ruler), ...cells.map(line)];
}
