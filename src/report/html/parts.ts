/** Small pieces of the HTML report: identifiers, amounts, tags, tables. */
import { EMPTY, html, type Markup, type Piece, shortenMiddle } from '../escape.ts';
import type { TagCitation } from '../model.ts';
import { btcOf, satoshiOrNull } from '../money.ts';

/** An identifier shortened on screen, whole in its title. */
export function shortId(text: string): Markup {
  return html`<span class="id short" title="${text}">${shortenMiddle(text)}</span>`;
}

/** An identifier in full, wrapping where it must, so that it can be found and copied. */
export function fullId(text: string): Markup {
  return html`<span class="id">${text}</span>`;
}

/** An amount: bitcoin for people, satoshi below it. */
export function amountCell(value: string): Markup {
  if (satoshiOrNull(value) === null) return html`${value}`;
  return html`${btcOf(value)} BTC<span class="sub">${value} sat</span>`;
}

/** A tag with everything it rests on. Sources are text, not links: the page loads nothing and leads nowhere by itself. */
export function tagMarkup(tag: TagCitation): Markup {
  const kind = [tag.category, tag.actor].filter((part) => part !== null).join(', ');
  return html`<div class="tag"><b>${tag.label}</b>${kind === '' ? EMPTY : html` <span>(${kind})</span>`}<span class="sub">source ${tag.source}</span><span class="sub">confidence ${tag.confidence}, pack ${tag.pack}</span></div>`;
}

/** One column head: text, or text with the classes of its column. */
export interface ColumnHead {
  text: string;
  className?: string;
}

/** A table with caption and column heads, inside a region that scrolls sideways by keyboard too. */
export function tableMarkup(
  options: { caption: string; heads: readonly ColumnHead[]; className?: string },
  rows: readonly Markup[],
): Markup {
  const { caption, heads, className = '' } = options;
  const headCells = heads.map((head) => html`<th scope="col" class="${head.className ?? ''}">${head.text}</th>`);
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table class="${className}"><caption>${caption}</caption>
<thead><tr>${headCells}</tr></thead>
<tbody>
${rows}</tbody></table></div>
`;
}

/** A section of the page with heading and lead sentence. */
export function sectionMarkup(options: { id: string; heading: string; lead: string }, body: Piece): Markup {
  const { id, heading, lead } = options;
  const leadMarkup = lead === '' ? EMPTY : html`<p class="lead">${lead}</p>`;
  return html`<section class="card" id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${heading}</h2>
${leadMarkup}
${body}</section>
`;
}

/** A sentence that stands where a table would be empty. */
export function emptyNote(sentence: string): Markup {
  return html`<p class="empty">${sentence}</p>`;
}
