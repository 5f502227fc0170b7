/**
 * Taint over accounts, slow and obvious: under fifo and lifo a balance is an array with one element per base unit, under the other rules a count per label.
 * Steps are given as what is meant to happen, one after the other, not as effects to be interpreted. Amounts are small numbers.
 */

/** What happens. `loose`: the order inside the transaction is not known, so rules of order mix. Accounts and assets are numbers, -1 nobody. */
export type OracleStep =
  | { kind: 'move'; from: number; to: number; asset: number; amount: number; seeds: number[]; loose: boolean }
  | { kind: 'fee'; from: number; asset: number; amount: number; reward: number }
  | { kind: 'reward'; to: number; asset: number; amount: number; seeds: number[] }
  | { kind: 'burn'; from: number; asset: number; amount: number; loose: boolean }
  | {
      kind: 'convert';
      from: number;
      to: number;
      out: [number, number];
      /** All that was paid, what came back included. */
      gross: number;
      into: [number, number];
      seeds: number[];
      loose: boolean;
    }
  /** What a pool pays inside a conversion: its own taint in it has nowhere to go. */
  | { kind: 'pass'; from: number; asset: number; amount: number; loose: boolean }
  | { kind: 'state'; account: number; asset: number; amount: number }
  /** A new transaction begins; `late`: taint that moves is cut. */
  | { kind: 'frame'; late: boolean };

/** What the oracle is told. */
export interface OracleQuestion {
  readonly rule: string;
  readonly labelCount: number;
  readonly steps: readonly OracleStep[];
  readonly priors: ReadonlyArray<{ account: number; asset: number; amount: number }>;
  readonly stops: ReadonlySet<number>;
  readonly maxHops: number | null;
  readonly minAmount: number;
  readonly followIncome: boolean;
}

/** Taint by `account asset status reason label`, and sums by `asset term label`. Labels are the caller's. */
export interface OracleAnswer {
  readonly places: Map<string, number>;
  readonly sums: Map<string, number>;
}

/** A bundle of units of which only the composition is known. */
class Mix {
  parts: number[];
  size: number;
  constructor(parts: number[], size: number) {
    this.parts = parts;
    this.size = size;
  }
}

/** One unit: a label, -1 for clean, or a part of a mix. */
type Unit = number | Mix;

/** Hands out `take` in proportion to parts of `whole`, one unit at a time to whoever is furthest behind; the earlier wins ties. */
export function proportional(take: number, parts: readonly number[], whole: number): number[] {
  const given = parts.map((part) => Math.floor((part * take) / whole));
  let left = take - given.reduce((sum, part) => sum + part, 0);
  while (left > 0) {
    let best = 0;
    for (let at = 1; at < parts.length; at += 1) {
      if (parts[at] * take - given[at] * whole > parts[best] * take - given[best] * whole) best = at;
    }
    given[best] += 1;
    left -= 1;
  }
  return given;
}

/** Labels of `take` out of a composition of `whole`, clean last. */
function labelsOf(take: number, parts: readonly number[], whole: number): number[] {
  if (take === 0) return parts.map(() => 0);
  const clean = whole - parts.reduce((sum, part) => sum + part, 0);
  return proportional(take, [...parts, clean], whole).slice(0, -1);
}

/** A payment under way: units in order, or a count per label. */
interface Bundle {
  size: number;
  parts: number[];
  units: Unit[] | null;
}

interface Balance {
  size: number;
  parts: number[];
  hops: number[];
  units: Unit[];
}

/** Runs of one label or one mix. */
function runsOf(units: readonly Unit[]): Unit[][] {
  const runs: Unit[][] = [];
  for (const unit of units) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last[0] === unit) last.push(unit);
    else runs.push([unit]);
  }
  return runs;
}

function countsOf(units: readonly Unit[], labelCount: number): number[] {
  const counts = new Array<number>(labelCount).fill(0);
  for (const run of runsOf(units)) {
    const [first] = run;
    if (first instanceof Mix) first.parts.forEach((part, label) => (counts[label] += part));
    else if (first >= 0) counts[first] += run.length;
  }
  return counts;
}

/** Units worth another amount: each run by its size, a mix again within. */
function scaledUnits(units: readonly Unit[], size: number): Unit[] {
  if (size === units.length) return [...units];
  const runs = runsOf(units);
  const sizes = proportional(
    size,
    runs.map((run) => run.length),
    units.length,
  );
  return runs.flatMap(([first], at) => {
    const unit = first instanceof Mix ? new Mix(labelsOf(sizes[at], first.parts, first.size), sizes[at]) : first;
    return new Array<Unit>(sizes[at]).fill(unit);
  });
}

