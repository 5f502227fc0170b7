/**
 * Who does what in a synthetic chain. Every behaviour either makes one whole transaction and says true, or makes nothing and says false.
 * Shapes and frequencies follow performance.md section 3.
 */
import type { Prng } from './prng.ts';
import { SyntheticAddressBook, type SyntheticSize } from './synthetic-address-book.ts';
import { EXCHANGES, FIRST_MERCHANT, FIRST_USER, MERCHANTS, THIEF } from './synthetic-cast.ts';
import type { SyntheticWriter } from './synthetic-writer.ts';

const DUST_SAT = 1000;
const THEFT_HOPS = 40;
/** Share of transactions that are dust attacks, where there are any. */
const DUST_ATTACKS = 0.002;

/** A peel chain under way: its running remainder, and how many hops are left. */
interface Peel {
  output: number;
  hopsLeft: number;
}

/** Actors of one chain with their habits, addresses and unfinished plans. */
export class SyntheticActors {
  readonly peelTransactions: number[] = [];
  readonly theftPeelTransactions: number[] = [];
  readonly coinjoinTransactions: number[] = [];
  readonly theftOutputs: number[] = [];
  readonly dustTransactions: number[] = [];
  theftTransaction = -1;
  readonly book: SyntheticAddressBook;
  private readonly prng: Prng;
  private readonly writer: SyntheticWriter;
  private readonly planned: number;
  private readonly peels: Peel[] = [];
  private theftPeel: Peel | null = null;
  private nextTheftHop = 0;
  private readonly coinbases: number[] = [];
  private oldestCoinbase = 0;
  private readonly dusts: boolean;

  constructor(prng: Prng, writer: SyntheticWriter, size: SyntheticSize & { readonly dustAttacks: boolean }) {
    this.prng = prng;
    this.writer = writer;
    this.planned = size.transactions;
    this.dusts = size.dustAttacks;
    this.book = new SyntheticAddressBook(prng, writer, size);
  }

  /** Mints `valueSat` to a miner, as the last transaction of the block. */
  mint(valueSat: number): void {
    this.coinbases.push(this.writer.pay(this.prng.pick(this.book.minerAddresses), valueSat));
    this.writer.finish(true);
  }

  /** Makes one transaction of whatever kind comes up; false when nobody can pay for anything. */
  act(): boolean {
    if (this.stealOrPeelOn()) return true;
    // Asked first, so that a chain without attacks draws the numbers it always drew.
    if (this.dusts && this.prng.chance(DUST_ATTACKS) && this.dust()) return true;
    if (this.prng.chance(0.1) && this.payOutMiner()) return true;
    const draw = this.prng.unit();
    if (draw < 0.013 && this.withdraw()) return true;
    if (draw < 0.017 && this.sweepDeposits()) return true;
    if (draw < 0.022 && this.consolidate()) return true;
    if (draw < 0.03 && this.mix()) return true;
    if (draw < 0.11 && this.peel()) return true;
    return this.payByUser() || this.payOutMiner() || this.withdraw();
  }

  /** A user pays a user, a merchant or an exchange; the rest comes back to a fresh address, one time in four to the old one. */
  private payByUser(): boolean {
    const { prng, writer } = this;
    const first = this.pickByAge(20_000);
    if (first < 0) return false;
    const pocket = writer.pocketOf(first);
    const wanted = prng.chance(0.66) ? 0 : prng.geometric(1.6);
    const more = wanted === 0 ? [] : writer.peek(pocket, wanted + 1).filter((output) => output !== first);
    const inputs = [first, ...more.slice(0, wanted)];
    const left = this.sumOf(inputs) - this.feeFor(inputs.length, 2, 60);
    if (left < 2 * DUST_SAT) return false;
    const all = prng.chance(0.22);
    const amount = all ? left : prng.logUniform(Math.max(DUST_SAT, Math.floor(left / 100)), left);
    const change = left - amount;
    for (const output of inputs) writer.spend(output);
    const recipient = this.book.recipientOf(pocket);
    if (change < DUST_SAT) writer.pay(recipient, left);
    else {
      const changeAddress = prng.chance(0.25) ? writer.outputAddress.data[first]! : writer.freshAddress(pocket);
      const changeFirst = prng.chance(0.5);
      if (changeFirst) writer.pay(changeAddress, change);
      writer.pay(recipient, amount);
      if (!changeFirst) writer.pay(changeAddress, change);
    }
    return this.done();
  }

