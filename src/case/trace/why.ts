/**
 * The verb `why`: from one tainted output back to its seeds. The stored run is replayed from its manifest (the engine is deterministic) and
 * must give the stored books again; then the walk back is exact. Amounts of a conserving rule must add up to the taint shown, or the verb fails.
 */
import { type Evidence, type OutputId, SpoorError } from '../../ledger/index.ts';
import type { MoveRow } from '../../report/index.ts';
import { type Provenance, provenance, type RuleResult, ruleByName } from '../../taint/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { parseSubject, resolveSubject } from '../subject.ts';
import { type CaseTag, tagsOfAddress } from '../tag/tags.ts';
import { MoveText } from './moves.ts';
import { loadTrace, replayRules, type TraceRun } from './trace.ts';

/** One move on the way. */
export interface WhyStep extends MoveRow {
  readonly label: string;
}

/** A seed the taint came from. */
export interface WhyOrigin {
  readonly outpoint: string;
  readonly address: string | null;
  readonly label: string;
  readonly amount: string;
  /** Satoshi offsets inside the seed; null for rules that know amounts only. */
  readonly range: readonly [number, number] | null;
  readonly kind: 'seed';
  /** Tags of its address, each with its source. */
  readonly evidence: readonly Evidence[];
}

/** `spoor why --json`, schema spoor.why/1. Steps run from the seeds to the output asked about. */
export interface WhyDocument {
  readonly schema: 'spoor.why/1';
  readonly run: string;
  readonly rule: string;
  readonly outputs: ReadonlyArray<{
    readonly outpoint: string;
    readonly address: string | null;
    readonly value: string;
    readonly taint: Record<string, string>;
    readonly steps: readonly WhyStep[];
    readonly origins: readonly WhyOrigin[];
  }>;
}

/** Explains a subject under one rule of a run. Throws NOT_FOUND when no output of it is tainted there. */
export function why(
  context: CaseContext,
  request: { subject: string; rule: string | null; run: string | null },
): WhyDocument {
  const stored = loadTrace(context, request.run);
  const rule = request.rule ?? stored.params.rules.find((name) => name === 'fifo') ?? stored.params.rules[0];
  if (!stored.params.rules.includes(rule)) {
    throw new SpoorError(
      'USAGE',
      `run ${stored.run.id} has no rule "${rule}"; it has ${stored.params.rules.join(', ')}`,
    );
  }
  const outputs = resolveSubject(context, parseSubject(request.subject, context.network));
  const result = replay(context, stored, rule);
  refuseCoarse(context, result, outputs);
  const explained = outputs.flatMap((output) => {
    const found = provenance(context.view, ruleByName(rule, stored.params.conventions), { result, asked: output });
    return found === null ? [] : [outputDocument(context, stored, { output, found, conserves: result.conserves })];
  });
  if (explained.length === 0) {
    throw new SpoorError(
      'NOT_FOUND',
      `${request.subject} carries no taint under ${rule} in run ${stored.run.id}`,
      {},
      'clean as far as the facts of this case go',
    );
  }
  return { schema: 'spoor.why/1', run: stored.run.id, rule, outputs: explained };
}

/** Where --max-segments or --at-coinjoin haircut gave up the places of the satoshi there is no walk back. What is not coarse has no coarse ancestor. Throws USAGE. */
function refuseCoarse(context: CaseContext, { rule, holdings, passed }: RuleResult, asked: readonly OutputId[]): void {
  const coarse = [...holdings, ...passed].find(
    ({ output, coarse: mark }) => mark !== undefined && asked.includes(output),
  );
  if (coarse === undefined) return;
  throw new SpoorError(
    'USAGE',
    `${context.view.output(coarse.output).outpoint} under ${rule} is an average: --max-segments or --at-coinjoin haircut gave up where its satoshi lie`,
    {},
    'trace again with a larger --max-segments, or ask under haircut',
  );
}

/** The rule's result with its states, from the same facts as the stored run. Throws VERIFY_FAILED when they changed. */
function replay(context: CaseContext, stored: TraceRun, rule: string): RuleResult {
  const changed = new SpoorError(
    'VERIFY_FAILED',
    `the facts or tags of the case changed since run ${stored.run.id}`,
    {},
    'run spoor trace again, then ask why of the new run',
  );
  if (inputsDigest(context.store) !== stored.run.inputs) throw changed;
  const result = replayRules(context, stored, [rule])[0];
  const before = stored.content.rules.find((kept) => kept.rule === rule)?.books ?? [];
  const text = (books: typeof before): string => books.map((book) => Object.values(book).join(' ')).join('; ');
  if (text(before) !== text(result.books)) throw changed;
  return result;
}

function outputDocument(
  context: CaseContext,
  stored: TraceRun,
  given: { output: OutputId; found: Provenance; conserves: boolean },
): WhyDocument['outputs'][number] {
  const { found } = given;
  const { labels } = stored.params;
  const asked = context.view.output(given.output);
  const taint = new Map<number, bigint>();
  for (const { label, amountSat } of found.origins) taint.set(label, (taint.get(label) ?? 0n) + BigInt(amountSat));
  const texts = new MoveText(context);
  const steps = found.steps.map((step): WhyStep => ({ ...texts.move(step), label: labels[step.label] }));
  const origins = found.origins.map((origin): WhyOrigin => {
    const output = context.view.output(origin.output);
    return {
      outpoint: output.outpoint,
      address: output.address,
      label: labels[origin.label],
      amount: String(origin.amountSat),
      range: origin.range,
      kind: 'seed',
      evidence: output.address === null ? [] : tagsOfAddress(context, output.address).map(tagEvidence),
    };
  });
  return {
    outpoint: asked.outpoint,
    address: asked.address,
    value: String(asked.valueSat),
    taint: given.conserves
      ? Object.fromEntries(
          [...taint].sort((a, b) => a[0] - b[0]).map(([label, amount]) => [labels[label], String(amount)]),
        )
      : Object.fromEntries(
          [...taint.keys()].sort((a, b) => a - b).map((label) => [labels[label], String(asked.valueSat)]),
        ),
    steps: steps.reverse(),
    origins: origins.reverse(),
  };
}

function tagEvidence(tag: CaseTag): Evidence {
  const reference = `${tag.pack} tags[${tag.index}]`;
  return { kind: 'tag', reference, detail: `${tag.label} (${tag.source}, ${tag.confidence})` };
}