class Oracle {
  readonly question: OracleQuestion;
  readonly places = new Map<string, number>();
  readonly sums = new Map<string, number>();
  readonly balances = new Map<string, Balance>();
  readonly order: number[] = [];
  readonly byUnit: boolean;
  late = false;
  income: { bundle: Bundle; payer: string; hops: number[] } | null = null;

  constructor(question: OracleQuestion) {
    this.question = question;
    this.byUnit = question.rule === 'fifo' || question.rule === 'lifo';
    for (const { account, asset, amount } of question.priors) {
      this.add(`${account} ${asset}`, this.clean(amount), []);
    }
  }

  at(key: string): Balance {
    const known = this.balances.get(key);
    if (known !== undefined) return known;
    const zero = () => new Array<number>(this.question.labelCount).fill(0);
    const made: Balance = { size: 0, parts: zero(), hops: zero(), units: [] };
    this.balances.set(key, made);
    return made;
  }

  clean(size: number): Bundle {
    const parts = new Array<number>(this.question.labelCount).fill(0);
    return { size, parts, units: this.byUnit ? new Array<Unit>(size).fill(-1) : null };
  }

  /** What carries no taint is clean, whatever it was mixed from. */
  plain(bundle: Bundle): Bundle {
    return bundle.parts.some((part) => part > 0) ? bundle : this.clean(bundle.size);
  }

  forget(balance: Balance): void {
    if (this.byUnit && balance.parts.every((part) => part === 0)) balance.units.fill(-1);
  }

  count(key: string, parts: readonly number[], into = this.sums): void {
    parts.forEach((part, inner) => {
      if (part > 0) into.set(`${key} ${this.order[inner]}`, (into.get(`${key} ${this.order[inner]}`) ?? 0) + part);
    });
  }

  /** Taint that rests. */
  rest(key: string, status: string, reason: string | null, parts: readonly number[]): void {
    this.count(`${key} ${status} ${reason}`, parts, this.places);
    this.count(`${key.split(' ')[1]} ${status}`, parts);
  }

  add(key: string, given: Bundle, hops: readonly number[]): void {
    const balance = this.at(key);
    const bundle = this.plain(given);
    bundle.parts.forEach((part, label) => {
      if (part === 0) return;
      balance.hops[label] = balance.parts[label] > 0 ? Math.min(balance.hops[label], hops[label]) : hops[label];
      balance.parts[label] = this.question.rule === 'poison' ? 1 : balance.parts[label] + part;
    });
    balance.size += bundle.size;
    balance.units.push(...(bundle.units ?? []));
  }

  /** What a balance lacks came clean from out of sight, and lies under all that it has. */
  cover(key: string, size: number): Balance {
    const balance = this.at(key);
    if (balance.size < size) {
      balance.units.unshift(...(this.clean(size - balance.size).units ?? []));
      balance.size = size;
    }
    return balance;
  }

  /** Units leave a balance. */
  take(key: string, size: number, loose: boolean): Bundle & { hops: number[] } {
    const balance = this.cover(key, size);
    const hops = [...balance.hops];
    const bundle = this.byUnit ? this.takeUnits(balance, size, loose) : this.takeCounts(balance, size, loose);
    balance.size -= size;
    this.forget(balance);
    return { ...bundle, hops };
  }

  takeCounts(balance: Balance, size: number, loose: boolean): Bundle {
    const { rule } = this.question;
    const tainted = balance.parts.reduce((sum, part) => sum + part, 0);
    if (rule === 'poison') return { size, parts: balance.parts.map((flag) => flag * size), units: null };
    const clean = balance.size - tainted;
    const wanted = rule === 'taint-first' ? Math.min(size, tainted) : Math.max(0, size - clean);
    const byHaircut = rule === 'haircut' || loose;
    const parts = byHaircut
      ? labelsOf(size, balance.parts, balance.size)
      : wanted === 0
        ? balance.parts.map(() => 0)
        : proportional(wanted, balance.parts, tainted);
    balance.parts = balance.parts.map((part, label) => part - parts[label]);
    return { size, parts, units: null };
  }

