/** A verdict asked for once more as of now, and why it came out otherwise: tags, facts, rules, or the program itself. */
import type { Screening, ScreeningClaim } from '../../screen/index.ts';
import type { CaseContext } from '../context.ts';
import { type Kept, keptScreening, replayScreening } from './kept.ts';
import { ScreenDesk, type ScreenOptions } from './screen.ts';
import type { KeptReads } from './view.ts';

/** Two verdicts on one question. */
export interface ScreeningDifference {
  readonly schema: 'spoor.screening-difference/1';
  readonly before: Pick<Screening, 'id' | 'as_of'> & { readonly level: string; readonly reasons: readonly string[] };
  readonly after: Pick<Screening, 'id' | 'as_of'> & { readonly level: string; readonly reasons: readonly string[] };
  readonly changed: boolean;
  /** Rows whose amount is another now, base units; null where there was, or is, none. */
  readonly exposure: ReadonlyArray<{
    readonly direction: string;
    readonly method: string;
    readonly what: string;
    readonly before: string | null;
    readonly after: string | null;
  }>;
  /** What differs in what the two rest on. `what`: `tag-new`, `tag-gone`, `facts`, `rules`, `clusters`, `prices` or `engine`. */
  readonly causes: ReadonlyArray<{ readonly what: string; readonly detail: string }>;
  readonly answer: Screening;
}

const SHOWN = 20;

/** Screens the subject of a kept verdict again, as of now or as the options say. Throws NOT_FOUND and VERIFY_FAILED. */
export function screenAgain(context: CaseContext, id: string, options: ScreenOptions = {}): ScreeningDifference {
  const kept = keptScreening(context, id);
  const before = replayScreening(context, id);
  // As of now: the day of then is dropped, or the answer could not be another.
  const { as_of: _then, ...request } = kept.request;
  const { answer, resolved, reads, found } = new ScreenDesk(context, options).screenWhole(request);
  const exposure = amountChanges(before, answer);
  const causes = causesOf(kept.record, { resolved, reads, found });
  const side = (one: Screening): ScreeningDifference['before'] => ({
    id: one.id,
    as_of: one.as_of,
    level: one.risk.level,
    reasons: one.risk.reasons,
  });
  const changed = before.risk.level !== answer.risk.level || exposure.length > 0 || !sameReasons(before, answer);
  return {
    schema: 'spoor.screening-difference/1',
    before: side(before),
    after: side(answer),
    changed,
    exposure,
    causes,
    answer,
  };
}

function sameReasons(a: Screening, b: Screening): boolean {
  return [...a.risk.reasons].sort().join() === [...b.risk.reasons].sort().join();
}

