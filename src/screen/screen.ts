/**
 * Claim:      the answer is a pure function of what was resolved and what the view says: asked again from what was kept, it comes out byte for byte.
 * Source:     methods, exposure; ux-and-trust 2.2 for its shape.
 * Parameters: `ResolvedScreening`: everything that decides, written out.
 * Cost:       a walk per output, method and way, all under one bound on transactions.
 * Fails when: a view answers twice and differently.
 */
import { type OutputId, outputId } from '../ledger/index.ts';
import { amountOf, millionthsText, type ScreenedAsset } from './amount.ts';
import { AnswerParts, riskOf } from './answer.ts';
import { addsUp, type Contribution } from './contribution.ts';
import { destinationOf } from './destination.ts';
import { SANCTION } from './identity.ts';
import { judge, together } from './judge.ts';
import { parseRuleFile, type RuleFile } from './rule-file.ts';
import type { Direction, Flow, Method, Screening, ScreeningAttribution, ScreeningClaim } from './schema.ts';
import { type ScreenView, sourceOf, type WalkLimits } from './source.ts';

/** One output whose value is screened; `day` is that of its transaction. */
export interface ScreenedOutput {
  readonly output: number;
  readonly raw: string;
  readonly day: string | null;
}

/** Outputs of one way, and those left out: dust, and what a limit on their number cut. */
export interface ScreenedFlow {
  readonly outputs: readonly ScreenedOutput[];
  readonly dustOutputs: number;
  readonly cut: { readonly outputs: number; readonly raw: string };
}

/** A question with everything that decides its answer, as JSON keeps it. */
export interface ResolvedScreening {
  readonly status: 'walk' | 'looked_up' | 'not_indexed';
  readonly refs: Pick<Screening, 'ref' | 'customer_ref' | 'travel_rule_ref'>;
  readonly subject: Screening['subject'];
  readonly direction: Direction;
  readonly methods: readonly Method[];
  readonly asset: ScreenedAsset;
  readonly asOf: Screening['as_of'];
  /** Blocks above are not looked at; null: all. */
  readonly untilHeight: number | null;
  readonly rules: { readonly text: string; readonly name: string; readonly sha256: string };
  readonly limits: Screening['params']['limits'];
  readonly ownership: readonly ScreeningClaim[];
  readonly sanctionLists: readonly string[];
  /** Day on which claims about the subject itself count. */
  readonly atSec: number | null;
  readonly received: ScreenedFlow | null;
  readonly sent: ScreenedFlow | null;
  /** Address numbers of the subject, at which its own money does not stop. */
  readonly own: readonly number[];
  /** 1 where what is sent lies with the counterparty already. */
  readonly hopsBefore: 0 | 1;
}

/** What is put around the answer by whoever keeps it. */
export interface ScreeningFrame {
  readonly id: string;
  readonly traceId: string | null;
  readonly manifest: string;
  /** Campaigns whose wallets these addresses are, with who is held to stand behind them. */
  attributions(addresses: readonly string[]): readonly ScreeningAttribution[];
}

/** Gaps listed in the answer; the rest is counted. */
const SHOWN_GAPS = 20;

/** What was found in one asset. */
export interface FoundInAsset {
  readonly asset: ScreenedAsset;
  readonly contributions: readonly Contribution[];
  readonly screened: Screening['screened'];
}

/** What was found about a subject, asset by asset: amounts of different assets are never added. */
export interface FoundValue {
  readonly assets: readonly FoundInAsset[];
  readonly transactionsRead: number;
  /** Receipts of at most so many base units were left out. */
  readonly dust: string;
  /** Receipts in tokens that are not on the list of known contracts: anybody sends such, so they are named and not judged. */
  readonly notScreened?: { readonly receipts: number; readonly tokens: number };
}

/** Answers a question that is resolved. `file` is its rules where they are read already. */
export function screen(
  view: ScreenView,
  asked: ResolvedScreening,
  frame: ScreeningFrame,
  file: RuleFile = parseRuleFile(asked.rules.text, asked.rules.name),
): Screening {
  const walk = new Walk(view, asked, file.dustSat);
  const contributions = asked.status === 'walk' ? walk.contributions() : [];
  const assets = [{ asset: asked.asset, contributions, screened: walk.screened() }];
  const found = { assets, transactionsRead: walk.transactionsRead(), dust: String(file.dustSat) };
  return screenFound(found, asked, frame, file);
}

