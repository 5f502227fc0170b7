/** A screening for people: the whole answer as text, and an explanation in plain words that may be handed to a customer. */
import type { Screening, ScreeningAlert, ScreeningExposure, ScreeningPath } from '../screen/index.ts';
import { percentOf } from './money.ts';
import { textTable, wrapText } from './text-table.ts';
import { utcTextOr } from './time.ts';
import { countText } from './words.ts';

const LEVEL_WORDS: Readonly<Record<string, string>> = {
  none: 'nothing found, and enough is known to say so',
  unknown: 'nothing found, but too little is known to call it clean',
  low: 'a low risk',
  medium: 'a medium risk',
  high: 'a high risk',
  severe: 'a severe risk',
};

const PART_WORDS: Readonly<Record<string, string>> = {
  mined: 'newly mined coins',
  untraced: 'not traced',
  dust: 'dust, not followed',
  unspent: 'not spent yet',
  fee: 'paid as fees',
  burned: 'burned',
};

function amountText({ amount }: { amount: ScreeningExposure['amount'] }): string {
  if (amount === null) return 'any path';
  return `${amount.value} ${amount.asset}${amount.usd === null ? '' : ` (${amount.usd} USD)`}`;
}

function whoText({ actor, campaign }: Pick<ScreeningExposure, 'actor' | 'campaign'>): string {
  const names = [actor, campaign].filter((name) => name !== null);
  return names.length === 0 ? '' : ` (${names.join('; ')})`;
}

function intervalText({ interval }: Pick<ScreeningExposure, 'interval'>): string {
  if (interval === null || interval.low === interval.high) return '';
  return `; ${interval.low} to ${interval.high} base units over ${interval.over.join(', ')}`;
}

function shareText(share: string | null): string {
  return share === null ? '-' : percentOf(share);
}

function wayText(direction: string): string {
  return direction === 'source' ? 'came from' : 'went to';
}

/** The answer as text, trailing line break. */
export function renderScreening(answer: Screening): string {
  const { subject, risk, as_of, coverage, sanctions } = answer;
  const lines = [
    ...wrapText(`${subject.text} (${subject.type} on ${subject.network}, ${answer.direction})`),
    ...wrapText(`level ${risk.level}: ${LEVEL_WORDS[risk.level] ?? ''}; action ${risk.action}; ${answer.id}`, '  '),
    ...wrapText(`rules ${risk.basis}, facts up to block ${as_of.height}, status ${answer.status}`, '  '),
    ...(risk.score === null ? [] : [`  score ${risk.score} of 100, the largest of:`]),
    ...risk.score_terms.flatMap(({ rule, score, formula }) => wrapText(`${rule} ${score} = ${formula}`, '    ')),
    '',
    ...answer.ownership.flatMap((claim) => wrapText(claimText(claim), '  ')),
    ...wrapText(
      sanctions.match === null
        ? 'sanctions: not checked, the case holds no list'
        : `sanctions: ${sanctions.match ? 'LISTED' : 'no match'} in ${sanctions.lists.join(', ')}`,
      '  ',
    ),
    '',
    ...compositionLines(answer),
    ...answer.alerts.flatMap((alert) => alertLines(alert, answer.paths)),
    ...answer.attributions.flatMap((row) =>
      wrapText(`${row.campaign ?? row.actor}: ${row.certainty} to ${row.name} (${row.source})`, '  '),
    ),
    `Coverage: ${coverage.complete ? 'complete' : 'not complete'}, ${countText(coverage.transactions_read, 'transaction', 'transactions')} read`,
    ...coverage.gaps.flatMap((gap) =>
      wrapText(
        `${gap.kind}${gap.value === null ? ' at' : ` ${gap.value} behind`} ${gap.subject}: ${gap.detail}`,
        '  - ',
      ),
    ),
    ...(coverage.more_gaps === 0 ? [] : [`  and ${coverage.more_gaps} more`]),
  ];
  return `${lines.join('\n')}\n`;
}

function compositionLines(answer: Screening): string[] {
  const rows = [
    ...answer.exposure.map((row) => ({
      ...row,
      what: `${row.kind} ${row.category}${whoText(row)}, from ${row.min_hops} away${intervalText(row)}`,
    })),
    ...answer.remainder.map((row) => ({ ...row, what: `${PART_WORDS[row.part]}: ${row.reason}` })),
  ];
  return answer.screened.flatMap(({ direction, amount, outputs }) => [
    `${amount.value} ${amount.asset} on ${countText(outputs, 'output', 'outputs')} ${wayText(direction)}`,
    ...textTable(
      [
        { head: 'method', align: 'left' },
        { head: 'share', align: 'right' },
        { head: 'amount', align: 'right' },
        { head: 'what', align: 'left' },
      ],
      rows
        .filter((row) => row.direction === direction)
        .map((row) => [row.method, shareText(row.share), amountText(row), row.what]),
      '  ',
    ),
    '',
  ]);
}

