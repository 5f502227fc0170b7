/** What a transaction looks like: the JSON contract `spoor.pattern/1` and its text. */
import { shortenMiddle, visibleText } from './escape.ts';
import { btcOf } from './money.ts';
import { textTable, wrapText } from './text-table.ts';

/** One condition with what was found; `holds` null where a fact is missing. */
export interface PatternCheck {
  rule: string;
  found: string;
  holds: boolean | null;
}

/** One detector's answer. Amounts decimal satoshi. */
export interface PatternDetection {
  detector: string;
  source: string;
  verdict: string;
  checks: PatternCheck[];
  participants: number | null;
  denominations: string[];
  confidence: number | null;
}

/** Where an input of a Whirlpool mix comes from. */
export interface PatternLineage {
  vin: number;
  source: string | null;
  role: string;
  holds: boolean | null;
}

/** An input or output with its place. */
export interface PatternCoin {
  place: number;
  address: string | null;
  value: string | null;
}

/**
 * Mappings of inputs to outputs. `links` counts, by output and input, the mappings in which both have one owner; empty
 * when not complete.
 */
export interface PatternMappings {
  verdict: string;
  steps: number;
  count: string;
  entropy: string | null;
  intrafees: { maker: string; taker: string };
  links: string[][];
}

/** One transaction. */
export interface PatternRow {
  txid: string;
  height: number | null;
  inputs: PatternCoin[];
  outputs: PatternCoin[];
  coinjoin: {
    verdict: string;
    family: string | null;
    detector: string | null;
    confidence: number | null;
    veto: string | null;
    sums: string;
    lineage: { holds: boolean | null; inputs: PatternLineage[] } | null;
  };
  tx0: { verdict: string; mixed: boolean | null; confidence: number | null };
  /** Null when an input's value is not known. */
  mappings: PatternMappings | null;
  detections: PatternDetection[];
  forms: PatternDetection[];
  small: Array<{ vout: number; value: string; dust: boolean; forced: boolean | null }>;
  peelChain: {
    verdict: string;
    hops: Array<{ txid: string; onwardVout: number | null }>;
    startedBy: string;
    endedBy: string;
  } | null;
}

/** `spoor pattern --json`, schema spoor.pattern/1. */
export interface PatternDocument {
  schema: 'spoor.pattern/1';
  params: Record<string, number | string>;
  transactions: PatternRow[];
}

/** Widest matrix that text shows; a wider one is in the JSON. */
const MAX_TEXT_INPUTS = 12;
const PERCENT_SCALE = 10_000n;

function answer(holds: boolean | null): string {
  if (holds === null) return '?';
  return holds ? 'yes' : 'NO';
}

function checkLines(detection: PatternDetection): string[] {
  const head = `  ${detection.detector}: ${detection.verdict}  (${detection.source})`;
  return [
    head,
    ...detection.checks.flatMap(({ rule, found, holds }) =>
      wrapText(`${answer(holds).padEnd(4)}${rule}: ${found}`, '    '),
    ),
  ];
}

/** Detectors that say yes or unknown with all they asked; the others by the first thing that spoke against them. */
function detectionLines(detections: readonly PatternDetection[]): string[] {
  const fitting = detections.filter(({ verdict }) => verdict !== 'no');
  const refused = detections
    .filter(({ verdict }) => verdict === 'no')
    .flatMap(({ detector, checks }) => {
      const against = checks.find(({ holds }) => holds === false);
      return wrapText(`${detector}: no, for want of "${against?.rule ?? ''}" (${against?.found ?? ''})`, '  ');
    });
  return [...fitting.flatMap(checkLines), ...refused];
}

