/** What both pictures share: numbers with stable digits, text that fits, colours for light and dark, the frame of an SVG. */
import { EMPTY, html, type Markup, shortenMiddle, trustedMarkup, visibleText } from '../escape.ts';

/** A pixel number with at most two decimals, so that the last bits of a fraction cannot change the bytes of a file. */
export function pixels(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

/** Widest plain letter relative to the font size, near enough to keep text inside its box with any system font. */
const LETTER_WIDTH = 0.62;

function characterUnits(character: string): number {
  const codePoint = character.codePointAt(0) ?? 0;
  return codePoint >= 0x1100 ? 1.8 : 1;
}

/** Width of a text in pixels, estimated from above. */
export function textWidthPx(text: string, fontSizePx: number): number {
  let units = 0;
  for (const character of text) units += characterUnits(character);
  return units * LETTER_WIDTH * fontSizePx;
}

/** The text, hidden characters spelled out, shortened in the middle until it fits the width. */
export function fitText(text: string, widthPx: number, fontSizePx: number): string {
  const visible = visibleText(text);
  if (textWidthPx(visible, fontSizePx) <= widthPx) return visible;
  const most = Math.floor(widthPx / (fontSizePx * LETTER_WIDTH));
  for (let edge = Math.floor((most - 1) / 2); edge > 1; edge -= 1) {
    const shortened = shortenMiddle(visible, edge);
    if (textWidthPx(shortened, fontSizePx) <= widthPx) return shortened;
  }
  return '…';
}

/** Colours of a figure in light: declared on the page, or on the SVG where it stands alone. */
export const FIGURE_COLOURS_LIGHT = `--paper:#fff;--ink:#1b1e24;--muted:#5a616d;--rule:#d9dde3;--seed:#a63d2f;--transaction:#717a87;--service:#1d5f94;--unspent:#2f7d55;--unresolved:#a86a06;--coinjoin:#77489c;--cut:#8b8479;--burned:#3a3a3a;--fee:#9aa3ae`;

/** Colours of a figure in dark. */
export const FIGURE_COLOURS_DARK = `--paper:#171a1f;--ink:#e8eaee;--muted:#a3abb8;--rule:#353b45;--seed:#e58473;--transaction:#8f99a8;--service:#6cb0e6;--unspent:#6cc397;--unresolved:#e0ac54;--coinjoin:#bd94de;--cut:#b5ac9e;--burned:#c9c9c9;--fee:#77818e`;

/** Rules of both pictures; shared by the page and the stand-alone files. Kind classes set `--kind`, which paints bar, link and mark. */
export const FIGURE_RULES = `
.fig{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
.fig text{fill:var(--ink);font-size:11.5px}
.fig .name{font-weight:600;font-size:12.5px}
.fig .mark{fill:var(--kind,var(--muted));font-size:9.5px;font-weight:700;letter-spacing:.06em}
.fig .small{fill:var(--muted);font-size:10.5px}
.fig .halo text{paint-order:stroke;stroke:var(--paper);stroke-width:3.5px;stroke-linejoin:round}
.fig .bar{fill:var(--kind);stroke:none}
.fig .open{fill:var(--paper);stroke:var(--kind);stroke-width:1.6px}
.fig .dashed{stroke-dasharray:3 2}
.fig .link{fill:none;stroke:var(--kind);stroke-opacity:.3}
.fig .link:hover{stroke-opacity:.6}
.fig .line{stroke:var(--rule);stroke-width:1px;fill:none}
.fig .quiet{fill:var(--rule);fill-opacity:.35}
.fig .dot{fill:var(--kind);fill-opacity:.4;stroke:var(--kind);stroke-width:1px}
.fig .solid{fill:var(--kind);stroke:var(--paper);stroke-width:1.5px}
.fig .solid-letter{fill:var(--paper);stroke:none;font-size:9px;font-weight:700}
.k-seed{--kind:var(--seed)}.k-transaction,.k-account{--kind:var(--transaction)}.k-service{--kind:var(--service)}.k-unspent{--kind:var(--unspent)}
.k-unresolved{--kind:var(--unresolved)}.k-coinjoin{--kind:var(--coinjoin)}.k-cut{--kind:var(--cut)}.k-burned{--kind:var(--burned)}
.k-fee{--kind:var(--fee)}.k-receipt{--kind:var(--seed)}.k-move{--kind:var(--transaction)}
`;

const STANDALONE_STYLE = `svg.fig{${FIGURE_COLOURS_LIGHT}}@media (prefers-color-scheme:dark){svg.fig{${FIGURE_COLOURS_DARK}}}${FIGURE_RULES}`;

/** How an SVG is framed. `id` makes the ids of title and description unique in a page; `standalone` adds name space, style and paper. */
export interface SvgFrame {
  id: string;
  width: number;
  height: number;
  title: string;
  description: string;
  standalone: boolean;
}

/** A picture on the page may shrink this far to fit; below that it scrolls, so that its text stays readable. */
const SMALLEST_SCALE = 0.85;

/** A complete `<svg>` around a body, with title and description for screen readers. */
export function svgElement(frame: SvgFrame, body: Markup): Markup {
  const { id, title, description, standalone } = frame;
  const width = pixels(frame.width);
  const height = pixels(frame.height);
  const sizing = standalone ? EMPTY : html` style="min-width:${pixels(frame.width * SMALLEST_SCALE)}px"`;
  const namespace = standalone ? trustedMarkup(' xmlns="http://www.w3.org/2000/svg"') : EMPTY;
  const style = standalone
    ? html`<style>${trustedMarkup(STANDALONE_STYLE)}</style><rect width="${width}" height="${height}" style="fill:var(--paper)"/>`
    : EMPTY;
  return html`<svg${namespace} class="fig" role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"${sizing}>
<title id="${id}-t">${title}</title>
<desc id="${id}-d">${description}</desc>
${style}${body}
</svg>`;
}