  /** An exchange pays a batch of customers from its hot wallet. */
  private withdraw(): boolean {
    const { prng, writer } = this;
    const exchange = prng.zipf(EXCHANGES);
    const inputs = writer.peek(exchange, prng.between(1, 4));
    const count = Math.min(200, prng.geometric(18));
    const spendable = this.sumOf(inputs) - this.feeFor(inputs.length, count + 1, 30);
    const most = Math.floor((spendable * 0.7) / count);
    if (most < 50_000) return false;
    for (const output of inputs) writer.spend(output);
    let left = spendable;
    for (let paid = 0; paid < count; paid += 1) {
      const amount = prng.logUniform(Math.max(50_000, Math.floor(most / 200)), most);
      writer.pay(writer.freshAddress(this.book.someUser()), amount);
      left -= amount;
    }
    writer.pay(this.book.hotAddressOf(exchange), left);
    return this.done();
  }

  /** An exchange moves 20 to 150 deposits to its hot wallet. */
  private sweepDeposits(): boolean {
    const exchange = this.prng.zipf(EXCHANGES);
    return this.gather(EXCHANGES + exchange, { low: 20, high: 150 }, () => this.book.hotAddressOf(exchange));
  }

  /** A merchant, or a user with many coins, joins 10 to 70 of them. */
  private consolidate(): boolean {
    const { prng, writer } = this;
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const pocket = prng.chance(0.7) ? FIRST_MERCHANT + prng.zipf(MERCHANTS) : this.book.someUser();
      const target = () => (prng.chance(0.6) ? this.book.depositAddressOf(pocket) : writer.freshAddress(pocket));
      if (this.gather(pocket, { low: 10, high: 70 }, target)) return true;
    }
    return false;
  }

  /** A user sends next to nothing to 40 to 150 addresses of others that were used before, so that whoever spends it with more shows what else is his. */
  private dust(): boolean {
    const { prng, writer } = this;
    const count = prng.between(40, 150);
    const first = this.pickByAge(count * DUST_SAT + this.feeFor(1, count + 1, 5) + 2 * DUST_SAT);
    if (first < 0) return false;
    const left = writer.valueOf(first) - this.feeFor(1, count + 1, 5);
    if (left < (count + 1) * DUST_SAT) return false;
    const attacker = writer.pocketOf(first);
    writer.spend(first);
    let paidSat = 0;
    for (let sent = 0; sent < count; sent += 1) {
      const target = writer.outputAddress.data[prng.int(writer.outputCount)]!;
      if (target < 0) continue;
      const valueSat = prng.between(546, DUST_SAT);
      writer.pay(target, valueSat);
      paidSat += valueSat;
    }
    writer.pay(writer.freshAddress(attacker), left - paidSat);
    this.dustTransactions.push(writer.transactionCount);
    return this.done();
  }

  private gather(pocket: number, range: { low: number; high: number }, target: () => number): boolean {
    const { prng, writer } = this;
    if (writer.sizeOf(pocket) < range.low) return false;
    const inputs = writer.peek(pocket, prng.between(range.low, range.high));
    const left = this.sumOf(inputs) - this.feeFor(inputs.length, 1, 5);
    if (inputs.length < range.low || left < DUST_SAT) return false;
    for (const output of inputs) writer.spend(output);
    writer.pay(target(), left);
    return this.done();
  }

  /** 5 to 47 users make equal outputs, each gets change. */
  private mix(): boolean {
    const { prng, writer } = this;
    const denomination = prng.pick([1_000_000, 5_000_000, 10_000_000]);
    const wanted = prng.between(5, 47);
    const feeEach = 100 * prng.logUniform(1, 30);
    const inputs = new Map<number, number>();
    for (let attempt = 0; attempt < 4 * wanted && inputs.size < wanted; attempt += 1) {
      const output = this.pickByAge(denomination + feeEach + DUST_SAT);
      if (output >= 0) inputs.set(writer.pocketOf(output), output);
    }
    if (inputs.size < 5) return false;
    for (const output of inputs.values()) writer.spend(output);
    for (const pocket of prng.shuffled([...inputs.keys()])) writer.pay(writer.freshAddress(pocket), denomination);
    for (const [pocket, output] of inputs) {
      writer.pay(writer.freshAddress(pocket), writer.valueOf(output) - denomination - feeEach);
    }
    this.coinjoinTransactions.push(writer.transactionCount);
    return this.done();
  }

  /** The next hop of some peel chain, or the first of a new one. */
  private peel(): boolean {
    const { prng, writer, peels } = this;
    if (peels.length < 3 || (peels.length < 60 && prng.chance(0.05))) {
      const output = this.pickByAge(50_000_000);
      if (output >= 0) {
        writer.reserved.add(output);
        peels.push({ output, hopsLeft: prng.between(5, 64) });
      }
    }
    if (peels.length === 0) return false;
    const index = prng.int(peels.length);
    const peel = peels[index]!;
    const moved = this.hop(peel, () => this.book.recipientOf(writer.pocketOf(peel.output)));
    if (!moved || peel.hopsLeft === 0) {
      writer.reserved.delete(peel.output);
      peels.splice(index, 1);
    }
    return moved;
  }

  /** One hop: a small payment, and the rest to a fresh address of the same owner. False, and nothing made, when too little is left. */
  private hop(peel: Peel, recipient: () => number): boolean {
    const { prng, writer } = this;
    const left = writer.valueOf(peel.output) - this.feeFor(1, 2, 20);
    if (left < 100 * DUST_SAT) return false;
    const pocket = writer.pocketOf(peel.output);
    const amount = prng.logUniform(Math.max(DUST_SAT, Math.floor(left / 300)), Math.floor(left / 30));
    writer.reserved.delete(peel.output);
    writer.spend(peel.output);
    const restFirst = prng.chance(0.5);
    const restAddress = writer.freshAddress(pocket);
    const payee = recipient();
    const first = writer.pay(restFirst ? restAddress : payee, restFirst ? left - amount : amount);
    const second = writer.pay(restFirst ? payee : restAddress, restFirst ? amount : left - amount);
    peel.output = restFirst ? first : second;
    peel.hopsLeft -= 1;
    writer.reserved.add(peel.output);
    this.peelTransactions.push(writer.transactionCount);
    return this.done();
  }

  /** At 10 % of the chain a thief empties a part of exchange 0's hot wallet, then peels 40 times, evenly over the next half. */
  private stealOrPeelOn(): boolean {
    const { writer, planned } = this;
    const now = writer.transactionCount;
    if (this.theftTransaction < 0) return now >= planned / 10 && this.steal();
    if (this.theftPeel === null || now < this.nextTheftHop) return false;
    this.nextTheftHop = now + Math.max(1, Math.floor(planned / 2 / THEFT_HOPS));
    this.theftPeelTransactions.push(now);
    const exit = this.prng.chance(0.5) ? this.book.depositAddressOf(THIEF) : writer.freshAddress(this.book.someUser());
    if (!this.hop(this.theftPeel, () => exit)) throw new Error('synthetic chain: the loot ran dry');
    if (this.theftPeel.hopsLeft === 0) this.theftPeel = null;
    return true;
  }

  private steal(): boolean {
    const { writer } = this;
    const inputs = writer.peek(0, 20);
    const left = this.sumOf(inputs) - this.feeFor(inputs.length, 2, 60);
    if (left < 100_000_000) return false;
    const change = Math.floor(left / 20);
    this.theftTransaction = writer.transactionCount;
    for (const output of inputs) writer.spend(output);
    const loot = writer.pay(writer.freshAddress(THIEF), left - change);
    writer.pay(this.book.hotAddressOf(0), change);
    this.theftOutputs.push(loot);
    writer.reserved.add(loot);
    this.theftPeel = { output: loot, hopsLeft: THEFT_HOPS };
    this.nextTheftHop = this.theftTransaction + 1;
    return this.done();
  }

  /** A miner spends its oldest coinbase of 100 confirmations among users and exchanges. */
  private payOutMiner(): boolean {
    const { prng, writer } = this;
    const coinbase = this.coinbases[this.oldestCoinbase];
    if (coinbase === undefined || writer.currentHeight < this.oldestCoinbase + 100) return false;
    this.oldestCoinbase += 1;
    const count = prng.between(2, 40);
    const spendable = writer.valueOf(coinbase) - this.feeFor(1, count, 60);
    const each = Math.floor(spendable / count);
    writer.spend(coinbase);
    for (let paid = 0; paid < count; paid += 1) {
      const toExchange = prng.chance(0.3);
      const address = toExchange
        ? this.book.hotAddressOf(prng.zipf(EXCHANGES))
        : writer.freshAddress(this.book.someUser());
      writer.pay(address, paid === 0 ? spendable - each * (count - 1) : each);
    }
    return this.done();
  }

  /** Closes a transaction; one in fifty carries a message in an unspendable output. */
  private done(): true {
    if (this.prng.chance(0.02)) this.writer.pay(-1, 0);
    this.writer.finish(false);
    return true;
  }

  /** A free output of a user worth at least this much; its age in outputs is log-uniform. -1 when the search finds none. */
  private pickByAge(atLeastSat: number): number {
    const { prng, writer } = this;
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const oldest = writer.outputCount - prng.logUniform(1, writer.outputCount);
      const end = Math.min(writer.outputCount, oldest + 40);
      for (let output = oldest; output < end; output += 1) {
        if (writer.isFree(output) && writer.valueOf(output) >= atLeastSat && writer.pocketOf(output) >= FIRST_USER) {
          return output;
        }
      }
    }
    return -1;
  }

  private sumOf(outputs: readonly number[]): number {
    return outputs.reduce((sum, output) => sum + this.writer.valueOf(output), 0);
  }

  private feeFor(inputs: number, outputs: number, topRate: number): number {
    return (11 + 68 * inputs + 31 * outputs) * this.prng.logUniform(1, topRate);
  }
}
