/** A question with everything that decides its answer, and what was found for it, as the parts of this room hand them on. */
import type { AssetPrice, ScreenedAsset } from './amount.ts';
import type { Contribution } from './contribution.ts';
import type { Direction, Method, Screening, ScreeningAttribution, ScreeningClaim } from './schema.ts';

/** Prices of one day. */
export interface ScreeningPrices {
  /** `YYYY-MM-DD`; null where nobody dates the subject: then there is no price. */
  readonly day: string | null;
  readonly assets: ReadonlyArray<
    AssetPrice & { readonly price: string; readonly file: string; readonly sha256: string }
  >;
}

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
  /** Prices on the day of `atSec`; absent where no file of prices was given. */
  readonly prices?: ScreeningPrices;
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