  takeUnits(balance: Balance, size: number, loose: boolean): Bundle {
    const { labelCount, rule } = this.question;
    const { units } = balance;
    if (loose && balance.parts.some((part) => part > 0) && runsOf(units).length > 1) {
      const mix = new Mix(countsOf(units, labelCount), units.length);
      units.fill(mix);
    }
    const taken: Unit[] = [];
    for (let unit = 0; unit < size; unit += 1) {
      const next = rule === 'fifo' ? units.shift() : units.pop();
      if (next === undefined) throw new Error('a balance ran out of units');
      taken.push(next);
    }
    // A mix of which some units left is two mixes from now on.
    const whole = runsOf(taken).flatMap((run) => {
      const [first] = run;
      if (!(first instanceof Mix) || run.length === first.size) return run;
      const gone = new Mix(labelsOf(run.length, first.parts, first.size), run.length);
      first.parts = first.parts.map((part, label) => part - gone.parts[label]);
      first.size -= run.length;
      return new Array<Unit>(run.length).fill(gone);
    });
    const parts = countsOf(whole, labelCount);
    balance.parts = countsOf(units, labelCount);
    return { size, parts, units: whole };
  }

  /** The same bundle worth another amount. */
  scaled(bundle: Bundle, size: number): Bundle {
    const { rule, labelCount } = this.question;
    if (rule === 'poison') return { size, parts: bundle.parts.map((part) => (part > 0 ? size : 0)), units: null };
    if (bundle.units === null)
      return {
        size,
        parts: size === bundle.size ? bundle.parts : labelsOf(size, bundle.parts, bundle.size),
        units: null,
      };
    const units = scaledUnits(bundle.units, size);
    return { size, parts: countsOf(units, labelCount), units };
  }

  /** Labels made clean. */
  without(bundle: Bundle, dropped: readonly boolean[]): Bundle {
    const zeroed = (parts: readonly number[]) => parts.map((part, label) => (dropped[label] ? 0 : part));
    const units =
      bundle.units === null
        ? null
        : runsOf(bundle.units).flatMap((run) => {
            const [first] = run;
            const unit =
              first instanceof Mix
                ? new Mix(zeroed(first.parts), first.size)
                : first >= 0 && dropped[first]
                  ? -1
                  : first;
            return new Array<Unit>(run.length).fill(unit);
          });
    return { size: bundle.size, parts: zeroed(bundle.parts), units };
  }

  /** Clean units take a label. */
  filled(bundle: Bundle, label: number): Bundle {
    const fill = (parts: readonly number[], size: number) => {
      const clean = size - parts.reduce((sum, part) => sum + part, 0);
      return parts.map((part, other) => (other === label ? part + clean : part));
    };
    if (this.question.rule === 'poison') {
      return { ...bundle, parts: bundle.parts.map((part, other) => (other === label ? bundle.size : part)) };
    }
    const units =
      bundle.units === null
        ? null
        : runsOf(bundle.units).flatMap((run) => {
            const [first] = run;
            const unit =
              first instanceof Mix ? new Mix(fill(first.parts, first.size), first.size) : first === -1 ? label : first;
            return new Array<Unit>(run.length).fill(unit);
          });
    return { size: bundle.size, parts: fill(bundle.parts, bundle.size), units };
  }

  /** A payment reaches an account: limits, then seeds, then the stop. */
  arrive(to: string, payer: string, given: Bundle, hops: readonly number[], seeds: readonly number[]): void {
    const { stops, maxHops, minAmount } = this.question;
    let bundle = given;
    if (seeds.length === 0 && given.parts.every((part) => part === 0)) {
      this.add(to, this.clean(given.size), []);
      return;
    }
    if (this.late) {
      this.rest(payer, 'cut', 'until', bundle.parts);
      bundle = this.clean(bundle.size);
    }
    const dropped = bundle.parts.map((part, label) => {
      if (part === 0) return false;
      const reason = maxHops !== null && hops[label] >= maxHops ? 'max-hops' : part < minAmount ? 'min-amount' : null;
      if (reason !== null)
        this.rest(
          payer,
          'cut',
          reason,
          bundle.parts.map((one, other) => (other === label ? one : 0)),
        );
      return reason !== null;
    });
    bundle = this.plain(dropped.includes(true) ? this.without(bundle, dropped) : bundle);
    const arrived = bundle.parts.map((_, label) => (hops[label] ?? 0) + 1);
    for (const outer of seeds) {
      if (!this.order.includes(outer)) this.order.push(outer);
      const label = this.order.indexOf(outer);
      const before = bundle.parts;
      bundle = this.filled(bundle, label);
      this.count(
        `${to.split(' ')[1]} seeded`,
        bundle.parts.map((part, other) => part - before[other]),
      );
      arrived[label] = 0;
    }
    if (stops.has(Number(to.split(' ')[0]))) {
      this.rest(to, 'stopped', 'stop', bundle.parts);
      bundle = this.clean(bundle.size);
    }
    this.add(to, bundle, arrived);
  }

