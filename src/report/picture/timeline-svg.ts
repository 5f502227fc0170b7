/** The time line: one lane per wallet or service on a common UTC axis, as SVG. */
import { html, type Markup } from '../escape.ts';
import type { TimelineRow, TraceReport } from '../model.ts';
import { btcOf } from '../money.ts';
import { durationText, timeTicks, utcText } from '../time.ts';
import { countText, TIMELINE_WORDS } from '../words.ts';
import { fitText, pixels, svgElement, textWidthPx } from './svg.ts';
import {
  AXIS_LEFT_PX,
  AXIS_RIGHT_PX,
  axisX,
  LANE_HEIGHT_PX,
  layoutTimeline,
  type TimelineLane,
  type TimelineLayout,
  type TimelineSign,
} from './timeline-layout.ts';

const WIDTH_PX = 1150;
const TOP_PX = 26;
const AXIS_HEIGHT_PX = 34;
const LABEL_SIZE_PX = 10.5;
/** Size of a lane's name, with a tenth added because bold letters are wider. */
const NAME_SIZE_PX = 13.75;
const MARKER_RADIUS_PX = 8;

/** Words of one sign: how many events of which kind, how much, when. */
export function signText(sign: TimelineSign): string {
  const words = TIMELINE_WORDS[sign.kind];
  const when =
    sign.firstSec === sign.lastSec ? utcText(sign.firstSec) : `${utcText(sign.firstSec)} to ${utcText(sign.lastSec)}`;
  return `${countText(sign.count, words.one, words.many)}, ${btcOf(sign.valueSat)} BTC, ${when}`;
}

function receiptMarkup(sign: TimelineSign, y: number): Markup {
  return html`<circle class="dot k-receipt" cx="${pixels(sign.x)}" cy="${pixels(y)}" r="${pixels(sign.radius)}"><title>${signText(sign)}</title></circle>
`;
}

/** Moves are diamonds, arrivals squares, each with its letter: the shape says what the colour says. */
function markerMarkup(sign: TimelineSign, y: number): Markup {
  const x = pixels(sign.x);
  const r = MARKER_RADIUS_PX;
  const shape =
    sign.kind === 'service'
      ? html`<rect class="solid" x="${pixels(sign.x - r)}" y="${pixels(y - r)}" width="${2 * r}" height="${2 * r}" rx="2"/>`
      : html`<path class="solid" d="M${x},${pixels(y - r - 2)}L${pixels(sign.x + r + 2)},${pixels(y)}L${x},${pixels(y + r + 2)}L${pixels(sign.x - r - 2)},${pixels(y)}Z"/>`;
  return html`<g class="k-${sign.kind}"><title>${signText(sign)}; ${sign.references.join(', ')}</title>${shape}<text class="solid-letter" x="${x}" y="${pixels(y + 3.2)}" text-anchor="middle">${TIMELINE_WORDS[sign.kind].letter}</text></g>
`;
}

/** Free stretches of the two label rows of a lane (above and below the signs). */
class LabelRows {
  private readonly taken: Array<Array<readonly [number, number]>> = [[], []];

  /** Row 0 or 1 that is free from `from` to `to`, now taken; null when both are used there. */
  take(from: number, to: number): number | null {
    const row = this.taken.findIndex((spans) => spans.every(([start, end]) => to < start || from > end));
    if (row < 0) return null;
    this.taken[row]?.push([from, to]);
    return row;
  }
}

/** Amounts beside moves and arrivals. A label that finds no free place is left to the tooltip and the table. */
function markerLabels(signs: readonly TimelineSign[], y: number): Markup[] {
  const rows = new LabelRows();
  return signs.flatMap((sign) => {
    const count = sign.count > 1 ? `${sign.count} × ` : '';
    const text = `${count}${sign.count > 1 ? 'Σ ' : ''}${btcOf(sign.valueSat)} BTC`;
    const width = textWidthPx(text, LABEL_SIZE_PX);
    const left = Math.min(AXIS_RIGHT_PX + 24 - width, Math.max(AXIS_LEFT_PX, sign.x - width / 2));
    const row = rows.take(left - 4, left + width + 4);
    if (row === null) return [];
    const baseline = row === 0 ? y - 15 : y + 23;
    return [
      html`<text class="small" x="${pixels(left)}" y="${pixels(baseline)}" textLength="${pixels(width)}" lengthAdjust="spacingAndGlyphs">${text}</text>
`,
    ];
  });
}

function laneCaption(lane: TimelineLane): string {
  const receipts = lane.signs.filter((sign) => sign.kind === 'receipt');
  if (receipts.length === 0) return '';
  const count = receipts.reduce((sum, sign) => sum + sign.count, 0);
  return `${countText(count, 'receipt', 'receipts')}${lane.perDay ? ', per day' : ''}`;
}

