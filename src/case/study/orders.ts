/**
 * The verb `study orders`: how much of an answer is the order in which transactions list their inputs and outputs. The same trace is made over the chain as
 * it is and over drawn orders of it; for each place where taint rests, what it is there in most, least and typical orders.
 */
import { ENGINE_VERSION, type OutputId, SpoorError, type ViewOutput } from '../../ledger/index.ts';
import { BOOK_TERMS, type OrdersDocument, type OrdersRule, type OrdersSpread } from '../../report/index.ts';
import { tagText } from '../../tag/index.ts';
import { imbalance, type RuleResult, ruleByName, taintOverOutputs } from '../../taint/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { ServiceStops } from '../trace/service-stop.ts';
import { engineParameters, preparedTrace, type TraceRequest } from '../trace/trace.ts';
import { OrderFacts, PermutedView } from './permuted-view.ts';

/** What is asked: the question of a trace, how many orders are drawn and by which key, and how many places are told. */
export interface OrdersRequest {
  readonly trace: TraceRequest;
  readonly orders: number;
  readonly key: string;
  readonly top: number;
}

const MOST_ORDERS = 10_000;

/** Amounts of one rule in one order: its terms, and satoshi by place. */
interface Answer {
  readonly terms: ReadonlyMap<string, number>;
  readonly places: ReadonlyMap<string, number>;
}

/** Makes the trace in every order. `onOrder` is told how many are done. Throws USAGE, NOT_FOUND and what reading seeds throws. */
export function studyOrders(
  context: CaseContext,
  request: OrdersRequest,
  onOrder?: (done: number) => void,
): OrdersDocument {
  if (request.orders < 1 || request.orders > MOST_ORDERS)
    throw new SpoorError('USAGE', `--orders is 1 to ${MOST_ORDERS}, not ${request.orders}`);
  const { rules, conventions } = request.trace;
  const amountless = rules.find((rule) => ruleByName(rule, conventions).overAddresses === true);
  if (amountless !== undefined) throw withoutAmounts(amountless);
  const { seeds, params, engineSeeds } = preparedTrace(context, request.trace);
  const base = { ...engineParameters(context, params, engineSeeds), keepTrail: false };
  const facts = new OrderFacts(context.view);
  const answers = Array.from({ length: request.orders + 1 }, (_, order) => {
    const view = new PermutedView(facts, { key: request.key, order });
    const drawn = { ...base, seeds: engineSeeds.map((seed) => ({ ...seed, output: view.virtual(seed.output) })) };
    const results = taintOverOutputs(view, drawn).value.rules;
    onOrder?.(order);
    return results.map((result) => answerOf(result, (output) => context.view.output(view.real(output))));
  });
  const tip = context.view.tip();
  const services = new ServiceStops(
    context,
    params,
    engineSeeds.map(({ output }) => output),
  );
  return {
    schema: 'spoor.study-orders/1',
    engine: ENGINE_VERSION,
    tip: { height: tip.height, hash: tip.hash },
    inputs: inputsDigest(context.store),
    params: { ...params, orders: request.orders, key: request.key, top: request.top },
    seeded: String(seeds.reduce((sum, { valueSat }) => sum + BigInt(valueSat), 0n)),
    rules: params.rules.map((rule, at) =>
      ruleOf(rule, { answers: answers.map((each) => each[at]), services, top: request.top }),
    ),
  };
}

function withoutAmounts(rule: string): SpoorError {
  return new SpoorError('USAGE', `${rule} tells no amounts: no order can move them`, {}, 'leave it out of --rule');
}

/** What one order says. Throws USAGE for a rule without amounts. */
function answerOf(result: RuleResult, realOf: (output: OutputId) => ViewOutput): Answer {
  const { rule, conserves, books, holdings } = result;
  if (!conserves) throw withoutAmounts(rule);
  for (const book of books) if (imbalance(book) !== 0n) throw new Error(`${rule}: a book does not balance`);
  const terms = new Map(BOOK_TERMS.map((term) => [term, Number(books.reduce((sum, book) => sum + book[term], 0n))]));
  const places = new Map<string, number>();
  for (const { output, reason, taint } of holdings) {
    const key = `${reason === 'service' ? 'service' : ''} ${realOf(output).address ?? ''}`;
    places.set(key, (places.get(key) ?? 0) + taint.reduce((sum, [, amountSat]) => sum + amountSat, 0));
  }
  return { terms, places };
}

/** The chain's value and the spread over drawn orders. */
function spreadOf([chain, ...drawn]: readonly number[]): OrdersSpread {
  const sorted = [...drawn].sort((a, b) => a - b);
  const at = (percent: number): string => String(sorted[Math.max(1, Math.ceil((percent * sorted.length) / 100)) - 1]);
  return {
    chain: String(chain),
    least: at(0),
    p05: at(5),
    median: at(50),
    p95: at(95),
    most: at(100),
    seen: drawn.filter((amountSat) => amountSat > 0).length,
  };
}

function ruleOf(
  rule: string,
  given: { readonly answers: readonly Answer[]; readonly services: ServiceStops; readonly top: number },
): OrdersRule {
  const { answers, services, top } = given;
  const keys = [...new Set(answers.flatMap(({ places }) => [...places.keys()]))].sort();
  const rows = keys.map((key) => {
    const amounts = answers.map(({ places }) => places.get(key) ?? 0);
    const [kind, address] = key.split(' ');
    const tag = kind === 'service' ? services.get(address) : undefined;
    const place = { address: address === '' ? null : address, service: tag === undefined ? null : tagText(tag) };
    return { place: { ...place, ...spreadOf(amounts) }, range: Math.max(...amounts) - Math.min(...amounts) };
  });
  const moving = rows.filter(({ range }) => range > 0).sort((a, b) => b.range - a.range);
  const books = Object.fromEntries(
    BOOK_TERMS.map((term) => [term, spreadOf(answers.map(({ terms }) => terms.get(term) ?? 0))]),
  ) as OrdersRule['books'];
  return {
    rule,
    books,
    places: moving.slice(0, top).map(({ place }) => place),
    morePlaces: Math.max(0, moving.length - top),
    steadyPlaces: rows.length - moving.length,
  };
}
