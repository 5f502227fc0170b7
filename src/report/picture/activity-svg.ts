/** When a subject acted, as a picture: for each clock one row of bars for receipts and one for spends. */
import { html, type Markup } from '../escape.ts';
import { fitText, pixels, svgElement } from './svg.ts';

/** Weekdays in the order of the counts. */
export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** Counts by hour from midnight and by weekday from Monday. */
export interface ActivityCounts {
  readonly hours: readonly number[];
  readonly weekdays: readonly number[];
}

/** What the picture shows. */
export interface ActivityPlot {
  readonly subject: string;
  /** What the picture claims, under the title. */
  readonly claim: string;
  readonly clocks: ReadonlyArray<{
    readonly offset: string;
    readonly receipts: ActivityCounts;
    readonly spends: ActivityCounts;
  }>;
}

const WIDTH = 900;
const LEFT = 150;
const HOUR = 20;
const DAY = 32;
const DAYS_LEFT = LEFT + 24 * HOUR + 40;
const TOP = 78;
const BARS = 56;
const ROW = BARS + 44;
const NAME_SIZE = 12.5;
const SMALL_SIZE = 10.5;
const CLAIM_LINE = 14;

/** The picture as a stand-alone SVG. Each group of bars has a scale of its own; its largest count is written on it. */
export function activitySvg({ subject, claim, clocks }: ActivityPlot): string {
  const rows = clocks.flatMap(({ offset, receipts, spends }) => [
    { name: `receipts, UTC${offset}`, kind: 'k-receipt', counts: receipts },
    { name: `spends, UTC${offset}`, kind: 'k-transaction', counts: spends },
  ]);
  const title = `Activity of ${subject}`;
  const lines = claim.split(/(?<=[.:]) /);
  const top = TOP + lines.length * CLAIM_LINE - CLAIM_LINE;
  const body = html`<text class="name" x="12" y="24">${fitText(title, WIDTH - 24, NAME_SIZE)}</text>
${lines.map((line, index) => html`<text class="small" x="12" y="${44 + index * CLAIM_LINE}">${fitText(line, WIDTH - 24, SMALL_SIZE)}</text>`)}
${rows.map((row, index) => rowMarkup(row, top + index * ROW))}`;
  const height = top + rows.length * ROW;
  const description = `Transactions by hour of day and by weekday. ${claim}`;
  return `${svgElement({ id: 'activity', width: WIDTH, height, title, description, standalone: true }, body).text}\n`;
}

function rowMarkup(
  row: { readonly name: string; readonly kind: string; readonly counts: ActivityCounts },
  top: number,
): Markup {
  const { hours, weekdays } = row.counts;
  const hourNames = hours.map((_, hour) => (hour % 3 === 0 ? String(hour).padStart(2, '0') : ''));
  return html`<g class="${row.kind}"><text x="${LEFT - 14}" y="${top + BARS}" text-anchor="end">${row.name}</text>
${barsMarkup(hours, hourNames, { left: LEFT, step: HOUR, top })}
${barsMarkup(weekdays, WEEKDAYS, { left: DAYS_LEFT, step: DAY, top })}</g>`;
}

function barsMarkup(
  counts: readonly number[],
  names: readonly string[],
  at: { readonly left: number; readonly step: number; readonly top: number },
): Markup {
  const { left, step, top } = at;
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const bars = counts.map((count, index) => {
    const x = left + index * step;
    const height = most === 0 ? 0 : (count / most) * BARS;
    const middle = pixels(x + step / 2);
    const number =
      count === 0 || count !== most
        ? ''
        : html`<text class="small" x="${middle}" y="${top - 4}" text-anchor="middle">${count}</text>`;
    return html`<rect class="bar" x="${x + 2}" y="${pixels(top + BARS - height)}" width="${step - 4}" height="${pixels(height)}"><title>${count}</title></rect>${number}<text class="small" x="${middle}" y="${top + BARS + 14}" text-anchor="middle">${names[index] ?? ''}</text>`;
  });
  const right = left + counts.length * step;
  return html`<line class="line" x1="${left}" y1="${top + BARS}" x2="${right}" y2="${top + BARS}"/>${bars}`;
}