function amountChanges(before: Screening, after: Screening): ScreeningDifference['exposure'] {
  const rows = (answer: Screening): Map<string, { at: [string, string, string]; raw: string | null }> =>
    new Map(
      [
        ...answer.exposure.map((row) => ({ row, what: `${row.kind} ${row.category} ${row.actor ?? ''}`.trim() })),
        ...answer.remainder.map((row) => ({ row, what: `${row.part} ${row.reason}` })),
      ].map(({ row, what }) => {
        const at: [string, string, string] = [row.direction, row.method, what];
        return [at.join('\n'), { at, raw: row.amount?.raw ?? null }];
      }),
    );
  const then = rows(before);
  const now = rows(after);
  return [...new Set([...then.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [was, is] = [then.get(key), now.get(key)];
    if (was !== undefined && is !== undefined && was.raw === is.raw) return [];
    const [direction, method, what] = (was ?? is)?.at ?? ['', '', ''];
    return [{ direction, method, what, before: was?.raw ?? null, after: is?.raw ?? null }];
  });
}

type Basis = Pick<Kept, 'resolved' | 'reads' | 'found'>;

function causesOf(then: Basis, now: Basis): Array<{ what: string; detail: string }> {
  const causes: Array<{ what: string; detail: string }> = [];
  const claims = [claimsOf(then), claimsOf(now)] as const;
  for (const [what, has, lacks] of [
    ['tag-new', claims[1], claims[0]],
    ['tag-gone', claims[0], claims[1]],
  ] as const)
    for (const [key, text] of has) if (!lacks.has(key)) causes.push({ what, detail: text });
  causes.push(...factCauses(then.reads, now.reads), ...readCauses(then.found, now.found));
  const { rules, asOf } = then.resolved;
  if (rules.sha256 !== now.resolved.rules.sha256)
    causes.push({ what: 'rules', detail: `rules ${rules.name} were ${rules.sha256}` });
  if (asOf.clusters !== now.resolved.asOf.clusters)
    causes.push({ what: 'clusters', detail: `clusters were those of ${asOf.clusters ?? 'no run'}` });
  const [valued, valuedNow] = [pricesText(then.resolved), pricesText(now.resolved)];
  if (valued !== valuedNow) causes.push({ what: 'prices', detail: `prices were ${valued}` });
  if (asOf.engine !== now.resolved.asOf.engine) causes.push({ what: 'engine', detail: `made by ${asOf.engine}` });
  return causes;
}

function pricesText({ prices }: Basis['resolved']): string {
  if (prices === undefined) return 'not given';
  return prices.assets.map(({ asset, id, file }) => `${asset} ${id ?? `none of ${prices.day}`} (${file})`).join(', ');
}

/** Claims a verdict rests on, by address and tag. */
function claimsOf({ resolved, reads }: Basis): Map<string, string> {
  const found = new Map<string, string>();
  const put = (address: string, claim: ScreeningClaim): void => {
    const { tag_id, label, category, source } = claim;
    found.set(`${address} ${tag_id} ${category} ${label}`, `${address}: ${label} (${category}; ${tag_id}; ${source})`);
  };
  for (const claim of resolved.ownership) put(resolved.subject.text, claim);
  for (const [, { address, claims }] of reads.identities) for (const claim of claims) put(address, claim);
  return found;
}

/** Over accounts: transactions that only one of the two read. */
function readCauses(then: Kept['found'], now: Kept['found']): Array<{ what: string; detail: string }> {
  const [before, after] = [then?.transactions ?? [], now?.transactions ?? []];
  const tell = (hashes: readonly string[], words: string): Array<{ what: string; detail: string }> =>
    hashes.length === 0
      ? []
      : [{ what: 'facts', detail: `${hashes.length} transactions ${words}: ${hashes.slice(0, SHOWN).join(', ')}` }];
  const [known, knownNow] = [new Set(before), new Set(after)];
  return [
    ...tell(
      after.filter((hash) => !known.has(hash)),
      'were not read then',
    ),
    ...tell(
      before.filter((hash) => !knownNow.has(hash)),
      'were read then and are not now',
    ),
  ];
}

/** Transactions that only one of the two read, and those of which more, or something else, is known now. */
function factCauses(then: KeptReads, now: KeptReads): Array<{ what: string; detail: string }> {
  const before = new Map(then.frames.map(([tx, frame]) => [tx, JSON.stringify(frame)]));
  const texts = new Map([...then.transactions, ...now.transactions].map(([tx, { txid }]) => [tx, txid]));
  const differs = now.frames.filter(([tx, frame]) => before.get(tx) !== JSON.stringify(frame));
  const known = new Set(now.frames.map(([tx]) => tx));
  const gone = then.frames.filter(([tx]) => !known.has(tx));
  const told = (
    rows: ReadonlyArray<readonly [number, unknown]>,
    words: string,
  ): Array<{ what: string; detail: string }> => {
    if (rows.length === 0) return [];
    const named = rows.slice(0, SHOWN).map(([tx]) => texts.get(tx) ?? `transaction ${tx}`);
    return [{ what: 'facts', detail: `${rows.length} transactions ${words}: ${named.join(', ')}` }];
  };
  return [...told(differs, 'were not read then, or say more now'), ...told(gone, 'were read then and are not now')];
}
