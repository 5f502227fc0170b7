/** The addresses of a synthetic chain that are used more than once, and who gets paid at which address. */
import type { Prng } from './prng.ts';
import { EXCHANGES, FIRST_MERCHANT, FIRST_MINER, FIRST_USER, MERCHANTS, MINERS, pocketsFor } from './synthetic-cast.ts';
import type { SyntheticWriter } from './synthetic-writer.ts';

const HOT_ADDRESSES = 3;

/** Planned size of a chain. */
export interface SyntheticSize {
  readonly users: number;
  readonly transactions: number;
}

/** Hot, deposit and miner addresses by owner; fresh addresses for everybody else. */
export class SyntheticAddressBook {
  readonly hotAddresses: number[] = [];
  readonly depositAddresses: number[] = [];
  readonly minerAddresses: number[] = [];
  private readonly prng: Prng;
  private readonly writer: SyntheticWriter;
  private readonly size: SyntheticSize;
  private readonly depositOf: Int32Array;

  constructor(prng: Prng, writer: SyntheticWriter, size: SyntheticSize) {
    this.prng = prng;
    this.writer = writer;
    this.size = size;
    this.depositOf = new Int32Array(pocketsFor(size.users)).fill(-1);
    for (let address = 0; address < EXCHANGES * HOT_ADDRESSES; address += 1) {
      this.hotAddresses.push(writer.freshAddress(Math.floor(address / HOT_ADDRESSES)));
    }
    for (let miner = 0; miner < MINERS; miner += 1) this.minerAddresses.push(writer.freshAddress(FIRST_MINER + miner));
  }

  /** Somebody a customer pays: an exchange (its own deposit address), a merchant or a user. */
  recipientOf(pocket: number): number {
    const draw = this.prng.unit();
    if (draw < 0.35) return this.depositAddressOf(pocket);
    if (draw < 0.5) return this.writer.freshAddress(FIRST_MERCHANT + this.prng.zipf(MERCHANTS));
    return this.writer.freshAddress(this.someUser());
  }

  /** Deposit address that an exchange gave this customer; made at the first use. */
  depositAddressOf(pocket: number): number {
    const known = this.depositOf[pocket]!;
    if (known >= 0) return known;
    const address = this.writer.freshAddress(EXCHANGES + this.prng.zipf(EXCHANGES));
    this.depositOf[pocket] = address;
    this.depositAddresses.push(address);
    return address;
  }

  /** One of the few hot addresses of an exchange. */
  hotAddressOf(exchange: number): number {
    return this.hotAddresses[exchange * HOT_ADDRESSES + this.prng.int(HOT_ADDRESSES)]!;
  }

  /** Pocket of a user; users join as the chain grows. */
  someUser(): number {
    const joined = Math.ceil((this.size.users * (this.writer.transactionCount + 1)) / this.size.transactions);
    return FIRST_USER + this.prng.int(Math.min(this.size.users, 50 + joined));
  }
}
