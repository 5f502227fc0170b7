/** One metric of a study as a picture: for each rule a box for the seeds and one for the controls, on one axis. */
import { cellText, type DataType } from '../data-table.ts';
import { html, type Markup } from '../escape.ts';
import { fitText, pixels, svgElement } from './svg.ts';

/** Where values of one group under one rule lie; null when it has none. */
export interface MetricBox {
  readonly least: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly most: number;
}

/** One rule of the picture. */
export interface MetricRow {
  readonly rule: string;
  readonly groups: ReadonlyArray<{
    readonly group: 'seed' | 'control';
    readonly count: number;
    readonly box: MetricBox | null;
  }>;
  /** Two-sided p of seeds against controls; null when there was nothing to test. */
  readonly p: number | null;
}

/** A metric with its rows. */
export interface MetricPlot {
  readonly name: string;
  readonly meaning: string;
  readonly type: DataType;
  readonly rows: readonly MetricRow[];
}

const WIDTH = 760;
const LEFT = 210;
const RIGHT = 110;
const TOP = 64;
const LANE = 22;
const GAP = 12;
const BOX = 12;
const FONT = 11.5;

/** The picture as a stand-alone SVG. */
export function metricSvg(plot: MetricPlot): string {
  const boxes = plot.rows.flatMap(({ groups }) => groups.flatMap(({ box }) => box ?? []));
  const low = boxes.reduce((least, box) => Math.min(least, box.least), boxes[0]?.least ?? 0);
  const high = boxes.reduce((most, box) => Math.max(most, box.most), boxes[0]?.most ?? 0);
  const room = WIDTH - LEFT - RIGHT;
  const x = (value: number): number => LEFT + (high === low ? room / 2 : ((value - low) / (high - low)) * room);
  const tops = rowTops(plot.rows);
  const height = TOP + tops.height + 40;
  const body = [
    html`<text class="name" x="12" y="24">${plot.name}</text><text class="small" x="12" y="42">${fitText(plot.meaning, WIDTH - 24, 10.5)}</text>`,
    ...plot.rows.map((row, index) => rowMarkup(row, TOP + tops.at[index], x)),
    axis(plot, { low, high, y: TOP + tops.height, x }),
  ];
  const description = `${plot.meaning}. Whiskers from the least to the most, box from quartile to quartile, line at the median.`;
  return `${svgElement({ id: 'metric', width: WIDTH, height, title: plot.name, description, standalone: true }, html`${body}`).text}\n`;
}

function rowTops(rows: readonly MetricRow[]): { at: number[]; height: number } {
  let height = 0;
  const at = rows.map(({ groups }) => {
    const top = height;
    height += groups.length * LANE + GAP;
    return top;
  });
  return { at, height };
}

function rowMarkup(row: MetricRow, top: number, x: (value: number) => number): Markup {
  const lanes = row.groups.map(({ group, count, box }, index) => {
    const middle = top + index * LANE + LANE / 2;
    const name = `${index === 0 ? `${row.rule}  ` : ''}${group} (${count})`;
    const label = html`<text x="${LEFT - 10}" y="${pixels(middle + 4)}" text-anchor="end">${fitText(name, LEFT - 20, FONT)}</text>`;
    return html`${label}${box === null ? html`<text class="small" x="${LEFT}" y="${pixels(middle + 4)}">not defined</text>` : boxMarkup(box, { group, middle, x })}`;
  });
  const p = row.p === null ? '' : `p ${cellText('chance', row.p)}`;
  return html`<g>${lanes}<text class="small" x="${WIDTH - RIGHT + 10}" y="${pixels(top + LANE)}">${p}</text></g>`;
}

function boxMarkup(
  box: MetricBox,
  at: { group: 'seed' | 'control'; middle: number; x: (value: number) => number },
): Markup {
  const { middle, x } = at;
  const kind = at.group === 'seed' ? 'k-seed' : 'k-transaction';
  const left = x(box.lowerQuartile);
  const width = Math.max(1, x(box.upperQuartile) - left);
  const median = pixels(x(box.median));
  return html`<g class="${kind}"><line class="line" x1="${pixels(x(box.least))}" y1="${pixels(middle)}" x2="${pixels(x(box.most))}" y2="${pixels(middle)}" style="stroke:var(--kind)"/><rect class="dot" x="${pixels(left)}" y="${pixels(middle - BOX / 2)}" width="${pixels(width)}" height="${BOX}"/><line x1="${median}" y1="${pixels(middle - BOX / 2)}" x2="${median}" y2="${pixels(middle + BOX / 2)}" style="stroke:var(--ink);stroke-width:2px"/></g>`;
}

function axis(plot: MetricPlot, scale: { low: number; high: number; y: number; x: (value: number) => number }): Markup {
  const { low, high, y } = scale;
  const ends = high === low ? [low] : [low, high];
  const ticks = ends.map((value, index) => {
    const anchor = ends.length === 1 ? 'middle' : index === 0 ? 'start' : 'end';
    return html`<text class="small" x="${pixels(scale.x(value))}" y="${pixels(y + 18)}" text-anchor="${anchor}">${cellText(plot.type, value)}</text>`;
  });
  return html`<line class="line" x1="${LEFT}" y1="${pixels(y)}" x2="${WIDTH - RIGHT}" y2="${pixels(y)}"/>${ticks}`;
}