function alertLines(alert: ScreeningAlert, paths: readonly ScreeningPath[]): string[] {
  const { rule, level, method, share, entities } = alert;
  const amounts = Object.entries(alert.amounts).map(([name, raw]) => `${name} ${raw}`);
  return [
    ...wrapText(`${level}: ${rule.name} [${rule.id}@${rule.version}, ${alert.action}]`),
    ...(method === null
      ? []
      : wrapText(`${amountText(alert)} (${shareText(share)}) by ${method}; base units: ${amounts.join(', ')}`, '  ')),
    ...entities.flatMap((one) =>
      wrapText(
        `${one.address} ${one.label}${one.amount === null ? '' : ` ${one.amount.value}`}, ${countText(one.hops, 'hop', 'hops')}`,
        '  ',
      ),
    ),
    ...paths
      .filter(({ id }) => alert.paths.includes(id))
      .slice(0, 1)
      .flatMap(pathLines),
    '',
  ];
}

function pathLines({ from, steps }: ScreeningPath): string[] {
  return [
    ...wrapText(`path from ${from.place} (${from.address ?? 'no address'})`, '  '),
    ...steps.flatMap((step) => wrapText(`${utcTextOr(step.timestamp_sec)} to ${step.to}`, '    ')),
  ];
}

/** The explanation pack: plain words, no rule ids, nothing that is not in the answer. Trailing line break. */
export function renderExplanation(answer: Screening): string {
  const { subject, risk, as_of, coverage } = answer;
  const what = subject.type === 'transfer' ? `the payment ${subject.text}` : `the address ${subject.text}`;
  const known = coverage.complete
    ? 'The whole history that matters was known to us.'
    : 'Part of the history was not known to us; what is not known was not counted as clean, nor as tainted.';
  const paragraphs = [
    `What we looked at: ${what} on ${subject.network}, with what was recorded up to block ${as_of.height}${as_of.known_at === null ? '' : ` and known on ${as_of.known_at}`}.`,
    `What came out: ${LEVEL_WORDS[risk.level] ?? risk.level}.`,
    ...answer.alerts.map((alert) => reasonText(alert, answer.ownership)),
    ...answer.attributions.map(
      (row) =>
        `Who that is: ${row.campaign ?? row.actor} is ${row.certainty} to ${row.name}, according to ${row.source}.`,
    ),
    known,
    'How we count: where money of several origins is mixed we use published conventions, such as in proportion (haircut) and first in, first out (FIFO), and show each. None says that one particular coin was handed on.',
    'A name beside an address is a claim of the source named with it. It says who is thought to control the address, not that you do, or knew.',
    'What you can do: show where this money came from, for example the payment, invoice or account statement behind it. If a claim about an address is wrong, tell us which, and it can be corrected and this result made again.',
    `Reference: ${answer.id}, rules ${risk.basis}. The result can be reproduced from the record kept under this reference.`,
  ];
  return `${paragraphs.flatMap((text) => [...wrapText(text), '']).join('\n')}`;
}

/** A claim with whom it is about: the address itself, or another one of its cluster, and then how sure that leaves it. */
function claimText(claim: Screening['ownership'][number]): string {
  const { label, categories, confidence, confidence_level: level, source, inherited, contested } = claim;
  const what = `${label} (${categories.join(', ')}; ${confidence}; ${source})`;
  if (!inherited) return `said of the address: ${what}`;
  const against = contested === undefined ? '' : `; contested: ${contested}`;
  return `said of another address of its cluster: ${what}, level ${level} by that link${against}`;
}

function reasonText(alert: ScreeningAlert, ownership: Screening['ownership']): string {
  const { exposure_kind: kind, entities, categories } = alert;
  const names = [...new Set(entities.map(({ label }) => label))].join(', ');
  if (kind === 'ownership') {
    const behind = ownership.filter((claim) => claim.categories.some((category) => categories.includes(category)));
    const who = behind.every(({ inherited }) => inherited)
      ? 'an address that is held to be of the same owner'
      : 'the address itself';
    return `Reason: ${who} is listed or named as ${categories.join(', ')}.`;
  }
  const way = alert.direction === 'source' ? 'came from' : 'went to';
  const how =
    kind === 'direct'
      ? 'directly'
      : `over others, the nearest ${countText(alert.min_hops ?? 0, 'payment', 'payments')} away`;
  const much = alert.amount === null ? 'some of it' : `${amountText(alert)} (${shareText(alert.share)})`;
  const where = names === '' ? categories.join(', ') : `${names} (${categories.join(', ')})`;
  return `Reason: ${much} ${way} ${where}, ${how}.`;
}
