/** A sheet as Markdown (CommonMark with tables). Every value is escaped. */
import { markdownCode, markdownSection, markdownTable, markdownText } from '../markdown.ts';
import { flowAsTable, type Sheet, type SheetBlock, type SheetTable } from './sheet.ts';

/** The sheet as Markdown, trailing line break. */
export function renderSheetMarkdown(sheet: Sheet): string {
  const lines = [
    `# ${markdownText(sheet.title)}`,
    '',
    ...sheet.facts.map(([name, value]) => `- ${markdownText(name)}: ${markdownCode(value)}`),
    '',
    ...sheet.sections.flatMap(({ heading, lead, blocks }) =>
      markdownSection(markdownText(heading), [
        ...(lead === '' ? [] : [markdownText(lead), '']),
        ...blocks.flatMap(blockLines),
      ]),
    ),
    markdownText(sheet.footer),
  ];
  return `${lines.join('\n')}\n`;
}

function blockLines(block: SheetBlock): string[] {
  switch (block.kind) {
    case 'paragraph':
      return [markdownText(block.text), ''];
    case 'list':
      return block.items.length === 0
        ? [markdownText(block.empty), '']
        : [...block.items.map((item) => `- ${markdownText(item)}`), ''];
    case 'table':
      return tableLines(block);
    case 'flow':
      return tableLines(flowAsTable(block));
  }
}

function tableLines({ caption, columns, rows, empty }: SheetTable): string[] {
  if (rows.length === 0) return [markdownText(empty), ''];
  const cell = (text: string, index: number): string =>
    columns[index]?.kind === 'identifier' && text !== '' ? markdownCode(text) : markdownText(text);
  return [
    `${markdownText(caption)}:`,
    '',
    ...markdownTable(
      columns.map(({ head }) => markdownText(head)),
      rows.map((row) => row.map(cell)),
    ),
  ];
}