function laneMarkup(lane: TimelineLane, index: number): Markup {
  const y = TOP_PX + index * LANE_HEIGHT_PX + LANE_HEIGHT_PX / 2;
  const receipts = lane.signs.filter((sign) => sign.kind === 'receipt');
  const markers = lane.signs.filter((sign) => sign.kind !== 'receipt');
  const nameWidth = AXIS_LEFT_PX - 22;
  return html`<g><path class="line" d="M${AXIS_LEFT_PX},${pixels(y)}H${AXIS_RIGHT_PX}"/><text class="name" x="2" y="${pixels(y - 1)}">${fitText(lane.name, nameWidth, NAME_SIZE_PX)}<title>${lane.name}</title></text><text class="small" x="2" y="${pixels(y + 13)}">${laneCaption(lane)}</text>
${receipts.map((sign) => receiptMarkup(sign, y))}${markers.map((sign) => markerMarkup(sign, y))}<g class="halo">${markerLabels(markers, y)}</g></g>
`;
}

function quietMarkup(layout: TimelineLayout, bottom: number): Markup[] {
  return layout.quiet.map((stretch) => {
    const left = axisX(stretch.fromSec, layout);
    const right = axisX(stretch.toSec, layout);
    const words = `${durationText(stretch.toSec - stretch.fromSec)} without an event`;
    const text =
      textWidthPx(words, LABEL_SIZE_PX) < right - left ? words : durationText(stretch.toSec - stretch.fromSec);
    return html`<rect class="quiet" x="${pixels(left)}" y="${TOP_PX}" width="${pixels(right - left)}" height="${pixels(bottom - TOP_PX)}"/><text class="small" x="${pixels((left + right) / 2)}" y="${TOP_PX - 8}" text-anchor="middle">${text}</text>
`;
  });
}

function axisMarkup(layout: TimelineLayout, bottom: number): Markup {
  const ticks = timeTicks(layout.fromSec, layout.toSec);
  return html`<path class="line" d="M${AXIS_LEFT_PX},${bottom}H${AXIS_RIGHT_PX}"/>
${ticks.map((tick) => {
  const x = pixels(axisX(tick.timestampSec, layout));
  return html`<path class="line" d="M${x},${TOP_PX}V${bottom + 5}"/><text class="small" x="${x}" y="${bottom + 18}" text-anchor="middle">${tick.label}</text>
`;
})}<text class="small" x="2" y="${bottom + 18}">UTC</text>
`;
}

function describe(layout: TimelineLayout, rows: readonly TimelineRow[]): string {
  const parts = (['receipt', 'move', 'service'] as const).flatMap((kind) => {
    const count = rows.filter((row) => row.kind === kind).length;
    return count === 0 ? [] : [countText(count, TIMELINE_WORDS[kind].one, TIMELINE_WORDS[kind].many)];
  });
  const quiet = layout.quiet.map(
    (stretch) =>
      ` Nothing happens for ${durationText(stretch.toSec - stretch.fromSec)} after ${utcText(stretch.fromSec)}.`,
  );
  return `${parts.join(', ')} in ${countText(layout.lanes.length, 'lane', 'lanes')}.${quiet.join('')}`;
}

/** How a time line is asked for. */
export interface TimelineFigureOptions {
  id: string;
  standalone: boolean;
}

/** The time line as markup: an SVG, or a sentence where the report holds no timed event. */
export function timelineFigure(report: TraceReport, options: TimelineFigureOptions): Markup {
  const layout = layoutTimeline(report.timeline);
  const title = 'Time line of receipts, moves and arrivals at services';
  if (layout === null) {
    const sentence = 'No event of this report has a time: there is no time line to draw.';
    if (!options.standalone) return html`<p class="empty">${sentence}</p>`;
    const text = html`<text x="16" y="36">${sentence}</text>`;
    return svgElement({ ...options, width: 900, height: 60, title, description: sentence }, text);
  }
  const bottom = TOP_PX + layout.lanes.length * LANE_HEIGHT_PX;
  const body = html`${quietMarkup(layout, bottom)}${axisMarkup(layout, bottom)}${layout.lanes.map(laneMarkup)}`;
  const description = describe(layout, report.timeline);
  return svgElement({ ...options, width: WIDTH_PX, height: bottom + AXIS_HEIGHT_PX, title, description }, body);
}

/** The time line as a stand-alone SVG file. Colours follow the viewer's light or dark setting. */
export function timelineSvg(report: TraceReport): string {
  return `${timelineFigure(report, { id: 'timeline', standalone: true }).text}\n`;
}