/** A share of mappings as per cent with two places, rounded down so that all but all never prints as all. */
function linkText(part: string, count: string): string {
  if (count === '0') return '-';
  const scaled = (BigInt(part) * PERCENT_SCALE) / BigInt(count);
  const digits = String(scaled).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function mappingLines(row: PatternRow): string[] {
  const { mappings } = row;
  if (mappings === null) return ['  an input value is not known: nothing can be counted'];
  const { verdict, steps, count, entropy, links, intrafees } = mappings;
  const fees = `fees between owners: maker ${intrafees.maker} sat, taker ${intrafees.taker} sat`;
  if (verdict !== 'complete') return [`  ${verdict} after ${steps} steps; ${fees}`, '  raise --max-steps to count on'];
  const lines = [`  ${count} mappings, entropy ${entropy ?? 'none'} bits, ${steps} steps; ${fees}`];
  if (row.inputs.length > MAX_TEXT_INPUTS) return [...lines, '  link matrix: too wide for text, see --json'];
  const columns = [
    { head: 'same owner in % of mappings', align: 'left' } as const,
    ...row.inputs.map(({ place }) => ({ head: `in ${place}`, align: 'right' }) as const),
  ];
  const rows = row.outputs.map((output, at) => [
    `out ${output.place} ${btcOf(output.value ?? '0')} ${shortenMiddle(output.address ?? 'no address', 12)}`,
    ...(links[at] ?? []).map((part) => linkText(part, count)),
  ]);
  return [...lines, ...textTable(columns, rows)];
}

function verdictLine({ coinjoin }: PatternRow): string {
  const { verdict, family, detector, confidence, veto, sums } = coinjoin;
  const what = family === null ? '' : `, ${family} by ${detector ?? ''}`;
  const sure = confidence === null ? '' : `, confidence ${confidence}`;
  const against = veto === null ? '' : `, vetoed: ${veto}`;
  return `coinjoin: ${verdict}${what}${sure}${against}; by subset sums ${sums}`;
}

function lineageLines({ coinjoin, tx0 }: PatternRow): string[] {
  const lines: string[] = [];
  if (tx0.verdict === 'yes') {
    lines.push(`Whirlpool Tx0: yes, confidence ${tx0.confidence ?? 'none'}; spent by a mix: ${answer(tx0.mixed)}`);
  }
  if (coinjoin.lineage !== null) {
    lines.push(`lineage of the mix: ${answer(coinjoin.lineage.holds)}`);
    for (const { vin, source, role, holds } of coinjoin.lineage.inputs) {
      lines.push(`  in ${vin}  ${role.padEnd(7)}  ${answer(holds).padEnd(3)}  ${source ?? 'not in the case'}`);
    }
  }
  return lines;
}

function otherLines(row: PatternRow): string[] {
  const fitting = row.forms.filter(({ verdict }) => verdict !== 'no');
  const small = row.small.map(({ vout, value, dust, forced }) => {
    const reuse = forced === true ? ', forced reuse: its address received before' : '';
    return `  out ${vout}  ${value} sat  ${dust ? 'dust' : 'small'}${reuse}`;
  });
  const peel = row.peelChain;
  const chain =
    peel === null
      ? []
      : [
          `peel chain: ${peel.verdict}, ${peel.hops.length} transactions; starts: ${peel.startedBy}, ends: ${peel.endedBy}`,
          ...peel.hops.map(({ txid, onwardVout }) => `  ${txid}${onwardVout === null ? '' : `:${onwardVout}`}`),
        ];
  return [
    ...(fitting.length === 0 ? ['forms: none'] : ['forms', ...fitting.flatMap(checkLines)]),
    ...(small.length === 0 ? [] : ['small outputs', ...small]),
    ...chain,
  ];
}

/** The document for people. */
export function renderPatternText(document: PatternDocument): string {
  const params = Object.entries(document.params).map(([name, value]) => `${name} ${value}`);
  const blocks = document.transactions.map((row) => [
    `${row.txid}  block ${row.height ?? 'unknown'}  ${row.inputs.length} inputs, ${row.outputs.length} outputs`,
    verdictLine(row),
    ...lineageLines(row),
    'detectors',
    ...detectionLines(row.detections),
    'mappings of inputs to outputs',
    ...mappingLines(row),
    ...otherLines(row),
    '',
  ]);
  return [...blocks.flat(), ...wrapText(`parameters: ${params.join(', ')}`)].map(visibleText).join('\n');
}