  run(): OracleAnswer {
    for (const step of this.question.steps) this.step(step);
    for (const [key, { size, parts }] of this.balances) {
      this.rest(key, 'held', null, this.question.rule === 'poison' ? parts.map((flag) => flag * size) : parts);
    }
    return this;
  }

  step(step: OracleStep): void {
    if (step.kind === 'frame') {
      this.late = step.late;
      this.income = null;
    } else if (step.kind === 'move') {
      const to = `${step.to} ${step.asset}`;
      const payer = `${step.from} ${step.asset}`;
      if (step.from < 0) this.arrive(to, payer, this.clean(step.amount), [], step.seeds);
      else {
        const taken = this.take(payer, step.amount, step.loose);
        this.arrive(to, payer, taken, taken.hops, step.seeds);
      }
    } else if (step.kind === 'fee') this.fee(step);
    else if (step.kind === 'reward') {
      const { bundle, payer, hops } = this.income ?? { bundle: this.clean(step.amount), payer: '-1 0', hops: [] };
      this.arrive(`${step.to} ${step.asset}`, payer, bundle, hops, step.seeds);
    } else if (step.kind === 'burn' || step.kind === 'pass') {
      const key = `${step.from} ${step.asset}`;
      const { parts } = this.take(key, step.amount, step.loose);
      if (this.late) this.rest(key, 'cut', 'until', parts);
      else if (step.kind === 'burn') this.rest(key, 'burned', null, parts);
      else this.rest(key, 'unresolved', 'pass-through', parts);
    } else if (step.kind === 'convert') this.convert(step);
    else this.state(step);
  }

  fee({ from, asset, amount, reward }: Extract<OracleStep, { kind: 'fee' }>): void {
    const key = `${from} ${asset}`;
    const taken = this.take(key, amount, false);
    if (this.late) {
      this.rest(key, 'cut', 'until', taken.parts);
      return;
    }
    if (reward === 0 || !this.question.followIncome) {
      this.count(`${asset} fee`, taken.parts);
      return;
    }
    const { rule } = this.question;
    const parts =
      rule === 'poison' ? taken.parts.map((part) => (part > 0 ? reward : 0)) : labelsOf(reward, taken.parts, amount);
    this.count(
      `${asset} fee`,
      taken.parts.map((part, label) => part - parts[label]),
    );
    const pure = taken.units === null ? [] : runsOf(taken.units);
    const units =
      taken.units === null
        ? null
        : new Array<Unit>(reward).fill(
            pure.length === 1 && !(pure[0][0] instanceof Mix) ? pure[0][0] : new Mix(parts, reward),
          );
    this.income = { bundle: { size: reward, parts, units }, payer: key, hops: taken.hops };
  }

  convert({ from, to, out, gross, into, seeds, loose }: Extract<OracleStep, { kind: 'convert' }>): void {
    const key = `${from} ${out[0]}`;
    this.cover(key, gross);
    const taken = this.take(key, out[1], loose);
    let bundle = this.clean(into[1]);
    if (this.late) this.rest(key, 'cut', 'until', taken.parts);
    else {
      bundle = this.scaled(taken, into[1]);
      this.count(`${out[0]} convertedOut`, taken.parts);
      this.count(`${into[0]} convertedIn`, bundle.parts);
    }
    if (from === to) this.add(`${to} ${into[0]}`, bundle, taken.hops);
    else this.arrive(`${to} ${into[0]}`, `${from} ${into[0]}`, bundle, taken.hops, seeds);
  }

  state({ account, asset, amount }: Extract<OracleStep, { kind: 'state' }>): void {
    const key = `${account} ${asset}`;
    const balance = this.at(key);
    if (amount >= balance.size) {
      this.add(key, this.clean(amount - balance.size), []);
      return;
    }
    const { rule, labelCount } = this.question;
    const before = balance.parts;
    if (this.byUnit) {
      balance.units = scaledUnits(balance.units, amount);
      balance.parts = countsOf(balance.units, labelCount);
    } else if (rule !== 'poison') {
      const gone = labelsOf(balance.size - amount, before, balance.size);
      balance.parts = before.map((part, label) => part - gone[label]);
    }
    if (rule !== 'poison')
      this.rest(
        key,
        'unresolved',
        'adjusted',
        before.map((part, label) => part - balance.parts[label]),
      );
    balance.size = amount;
    this.forget(balance);
  }
}

/** The answer of one rule. */
export function accountOracle(question: OracleQuestion): OracleAnswer {
  return new Oracle(question).run();
}
