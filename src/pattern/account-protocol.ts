/** Which protocol an event of a decentralised exchange belongs to. */
import type { EventRecord } from '../ledger/index.ts';

/** Events that say "a swap happened here", by name. The first rows are aggregators: where one speaks, its legs do not. */
const SWAP_EVENTS: ReadonlyArray<readonly [name: string, protocol: string]> = [
  ['cow.trade', 'CoW Protocol'],
  ['1inch.swap', '1inch'],
  ['uniswap-v2.swap', 'Uniswap v2'],
  ['uniswap-v3.swap', 'Uniswap v3'],
  ['uniswap-v4.swap', 'Uniswap v4'],
  ['curve.exchange', 'Curve'],
  ['balancer.swap', 'Balancer'],
];
const AGGREGATORS = 2;

/** Protocols whose swap events stand in a list of events, in order of first mention, joined by ` + `; null for none. */
export function protocolOf(events: readonly EventRecord[] | null): string | null {
  const names = new Set((events ?? []).map(({ name }) => name));
  const aggregator = SWAP_EVENTS.slice(0, AGGREGATORS).find(([name]) => names.has(name));
  if (aggregator !== undefined) return aggregator[1];
  const found = [...names].flatMap((own) =>
    SWAP_EVENTS.filter(([name]) => name === own).map(([, protocol]) => protocol),
  );
  return found.length === 0 ? null : found.join(' + ');
}

/** Whether an event is a swap of a protocol of the table. */
export function isSwapEvent({ name }: EventRecord): boolean {
  return SWAP_EVENTS.some(([own]) => own === name);
}