/** Judges what was found, each asset by itself, and puts it into the answer. */
export function screenFound(
  found: FoundValue,
  asked: ResolvedScreening,
  frame: ScreeningFrame,
  file: RuleFile = parseRuleFile(asked.rules.text, asked.rules.name),
): Screening {
  const { direction, methods, atSec } = asked;
  const none = { asset: asked.asset, contributions: [], screened: [] };
  const assets = found.assets.length === 0 ? [none] : found.assets;
  const judged = assets.map(({ asset, contributions, screened }, at) => {
    const walked = asked.status === 'walk' && screened.length > 0;
    // What is claimed about the subject itself is one finding, however many assets it has.
    const ownership = at === 0 ? asked.ownership : [];
    return judge(file, { asset, direction, methods, contributions, ownership, atSec, walked });
  });
  const basis = `${file.id}@${file.version}`;
  let paths = 0;
  const built = assets.map(({ asset, contributions }, at) => {
    const last = at === 0 ? '' : `_${asset.name}`;
    const alertId = (rule: string, flow: string): string =>
      `alr_${frame.id.slice('scr_'.length)}_${rule}_${flow}${last}`;
    const parts = new AnswerParts(asset, paths).build(contributions, judged[at], { methods, alertId });
    paths += parts.paths.length;
    return parts;
  });
  const judgement = together(judged);
  const walked = asked.status === 'walk' && assets.every(({ screened }) => screened.length > 0);
  const all = assets.flatMap(({ contributions }) => contributions);
  const coverage = coverageOf(all, judgement.untraced, { walked, read: found.transactionsRead, methods });
  coverage.gaps.push(...unlistedGaps(asked, found));
  const exposure = built.flatMap((parts) => parts.exposure);
  const named = exposure.flatMap(({ entities }) => entities.map((one) => one.address));
  const { address } = asked.subject;
  return {
    schema: 'spoor.screening/1',
    id: frame.id,
    status: asked.status === 'walk' ? (coverage.complete ? 'complete' : 'partial') : asked.status,
    ...asked.refs,
    subject: asked.subject,
    direction,
    as_of: asked.asOf,
    rules: { id: file.id, version: file.version, sha256: asked.rules.sha256 },
    params: {
      methods: [...methods],
      limits: asked.limits,
      dust: found.dust,
      unknown_share: millionthsText(file.unknownShareMillionths),
    },
    risk: riskOf(judgement, basis),
    ownership: [...asked.ownership],
    screened: assets.flatMap(({ screened }) => screened),
    exposure,
    remainder: built.flatMap((parts) => parts.remainder),
    alerts: built.flatMap((parts) => parts.alerts),
    attributions: [...frame.attributions([...new Set(address === null ? named : [address, ...named])].sort())],
    sanctions: sanctionsOf(asked),
    coverage,
    paths: built.flatMap((parts) => parts.paths),
    evidence: { trace_id: frame.traceId, manifest_sha256: frame.manifest },
  };
}

function sanctionsOf({ ownership, sanctionLists, atSec }: ResolvedScreening): Screening['sanctions'] {
  const entries = ownership.filter(({ categories }) => categories.includes(SANCTION));
  const checked = sanctionLists.length > 0;
  return {
    checked,
    match: checked ? entries.length > 0 : null,
    lists: [...sanctionLists],
    at_sec: atSec,
    entries,
  };
}

/** The walks of one question. */
class Walk {
  private readonly view: ScreenView;
  private readonly asked: ResolvedScreening;
  private readonly limits: WalkLimits;
  private readonly read = new Set<number>();

  constructor(view: ScreenView, asked: ResolvedScreening, dustSat: number) {
    this.view = { ...bound(view), frame: (tx) => this.noted(tx) };
    this.asked = asked;
    const { max_hops: maxHops, max_transactions: maxTransactions } = asked.limits;
    this.limits = { maxHops, maxTransactions, dustSat };
    this.source = view;
  }

  private readonly source: ScreenView;

  private noted(tx: Parameters<ScreenView['frame']>[0]): ReturnType<ScreenView['frame']> {
    this.read.add(tx);
    return this.source.frame(tx);
  }

  transactionsRead(): number {
    return this.read.size;
  }

  screened(): Screening['screened'] {
    const { received, sent, asset } = this.asked;
    const row = (direction: Flow, flow: ScreenedFlow | null): Screening['screened'] => {
      if (flow === null || (flow.outputs.length === 0 && flow.cut.outputs === 0)) return [];
      const outputs = flow.outputs.length + flow.cut.outputs;
      return [{ direction, outputs, left_out: flow.dustOutputs, amount: amountOf(totalOf(flow), asset) }];
    };
    return [...row('source', received), ...row('destination', sent)];
  }

  contributions(): Contribution[] {
    return [...this.ofSource(), ...this.ofDestination()];
  }

  private ofSource(): Contribution[] {
    const { received, methods } = this.asked;
    if (received === null) return [];
    const found = methods.flatMap((method) => {
      // One bound for all outputs of a subject: what an earlier one used up, a later one does not have.
      let left = this.limits.maxTransactions;
      return received.outputs.flatMap(({ output, day }) => {
        const before = this.walkedBy(method);
        const limits = { ...this.limits, maxTransactions: Math.max(0, left) };
        const parts = sourceOf(this.counting(method), { output: outputId(output), day, methods: [method], limits });
        left -= this.walkedBy(method) - before;
        return parts;
      });
    });
    return [...found, ...this.cut('source', received)];
  }

  private readonly walked = new Map<Method, Set<number>>();

  private walkedBy(method: Method): number {
    return this.walked.get(method)?.size ?? 0;
  }

