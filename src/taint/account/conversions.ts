/** Conversions of a frame under way: what an account sent out becomes what it took in, under every rule. */
import { type AccountConversion, NONE } from '../../ledger/index.ts';
import type { BalanceTable } from './balance-table.ts';
import type { ConversionPlan } from './conversion-plan.ts';
import type { LabelOrder } from './label-order.ts';
import { taintOf } from './lot.ts';
import type { Underway } from './pass.ts';
import { conversionStep, type ReceiptDesk, tainted } from './receipt.ts';
import { leastHops, type Parcel, type RuleRun } from './rule-run.ts';
import type { Shortfall } from './shortfall.ts';

/** What conversions lean on. */
export interface ConversionParts {
  readonly balances: BalanceTable;
  readonly labels: LabelOrder;
  readonly runs: readonly RuleRun[];
  readonly desk: ReceiptDesk;
  readonly shortfall: Shortfall;
  readonly keepTrail: boolean;
}

/** See the head of the file. */
export class Conversions {
  private readonly parts: ConversionParts;

  constructor(parts: ConversionParts) {
    this.parts = parts;
  }

  /** Whether the account of a conversion has all that it pays of the out-asset. */
  canConvert({ conversions, grossOut }: ConversionPlan, place: number): boolean {
    const { balances } = this.parts;
    const { account, outAsset } = conversions[place];
    return balances.has(balances.numberOf(account, outAsset), grossOut[place]);
  }

  /** Carries out the conversions that an effect belongs to: as its out-asset leaves, or before, when the account has it as its in-asset arrives. */
  convertBy(underway: Underway, plan: ConversionPlan, at: number): void {
    const leaves = plan.leavesBy[at];
    if (leaves !== NONE && !underway.converted[leaves]) this.convert(underway, plan.conversions[leaves], leaves);
    const arrives = plan.arrivesBy[at];
    if (arrives === NONE || underway.converted[arrives]) return;
    if (this.canConvert(plan, arrives)) this.convert(underway, plan.conversions[arrives], arrives);
  }

  /** Carries out those that no effect has called for. */
  convertRest(underway: Underway): void {
    underway.plan?.conversions.forEach((conversion, place) => {
      if (!underway.converted[place]) this.convert(underway, conversion, place);
    });
  }

  private convert(underway: Underway, conversion: AccountConversion, place: number): void {
    const { balances, runs, desk, shortfall } = this.parts;
    underway.converted[place] = true;
    const { account, recipient, outAsset, outAmount, inAsset, inAmount } = conversion;
    const out = balances.numberOf(account, outAsset);
    const gross = underway.plan?.grossOut[place] ?? outAmount;
    if (!balances.has(out, gross)) shortfall.cover(out, gross);
    const parcels = runs.map((run) => {
      const parcel = tainted(run.take(out, outAmount, underway.unordered));
      if (parcel !== null) underway.moved = true;
      return parcel === null ? null : this.converted(underway, { run, parcel, conversion, out });
    });
    balances.take(out, outAmount);
    const payer = balances.numberOf(account, inAsset);
    if (recipient !== account) {
      const at = underway.plan?.firstArrival[place] ?? NONE;
      desk.receive(underway, { at, payer, leaving: inAmount, arriving: inAmount, parcels, conversion }, runs);
      return;
    }
    runs.forEach((run, index) => {
      const parcel = parcels[index];
      if (parcel === null) run.putClean(payer, inAmount);
      else {
        if (this.parts.keepTrail) run.step(underway.frame, conversionStep(conversion), parcel, null);
        run.put(payer, parcel);
      }
    });
    balances.add(payer, inAmount);
  }

  /** Taint of what an account sent out as taint of what came in for it; null where none of it goes on. */
  private converted(
    underway: Underway,
    { run, parcel, conversion, out }: { run: RuleRun; parcel: Parcel; conversion: AccountConversion; out: number },
  ): Parcel | null {
    if (underway.late) {
      run.rest(out, { status: 'cut', reason: 'until' }, parcel.taint, leastHops(parcel));
      return null;
    }
    const lots = run.rule.scale(parcel.lots, conversion.inAmount);
    const taint = taintOf(lots, this.parts.labels.count);
    run.enter(conversion.outAsset, 'convertedOut', parcel.taint);
    run.enter(conversion.inAsset, 'convertedIn', taint);
    return tainted({ lots, taint, hops: parcel.hops, paid: parcel.taint });
  }
}
