/**
 * Where the value of an output came from, the slow obvious way: every output is the list of the origins of its satoshis (FIFO), or the exact part of each
 * origin (haircut), made from the lists of the inputs; whoever is identified answers for the whole of what he hands on.
 */
import { NONE, type TxFrame } from '../../src/ledger/index.ts';
import { isCoinjoin } from '../../src/pattern/index.ts';
import { add, type Fraction, fraction, multiply } from './fraction.ts';

/** What the oracle reads. */
export interface OriginFacts {
  frame(tx: number): TxFrame;
  transactionOf(output: number): number;
  category(address: number): string | null;
}

/** The origin that an output is to whoever spends it; null where its own history says it. */
function stopOf(facts: OriginFacts, output: number): string | null {
  const frame = facts.frame(facts.transactionOf(output));
  const address = frame.outputAddress[output - frame.firstOutput];
  const category = address === NONE ? null : facts.category(address);
  return category === null ? null : `entity ${category} address-${address}`;
}

/** Origin of every satoshi of an output under FIFO. */
export function fifoOrigins(facts: OriginFacts, output: number): string[] {
  const frame = facts.frame(facts.transactionOf(output));
  const vout = output - frame.firstOutput;
  const valueSat = frame.outputValueSat[vout];
  const end = endOf(frame);
  if (end !== null) return new Array<string>(valueSat).fill(end);
  const line = frame.inputOutput.flatMap((input, vin): string[] => {
    if (input === NONE) return new Array<string>(frame.inputValueSat[vin]).fill('untraced');
    const stop = stopOf(facts, input);
    return stop === null ? fifoOrigins(facts, input) : new Array<string>(frame.inputValueSat[vin]).fill(stop);
  });
  const before = frame.outputValueSat.slice(0, vout).reduce((sum, each) => sum + each, 0);
  return line.slice(before, before + valueSat);
}

/** Part of each origin of an output under exact haircut; the parts sum to one. */
export function haircutOrigins(facts: OriginFacts, output: number): Map<string, Fraction> {
  const frame = facts.frame(facts.transactionOf(output));
  const end = endOf(frame);
  if (end !== null) return new Map([[end, fraction(1)]]);
  const inSat = frame.inputValueSat.reduce((sum, each) => sum + each, 0);
  const parts = new Map<string, Fraction>();
  const put = (origin: string, part: Fraction): void => {
    parts.set(origin, add(parts.get(origin) ?? fraction(0), part));
  };
  frame.inputOutput.forEach((input, vin) => {
    const weight = fraction(frame.inputValueSat[vin], Math.max(1, inSat));
    const stop = input === NONE ? 'untraced' : stopOf(facts, input);
    if (stop !== null) put(stop, weight);
    else for (const [origin, part] of haircutOrigins(facts, input)) put(origin, multiply(weight, part));
  });
  return parts;
}

function endOf(frame: TxFrame): string | null {
  if (frame.coinbase) return 'mined';
  return isCoinjoin(frame) ? 'coinjoin' : null;
}
