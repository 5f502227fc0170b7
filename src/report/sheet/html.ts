/** A sheet as one self-contained HTML page: no script, nothing loaded, readable on screen, in the dark and on paper. */
import { EMPTY, html, type Markup } from '../escape.ts';
import { htmlPage } from '../html/page.ts';
import { emptyNote, fullId, sectionMarkup, tableMarkup } from '../html/parts.ts';
import { flowFigure, flowLegend } from '../picture/flow-svg.ts';
import { flowAsTable, type Sheet, type SheetBlock, type SheetColumnKind, type SheetTable } from './sheet.ts';

/** The sheet as HTML. Same sheet, same bytes. */
export function renderSheetHtml(sheet: Sheet): string {
  const facts = sheet.facts.map(([name, value]) => html`<dt>${name}</dt><dd>${fullId(value)}</dd>`);
  const links = sheet.sections.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`);
  const sections = sheet.sections.map(({ id, heading, lead, blocks }) =>
    sectionMarkup(
      { id, heading, lead },
      blocks.map((block, index) => blockMarkup(block, `${id}-${index}`)),
    ),
  );
  const body = html`<header class="cover"><p class="kind">${sheet.kind}</p><h1>${sheet.title}</h1>
<dl>${facts}</dl></header>
<main>
<nav class="toc" aria-label="Contents"><ul>${links}</ul></nav>
${sections}</main>
<footer><p>${sheet.footer}</p></footer>
`;
  return htmlPage({ title: sheet.title, panels: 0 }, body);
}

function blockMarkup(block: SheetBlock, id: string): Markup {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${block.text}</p>
`;
    case 'list':
      return block.items.length === 0
        ? emptyNote(block.empty)
        : html`<ul>${block.items.map((item) => html`<li>${item}</li>`)}</ul>
`;
    case 'table':
      return sheetTable(block);
    case 'flow': {
      const { rule, pictureText, flow } = block;
      const figure = flowFigure({ flow }, { rule, id, standalone: false, amountText: pictureText });
      const table = flowAsTable(block);
      return html`<h3>${block.caption}</h3><div class="figure" role="region" aria-label="${block.caption}" tabindex="0">${figure}</div>${flowLegend({ flow })}${
        table.rows.length === 0
          ? EMPTY
          : html`<details><summary>The same flow as a table</summary>${sheetTable(table)}</details>`
      }
`;
    }
  }
}

const CELL_CLASS: Readonly<Record<SheetColumnKind, string>> = { words: '', identifier: '', amount: 'num right' };

function sheetTable({ caption, columns, rows, empty }: SheetTable): Markup {
  if (rows.length === 0) return emptyNote(empty);
  const heads = columns.map(({ head, kind }) => ({ text: head, className: kind === 'amount' ? 'right' : '' }));
  const lines = rows.map((row) => {
    const cells = columns.map(({ kind }, index) => {
      const text = row[index] ?? '';
      return html`<td class="${CELL_CLASS[kind]}">${kind === 'identifier' && text !== '' ? fullId(text) : text}</td>`;
    });
    return html`<tr>${cells}</tr>
`;
  });
  return tableMarkup({ caption, heads }, lines);
}
