/** A request to screen, with everything in the case that decides its answer: outputs, days, limits, claims about the subject. */
import { checkAddress } from '../../chain/bitcoin/index.ts';
import {
  type Address,
  ENGINE_VERSION,
  NONE,
  OUTPUT_STATED_SPENT,
  type OutputId,
  outputId,
  SpoorError,
  type Tip,
  txid,
} from '../../ledger/index.ts';
import { utcDayText } from '../../report/index.ts';
import {
  BTC,
  DEFAULT_METHODS,
  METHODS,
  type Method,
  type ResolvedScreening,
  type RuleFile,
  type ScreenedFlow,
  type ScreeningRequest,
} from '../../screen/index.ts';
import type { CaseContext } from '../context.ts';
import { timeOf } from '../trace/hops.ts';
import type { Identities } from './identity.ts';

/** What many screenings of one case share. */
export interface ScreenSettings {
  readonly context: CaseContext;
  readonly identities: Identities;
  readonly rules: ResolvedScreening['rules'];
  readonly file: RuleFile;
  readonly tip: Tip;
  readonly tipSec: number | null;
  readonly packs: ResolvedScreening['asOf']['packs'];
  readonly sanctionLists: readonly string[];
  /** Day asked as of, with the last block of it. */
  readonly knownAt: string | null;
  readonly untilHeight: number | null;
}

/** A subject of right form. Throws SUBJECT_INVALID, TXID_INVALID, OUTPOINT_INVALID or ADDRESS_INVALID naming the part that is wrong. */
function checkedSubject(context: CaseContext, { subject }: ScreeningRequest): ResolvedScreening['subject'] {
  const refuse = (field: string, message: string): never => {
    throw new SpoorError('SUBJECT_INVALID', message, { field: `subject.${field}` });
  };
  if (subject.network !== 'bitcoin') refuse('network', `screening on ${subject.network} is not offered`);
  if (subject.asset !== undefined && subject.asset.toUpperCase() !== 'BTC')
    refuse('asset', `"${subject.asset}" is no asset of bitcoin; it has BTC`);
  if (subject.log_index !== undefined) refuse('log_index', 'a transfer on bitcoin is named by its vout');
  const base = { network: 'bitcoin', asset: 'BTC', vout: null, log_index: null, height: null, timestamp_sec: null };
  if (subject.type === 'address') {
    if (subject.address === undefined) return refuse('address', 'a subject of type address has an address');
    if (subject.txid !== undefined || subject.vout !== undefined)
      refuse('txid', 'a subject of type address has no txid and no vout');
    const { address } = checkAddress(subject.address, context.network);
    return { ...base, type: 'address', text: address, address, txid: null };
  }
  if (subject.txid === undefined) return refuse('txid', 'a subject of type transfer has a txid');
  const id = txid(subject.txid);
  const vout = subject.vout ?? null;
  return { ...base, type: 'transfer', text: vout === null ? id : `${id}:${vout}`, address: null, txid: id, vout };
}

/** What a request asks on any chain: references, direction, methods, rules, and limits where it lowers those of the rules. */
export function askedTerms(
  { file, rules, sanctionLists }: ScreenSettings,
  request: ScreeningRequest,
): Pick<ResolvedScreening, 'refs' | 'direction' | 'methods' | 'rules' | 'limits' | 'sanctionLists'> {
  const { direction = 'received', limits = {} } = request;
  const methods: readonly Method[] = request.methods ?? DEFAULT_METHODS;
  const { maxHops, maxTransactions, maxOutputs } = file.limits;
  return {
    refs: {
      ref: request.ref ?? null,
      customer_ref: request.customer_ref ?? null,
      travel_rule_ref: request.travel_rule_ref ?? null,
    },
    direction,
    methods: METHODS.filter((method) => methods.includes(method)),
    rules,
    limits: {
      max_hops: limits.max_hops ?? maxHops,
      max_transactions: limits.max_transactions ?? maxTransactions,
      max_outputs: limits.max_outputs ?? maxOutputs,
    },
    sanctionLists,
  };
}

/** Resolves a request. Throws what `checkedSubject` throws, and USAGE for a rule that bitcoin does not have. */
export function resolveScreening(settings: ScreenSettings, request: ScreeningRequest): ResolvedScreening {
  const { context, tip } = settings;
  const subject = checkedSubject(context, request);
  const foreign = request.methods?.find((method) => method === 'taint-first' || method === 'clean-first');
  if (foreign !== undefined)
    throw new SpoorError('USAGE', `${foreign} is a rule over balances of accounts: bitcoin has none`, {
      field: 'methods',
    });
  const base = {
    ...askedTerms(settings, request),
    asset: BTC,
    asOf: {
      height: Math.max(0, Math.min(tip.height, settings.untilHeight ?? tip.height)),
      hash: settings.untilHeight === null ? tip.hash : null,
      known_at: settings.knownAt,
      packs: [...settings.packs],
      clusters: settings.identities.clusterRun,
      engine: ENGINE_VERSION,
    },
    untilHeight: settings.untilHeight,
  };
  if (subject.type === 'address') {
    const day = settings.tipSec === null ? null : utcDayText(settings.tipSec);
    const whole = { ...base, ...ofAddress(settings, subject, { request, limits: base.limits }) };
    const ownership = settings.identities.claims(subject.text, settings.knownAt ?? day);
    return { ...whole, subject, ownership, atSec: settings.tipSec, hopsBefore: 0 };
  }
  return { ...base, ...ofTransfer(settings, subject, { request, limits: base.limits }) };
}