  private counting(method: Method): ScreenView {
    const seen = this.walked.get(method) ?? new Set<number>();
    this.walked.set(method, seen);
    const frame = (tx: Parameters<ScreenView['frame']>[0]): ReturnType<ScreenView['frame']> => {
      seen.add(tx);
      return this.view.frame(tx);
    };
    return { ...this.view, frame };
  }

  private ofDestination(): Contribution[] {
    const { sent, methods, own, hopsBefore, untilHeight } = this.asked;
    if (sent === null) return [];
    const byDay = new Map<string | null, OutputId[]>();
    for (const { output, day } of sent.outputs) byDay.set(day, [...(byDay.get(day) ?? []), outputId(output)]);
    // Outputs of one day are followed together, so that change that comes back is counted once.
    const outputs = sent.outputs.map(({ output }) => outputId(output));
    const day = byDay.size === 1 ? [...byDay.keys()][0] : null;
    const found =
      outputs.length === 0
        ? []
        : destinationOf(this.view, {
            outputs,
            day,
            methods,
            limits: this.limits,
            untilHeight,
            own: new Set(own),
            hopsBefore,
          });
    return [...found, ...this.cut('destination', sent)];
  }

  private cut(flow: Flow, { cut }: ScreenedFlow): Contribution[] {
    if (cut.outputs === 0) return [];
    const nowhere = { place: `${cut.outputs} outputs`, address: null };
    return this.asked.methods.filter(addsUp).map((method) => ({
      flow,
      method,
      part: 'untraced',
      reason: 'max-outputs',
      amount: BigInt(cut.raw),
      hops: 1,
      category: null,
      identity: null,
      timestampSec: null,
      place: () => nowhere.place,
      path: () => ({ steps: [], from: nowhere, to: nowhere }),
    }));
  }
}

/** The methods of a view as an object that others can be put beside. */
function bound(view: ScreenView): ScreenView {
  return {
    frame: (tx) => view.frame(tx),
    transactionOf: (output) => view.transactionOf(output),
    orderKeyOf: (tx) => view.orderKeyOf(tx),
    blockFees: (height) => view.blockFees(height),
    txText: (tx) => view.txText(tx),
    outputText: (output) => view.outputText(output),
    inputText: (tx, vin) => view.inputText(tx, vin),
    identify: (address, day) => view.identify(address, day),
  };
}

function totalOf({ outputs, cut }: ScreenedFlow): bigint {
  return outputs.reduce((sum, { raw }) => sum + BigInt(raw), BigInt(cut.raw));
}

const GAP_DETAILS: Readonly<Record<string, string>> = {
  'parent-missing': 'the case does not hold the transaction that made this output: its history is not known',
  'input-value-unknown': 'the transaction has an input whose value no source gives: nothing can be divided there',
  'coinbase-missing': 'the block of the coinbase is not held completely',
  'history-missing': 'this much came from balances whose own receipts the case does not hold',
  'no-coverage': 'the case holds no payment out of this account: whether it rests there is not known',
  'spender-missing': 'the output was spent by a transaction that the case does not hold',
  'spender-not-known': 'nothing in the case spends the output, and no source states that it is unspent',
};

/** Says what was not looked at: an answer of `none` is about listed tokens only. */
function unlistedGaps({ subject }: ResolvedScreening, { notScreened }: FoundValue): Screening['coverage']['gaps'] {
  if (notScreened === undefined) return [];
  const { receipts, tokens } = notScreened;
  const detail = `${receipts} receipts in ${tokens} tokens that are not on the list of known contracts were not screened; name a token to screen it: ACCOUNT/CONTRACT`;
  return [{ kind: 'tokens-not-listed', subject: subject.address ?? subject.text, detail, value: null }];
}

function coverageOf(
  contributions: readonly Contribution[],
  untraced: Readonly<Record<string, bigint>>,
  of: { walked: boolean; read: number; methods: readonly Method[] },
): Screening['coverage'] {
  const first = of.methods.find(addsUp);
  const open = contributions.filter(({ part, method }) => part === 'untraced' && method === first);
  const gaps = open.filter(({ reason }) => Object.hasOwn(GAP_DETAILS, reason));
  gaps.sort((a, b) => (a.amount === b.amount ? 0 : b.amount > a.amount ? 1 : -1));
  const stopped = new Map<string, number>();
  for (const { reason } of open) stopped.set(reason, (stopped.get(reason) ?? 0) + 1);
  return {
    complete: of.walked && open.length === 0,
    untraced_share: Object.fromEntries(Object.entries(untraced).map(([name, share]) => [name, millionthsText(share)])),
    transactions_read: of.read,
    stopped: [...stopped].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => ({ reason, count })),
    gaps: gaps.slice(0, SHOWN_GAPS).map((gap) => ({
      kind: gap.reason,
      subject: gap.place(),
      detail: GAP_DETAILS[gap.reason],
      value: gap.amount.toString(),
    })),
    more_gaps: Math.max(0, gaps.length - SHOWN_GAPS),
  };
}
