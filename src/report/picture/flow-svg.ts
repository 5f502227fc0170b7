/** The flow picture: taint of one rule from seeds at the left to where it rests at the right, as SVG. */
import { EMPTY, html, type Markup, visibleText } from '../escape.ts';
import type { FlowNode, TraceReport } from '../model.ts';
import { btcOf } from '../money.ts';
import { ruleNames } from '../summary.ts';
import { countText, FLOW_KIND_MARKS, FLOW_KIND_WORDS } from '../words.ts';
import { type FlowLayout, layoutFlow, type PlacedLink, type PlacedNode, usedLinks } from './flow-layout.ts';
import { fitText, pixels, svgElement } from './svg.ts';

/** Size of the title, with a tenth added because bold letters are wider. */
const TITLE_SIZE_PX = 13.75;
const TEXT_SIZE_PX = 10.5;
const LINE_STEP_PX = 13.5;
const THINNEST_PX = 1.2;

type AmountText = (amount: bigint) => string;

function btcAmount(amount: bigint): string {
  return `${btcOf(amount)} BTC`;
}

/** Title and second line of a node as one text, for tables. */
export function flowNodeText(node: FlowNode): string {
  return `${FLOW_KIND_WORDS[node.kind]}: ${node.title}${node.subtitle === '' ? '' : `, ${node.subtitle}`}`;
}

function linkMarkup(link: PlacedLink, amountText: AmountText): Markup {
  const middle = pixels((link.x0 + link.x1) / 2);
  const start = pixels(link.y0);
  const end = pixels(link.y1);
  // A straight horizontal stroke keeps its width; the curve is the usual horizontal one with both handles half way.
  const path = `M${pixels(link.x0)},${start}C${middle},${start} ${middle},${end} ${pixels(link.x1)},${end}`;
  const words = `${link.from.title} to ${link.to.title}: ${amountText(link.amountSat)}`;
  return html`<path class="link k-${link.to.kind}" d="${path}" stroke-width="${pixels(Math.max(THINNEST_PX, link.width))}"><title>${words}</title></path>
`;
}

/** Second line of a node in at most two printed lines, broken at its first comma. */
function subtitleLines(subtitle: string, widthPx: number): string[] {
  const visible = visibleText(subtitle);
  if (visible === '') return [];
  const comma = visible.indexOf(', ');
  const parts = comma < 0 ? [visible] : [visible.slice(0, comma), visible.slice(comma + 2)];
  return parts.map((part) => fitText(part, widthPx, TEXT_SIZE_PX));
}

function barMarkup(place: PlacedNode): Markup {
  const height = Math.max(2, place.y1 - place.y0);
  const shape =
    place.node.kind === 'unspent' || place.node.kind === 'unresolved' || place.node.kind === 'cut' ? 'open' : 'bar';
  const dashed = place.node.kind === 'unresolved' || place.node.kind === 'cut' ? ' dashed' : '';
  return html`<rect class="${shape}${dashed}" x="${pixels(place.x0)}" y="${pixels(place.y0)}" width="${pixels(place.x1 - place.x0)}" height="${pixels(height)}" rx="1.5"/>`;
}

function nodeMarkup(place: PlacedNode, labelWidth: number, amountText: AmountText): Markup {
  const { node } = place;
  const lines = subtitleLines(node.subtitle, labelWidth);
  const x = pixels(place.x1 + 7);
  const lineCount = 2 + lines.length;
  const first = (place.y0 + place.y1) / 2 - ((lineCount - 1) * LINE_STEP_PX) / 2 + 4;
  const y = (line: number): string => pixels(first + line * LINE_STEP_PX);
  const amount = amountText(place.amountSat);
  const tooltip = `${flowNodeText(node)}; ${amount}; ${node.reference}`;
  return html`<g class="k-${node.kind}"><title>${tooltip}</title>${barMarkup(place)}<g class="halo"><text class="name" x="${x}" y="${y(0)}">${fitText(node.title, labelWidth, TITLE_SIZE_PX)}</text><text x="${x}" y="${y(1)}">${amount} <tspan class="mark" dx="3">${FLOW_KIND_MARKS[node.kind]}</tspan></text>${lines.map((line, index) => html`<text class="small" x="${x}" y="${y(2 + index)}">${line}</text>`)}</g></g>
`;
}

function describe(layout: FlowLayout, rule: string, amountText: AmountText): string {
  if (layout.kind === 'empty') return layout.reason;
  const ends = layout.nodes.filter((place) => place.node.kind !== 'seed' && place.node.kind !== 'transaction');
  const words = ends.map(
    (place) => `${amountText(place.amountSat)} ${FLOW_KIND_WORDS[place.node.kind]} ${place.node.title}`,
  );
  return `Under the rule ${rule}, money moves from left to right and rests at: ${words.join('; ')}.`;
}

/** How a flow picture is asked for. */
export interface FlowFigureOptions {
  rule: string;
  id: string;
  standalone: boolean;
  /** Amounts in text; bitcoin where left out. */
  amountText?: AmountText;
}

/** The flow of one rule as markup: an SVG, or a sentence where there is nothing to draw. */
export function flowFigure(report: Pick<TraceReport, 'flow'>, options: FlowFigureOptions): Markup {
  const { rule, id, standalone, amountText = btcAmount } = options;
  const layout = layoutFlow(report.flow, rule);
  const title = `Flow of taint under the rule ${rule}`;
  const description = describe(layout, rule, amountText);
  if (layout.kind === 'empty') {
    if (!standalone) return html`<p class="empty">${layout.reason}</p>`;
    const sentence = html`<text x="16" y="36">${layout.reason}</text>`;
    return svgElement({ id, width: 900, height: 60, title, description, standalone }, sentence);
  }
  const { width, height } = layout;
  const body = html`<g>
${layout.links.map((link) => linkMarkup(link, amountText))}</g>
<g>
${layout.nodes.map((place) => nodeMarkup(place, layout.labelWidth, amountText))}</g>`;
  return svgElement({ id, width, height, title, description, standalone }, body);
}

/** Sentence on links of a rule that name a node the report does not hold; empty when there are none. */
export function danglingText(report: TraceReport, rule: string): string {
  const { dangling } = usedLinks(report.flow, rule);
  return dangling === 0
    ? ''
    : `${countText(dangling, 'link names', 'links name')} a node this report does not hold; listed in the table, not drawn.`;
}

/** Legend of node kinds that occur: mark and word, so that colour is not needed. */
export function flowLegend(report: Pick<TraceReport, 'flow'>): Markup {
  const present = new Set(report.flow.nodes.map((node) => node.kind));
  const kinds = (Object.keys(FLOW_KIND_WORDS) as Array<FlowNode['kind']>).filter((kind) => present.has(kind));
  if (kinds.length === 0) return EMPTY;
  return html`<ul class="legend">${kinds.map((kind) => html`<li class="k-${kind}"><b>${FLOW_KIND_MARKS[kind]}</b> ${FLOW_KIND_WORDS[kind]}</li>`)}</ul>`;
}

/** The flow picture as a stand-alone SVG file, for the first rule of the trace or the one named. Colours follow the viewer's light or dark setting. */
export function flowSvg(report: TraceReport, rule: string = ruleNames(report)[0] ?? ''): string {
  return `${flowFigure(report, { rule, id: 'flow', standalone: true }).text}\n`;
}