type Asked = { readonly request: ScreeningRequest; readonly limits: ResolvedScreening['limits'] };
const NOTHING = { received: null, sent: null, own: [] } as const;

function ofAddress(
  settings: ScreenSettings,
  subject: ResolvedScreening['subject'],
  { request, limits }: Asked,
): Pick<ResolvedScreening, 'status' | 'received' | 'sent' | 'own'> {
  const { view } = settings.context;
  if (request.lookup_only === true) return { status: 'looked_up', ...NOTHING };
  const address = checkAddress(subject.text).address;
  const own = ownNumbers(settings, address);
  const outputs = view.outputsOfAddress(address).filter((output) => isInside(settings, output));
  if (own.size === 0 || outputs.length === 0) return { status: 'not_indexed', ...NOTHING };
  const direction = request.direction ?? 'received';
  const received = outputs.filter((output) => {
    const { inputAddress } = view.frame(view.transactionOf(output));
    return !inputAddress.some((payer) => own.has(payer));
  });
  const sent = outputs.filter((output) => {
    const frame = view.frame(view.transactionOf(output));
    const vout = output - frame.firstOutput;
    const spentInSight = frame.outputSpender[vout] !== NONE;
    return spentInSight || (frame.outputFlags[vout] & OUTPUT_STATED_SPENT) !== 0;
  });
  const flow = (chosen: readonly OutputId[], keepDust: boolean): ScreenedFlow =>
    flowOf(settings, chosen, { limit: limits.max_outputs, dustSat: keepDust ? -1 : settings.file.dustSat });
  return {
    status: 'walk',
    received: direction === 'sent' ? null : flow(received, false),
    sent: direction === 'received' ? null : flow(sent, true),
    own: [...own],
  };
}

/** Numbers of the address and of its cluster. */
function ownNumbers({ context, identities }: ScreenSettings, address: Address): Set<number> {
  const numbers = identities.clusterAddresses(address).map((member) => context.view.findAddress(member));
  return new Set(numbers.filter((number) => number !== null));
}

function isInside({ context: { view }, untilHeight }: ScreenSettings, output: OutputId): boolean {
  if (untilHeight === null) return true;
  const { height } = view.frame(view.transactionOf(output));
  return height !== NONE && height <= untilHeight;
}

/** The largest outputs up to a number; what is cut is counted. Dust anybody can send: it is left out, so that it moves nothing. */
function flowOf(
  { context: { view } }: ScreenSettings,
  outputs: readonly OutputId[],
  { limit, dustSat }: { limit: number; dustSat: number },
): ScreenedFlow {
  const rows = outputs.map((output) => view.output(output));
  const kept = rows.filter(({ valueSat }) => valueSat > dustSat);
  kept.sort((a, b) => b.valueSat - a.valueSat || a.output - b.output);
  const cut = kept.slice(limit);
  return {
    outputs: kept.slice(0, limit).map(({ output, valueSat, tx }) => {
      const timestampSec = timeOf(view.transaction(tx));
      return { output, raw: String(valueSat), day: timestampSec === null ? null : utcDayText(timestampSec) };
    }),
    dustOutputs: rows.length - kept.length,
    cut: { outputs: cut.length, raw: String(cut.reduce((sum, { valueSat }) => sum + BigInt(valueSat), 0n)) },
  };
}

function ofTransfer(
  settings: ScreenSettings,
  subject: ResolvedScreening['subject'],
  { request, limits }: Asked,
): Pick<ResolvedScreening, 'status' | 'received' | 'sent' | 'own' | 'subject' | 'ownership' | 'atSec' | 'hopsBefore'> {
  const { view } = settings.context;
  const id = txid(subject.txid);
  const transactions = view.findTransactions(id);
  const named =
    subject.vout === null
      ? transactions.flatMap((tx) => view.transaction(tx).outputs.map(({ output }) => output))
      : [view.findOutput(id, subject.vout)].filter((output) => output !== null);
  const outputs = named.filter((output) => isInside(settings, output));
  const none = { subject, ownership: [], atSec: null, hopsBefore: 1 as const };
  if (outputs.length === 0) return { status: 'not_indexed', ...NOTHING, ...none };
  const transaction = view.transaction(transactions[0]);
  const atSec = timeOf(transaction);
  const day = atSec === null ? null : utcDayText(atSec);
  const { address } = view.output(outputId(outputs[0]));
  const told = {
    ...subject,
    address: outputs.length === 1 ? address : null,
    height: transaction.height,
    timestamp_sec: atSec,
  };
  const addresses = [...new Set(outputs.flatMap((output) => view.output(output).address ?? []))];
  const ownership = addresses.flatMap((each) => settings.identities.claims(each, settings.knownAt ?? day));
  const direction = request.direction ?? 'received';
  // The value of a transfer is what is asked about, however small it is.
  const flow = flowOf(settings, outputs, { limit: limits.max_outputs, dustSat: -1 });
  return {
    status: request.lookup_only === true ? 'looked_up' : 'walk',
    received: direction === 'sent' || request.lookup_only === true ? null : flow,
    sent: direction === 'received' || request.lookup_only === true ? null : flow,
    own: [],
    subject: told,
    ownership,
    atSec,
    hopsBefore: 1,
  };
}
