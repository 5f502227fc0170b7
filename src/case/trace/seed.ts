/** Seeds of a trace: their form, the outputs they stand for, and what is kept of them with the run. */
import { type OutputId, outputId, SpoorError, type TxId } from '../../ledger/index.ts';
import type { CaseContext } from '../context.ts';
import { parseSubject, resolveSubject, type Subject } from '../subject.ts';
import { OTHER_LABEL, SMALL_SUFFIX } from './labels.ts';
import type { TraceParams, TraceRequest } from './trace.ts';

/** One `--seed LABEL=SUBJECT` of right form. */
export interface SeedRequest {
  readonly label: string;
  readonly subject: Subject;
}

/** What one asked subject stood for when the run was made; amounts decimal satoshi. */
export interface SeedRow {
  readonly label: string;
  readonly subject: string;
  readonly outputs: number;
  readonly amount: string;
  /** Where it is booked when that is not under its own label. */
  readonly bookedAs?: string;
}

const MAX_LABEL_LENGTH = 200;

/** Reads `LABEL=SUBJECT`. Throws USAGE, SUBJECT_INVALID and what the parts throw. */
export function parseSeed(text: string, network?: CaseContext['network']): SeedRequest {
  const { label, rest } = seedParts(text);
  return { label, subject: parseSubject(rest, network) };
}

/** Label and subject of a seed as written. Throws USAGE. */
export function seedParts(text: string): { label: string; rest: string } {
  const equals = text.indexOf('=');
  const label = text.slice(0, equals);
  if (equals < 1) throw new SpoorError('USAGE', `--seed "${text}" is not LABEL=SUBJECT`);
  const controls = [...label].findIndex((character) => character.charCodeAt(0) < 32);
  if (controls >= 0 || label.length > MAX_LABEL_LENGTH) {
    throw new SpoorError(
      'USAGE',
      `the label of --seed has ${controls >= 0 ? `a control character at ${controls + 1}` : `over ${MAX_LABEL_LENGTH} characters`}`,
    );
  }
  return { label, rest: text.slice(equals + 1) };
}

/** An output that a seed names, under its label. */
export interface SeedOutput {
  readonly label: string;
  readonly output: OutputId;
  readonly tx: TxId;
  readonly orderKey: number;
  readonly request: SeedRequest;
  readonly valueSat: number;
}

/** Every output of each transaction that makes one of these. */
function allOutputs(context: CaseContext, named: readonly OutputId[]): OutputId[] {
  return [...new Set(named.map((output) => context.view.transactionOf(output)))].flatMap((tx) => {
    const { firstOutput, outputValueSat } = context.view.frame(tx);
    return outputValueSat.map((_, vout) => outputId(firstOutput + vout));
  });
}

/** Outputs of all seeds with their labels, each once. Throws NOT_FOUND, and SEED_OVERLAP when one output gets two labels. */
export function seedOutputs(context: CaseContext, request: TraceRequest): SeedOutput[] {
  const byOutput = new Map<string, SeedOutput>();
  const { seeding, seedOverlap } = request.conventions;
  for (const asked of request.seeds) {
    const named = resolveSubject(context, asked.subject);
    for (const output of seeding === 'all-outputs' ? allOutputs(context, named) : named) {
      const { valueSat, outpoint, tx } = context.view.output(output);
      const small = request.splitBelowSat !== null && valueSat < request.splitBelowSat;
      const label = small ? `${asked.label}${SMALL_SUFFIX}` : asked.label;
      const key = seedOverlap === 'multi-label' ? `${output} ${label}` : String(output);
      const before = byOutput.get(key)?.label;
      if (before === label) continue;
      if (before !== undefined) {
        throw new SpoorError(
          'SEED_OVERLAP',
          `${outpoint} is seeded as "${before}" and as "${label}"`,
          {},
          'give each output one label',
        );
      }
      byOutput.set(key, { label, output, tx, orderKey: context.view.orderKeyOf(tx), request: asked, valueSat });
    }
  }
  return [...byOutput.values()].sort((a, b) => a.orderKey - b.orderKey || a.output - b.output);
}

/** What each asked subject stands for, by label and subject in canonical order: kept with the run, because tags may change later. */
export function seedRows(
  params: TraceParams,
  seeds: ReadonlyArray<Pick<SeedOutput, 'label' | 'request' | 'valueSat'>>,
): SeedRow[] {
  const key = (label: string, asked: string, subject: string): string => [label, asked, subject].join('\u0000');
  const found = new Map<string, { outputs: number; amount: bigint }>();
  for (const { label, request, valueSat } of seeds) {
    const at = key(label, request.label, request.subject.text);
    const { outputs, amount } = found.get(at) ?? { outputs: 0, amount: 0n };
    found.set(at, { outputs: outputs + 1, amount: amount + BigInt(valueSat) });
  }
  const booked = new Set(params.labels);
  return params.seeds.flatMap((asked) =>
    [asked.label, `${asked.label}${SMALL_SUFFIX}`].flatMap((label): SeedRow[] => {
      const own = found.get(key(label, asked.label, asked.subject));
      if (own === undefined) return [];
      const row = { label, subject: asked.subject, outputs: own.outputs, amount: String(own.amount) };
      return [booked.has(label) ? row : { ...row, bookedAs: OTHER_LABEL }];
    }),
  );
}
