/**
 * Claim:      which sides of which effects of a frame belong to a conversion, so that nothing of them moves taint a second time.
 * Source:     net change per account and asset inside one transaction (reference C4): what the account sent out stands for what it took in.
 * Parameters: the caller's conversions, in order.
 * Cost:       O(effects x conversions of the frame).
 * Fails when: the effects hold less than the conversion says: it is refused and the frame moves as it stands.
 */
import { type AccountConversion, type AccountFrame, type EffectFrame, NONE } from '../../ledger/index.ts';

/** What of each side of each effect is left to move by itself, and the conversions that are borne out. */
export interface ConversionPlan {
  readonly fromLeft: bigint[];
  readonly toLeft: bigint[];
  readonly conversions: readonly AccountConversion[];
  /** Conversion (place in `conversions`) whose in-asset arrives, or out-asset leaves, by an effect; NONE: none. */
  readonly arrivesBy: readonly number[];
  readonly leavesBy: readonly number[];
  /** By conversion: the first effect by which its in-asset arrives. */
  readonly firstArrival: readonly number[];
  /** By conversion: all that the account pays of the out-asset, what comes back included; it must have had as much. */
  readonly grossOut: readonly bigint[];
  readonly refused: readonly AccountConversion[];
}

type Side = 'from' | 'to';

/** The plan of a frame; null when there is nothing to plan. */
export function conversionPlan(frame: AccountFrame, given: readonly AccountConversion[]): ConversionPlan | null {
  if (given.length === 0) return null;
  const { effects } = frame;
  const plan = {
    fromLeft: effects.map(({ amount }) => amount),
    toLeft: effects.map(({ amount }) => amount),
    arrivesBy: effects.map((): number => NONE),
    leavesBy: effects.map((): number => NONE),
  };
  const conversions: AccountConversion[] = [];
  const firstArrival: number[] = [];
  const grossOut: bigint[] = [];
  const refused: AccountConversion[] = [];
  for (const conversion of given) {
    const { account, recipient, outAsset, outAmount, inAsset, inAmount } = conversion;
    const left = { from: plan.fromLeft, to: plan.toLeft };
    const out = claim(effects, left, { side: 'from', account, asset: outAsset, amount: outAmount });
    const arrived = claim(effects, left, { side: 'to', account: recipient, asset: inAsset, amount: inAmount });
    if (out === null || arrived === null || outAmount <= 0n || inAmount <= 0n || outAsset === inAsset) {
      refused.push(conversion);
      continue;
    }
    take(plan.fromLeft, out.main);
    take(plan.toLeft, out.back);
    take(plan.toLeft, arrived.main);
    take(plan.fromLeft, arrived.back);
    for (const [effect] of out.main) plan.leavesBy[effect] = conversions.length;
    for (const [effect] of arrived.main) plan.arrivesBy[effect] = conversions.length;
    grossOut.push(total(out.main));
    firstArrival.push(arrived.main[0][0]);
    conversions.push(conversion);
  }
  return { ...plan, firstArrival, grossOut, conversions, refused };
}

interface Claim {
  /** (effect, amount) on the side that was asked for, and on the other: what came back. */
  readonly main: ReadonlyArray<readonly [number, bigint]>;
  readonly back: ReadonlyArray<readonly [number, bigint]>;
}

/**
 * Effects of an account in an asset that make up an amount: all of them, both ways, where their net is the amount; else the first ones of the side up to it.
 * null: they do not reach it.
 */
function claim(
  effects: readonly EffectFrame[],
  left: Readonly<Record<Side, readonly bigint[]>>,
  asked: { side: Side; account: number; asset: number; amount: bigint },
): Claim | null {
  const { side, account, asset, amount } = asked;
  const other = side === 'from' ? 'to' : 'from';
  const on = (which: Side): Array<readonly [number, bigint]> =>
    effects.flatMap((effect, index) => {
      const mine = effect[which] === account && effect.asset === asset && effect.from !== effect.to;
      const counts = mine && (effect.kind === 'move' || effect.kind === 'mint' || effect.kind === 'burn');
      return counts && left[which][index] > 0n ? [[index, left[which][index]] as const] : [];
    });
  const main = on(side);
  const back = on(other);
  const gross = total(main);
  if (gross - total(back) === amount) return { main, back };
  if (gross < amount) return null;
  let missing = amount;
  const first = main.flatMap(([index, there]) => {
    const used = there < missing ? there : missing;
    missing -= used;
    return used > 0n ? [[index, used] as const] : [];
  });
  return { main: first, back: [] };
}

function total(claims: ReadonlyArray<readonly [number, bigint]>): bigint {
  return claims.reduce((sum, [, amount]) => sum + amount, 0n);
}

function take(left: bigint[], claims: ReadonlyArray<readonly [number, bigint]>): void {
  for (const [index, amount] of claims) left[index] -= amount;
}
