/** A sheet for a terminal. Tables wider than a line become one block per row, so that no identifier is cut. */
import { visibleText } from '../escape.ts';
import { cellWidth, LINE_CELLS, textTable, wrapText } from '../text-table.ts';
import { flowAsTable, type Sheet, type SheetBlock, type SheetTable } from './sheet.ts';

/** The sheet as plain text, trailing line break. */
export function renderSheetText(sheet: Sheet): string {
  const lines = [
    ...wrapText(sheet.title),
    '='.repeat(Math.min(LINE_CELLS, Math.max(1, cellWidth(visibleText(sheet.title))))),
    ...sheet.facts.flatMap(([name, value]) => wrapText(value, `  ${name.padEnd(18)}`)),
    ...sheet.sections.flatMap(({ heading, lead, blocks }) => [
      '',
      visibleText(heading),
      '='.repeat(cellWidth(visibleText(heading))),
      ...(lead === '' ? [] : wrapText(lead, '  ')),
      ...blocks.flatMap(blockLines),
    ]),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function blockLines(block: SheetBlock): string[] {
  switch (block.kind) {
    case 'paragraph':
      return wrapText(block.text, '  ');
    case 'list':
      return block.items.length === 0
        ? wrapText(block.empty, '  ')
        : block.items.flatMap((item) => wrapText(item, '  - '));
    case 'table':
      return tableLines(block);
    case 'flow':
      return tableLines(flowAsTable(block));
  }
}

function tableLines(table: SheetTable): string[] {
  if (table.rows.length === 0) return wrapText(table.empty, '  ');
  const columns = table.columns.map(({ head, kind }) => ({
    head,
    align: kind === 'amount' ? ('right' as const) : ('left' as const),
  }));
  const lines = textTable(columns, table.rows);
  if (lines.every((line) => cellWidth(line) <= LINE_CELLS)) return lines;
  return table.rows.flatMap((row) => {
    const [first = '', ...rest] = row;
    const cells = rest.flatMap((cell, index) =>
      cell === '' ? [] : wrapText(`${table.columns[index + 1].head.toLowerCase()} ${cell}`, '      '),
    );
    return [...wrapText(`${table.columns[0].head.toLowerCase()} ${first}`, '  - '), ...cells];
  });
}
