/**
 * Links between accounts with all they rest on. They become the `Evidence` of evidence.ts, from which partitions, proofs and what-ifs are made as on any
 * chain; nothing of them ever moves taint.
 */
import type { AccountId, AccountTxId, AssetId } from '../ledger/index.ts';
import { type AccountHeuristic, type Evidence, evidenceOf, type Layer } from './evidence.ts';
import { partition } from './partition.ts';

/** How far a heuristic is to be trusted. `strong` makes clusters by itself; the others only where a person asks for them. */
export type LinkStrength = 'strong' | 'medium' | 'weak' | 'lead';

/** Version and strength of each heuristic; a change of a rule raises its version. */
export const ACCOUNT_RULES: Readonly<
  Record<AccountHeuristic, { readonly version: number; readonly strength: LinkStrength }>
> = {
  'deposit-reuse': { version: 1, strength: 'strong' },
  'airdrop-farm': { version: 1, strength: 'medium' },
  'self-authorisation': { version: 1, strength: 'weak' },
  'first-funder': { version: 1, strength: 'lead' },
  'consolidation-sink': { version: 1, strength: 'lead' },
};

/** What one link rests on, by heuristic. */
export type LinkEvidence =
  | {
      readonly kind: 'deposit-reuse';
      readonly exchange: string;
      readonly txIn: AccountTxId;
      readonly txOut: AccountTxId;
      readonly asset: AssetId;
      readonly amountIn: bigint;
      readonly amountOut: bigint;
      /** Blocks between, and what came in more than went out. */
      readonly blocks: number;
      readonly difference: bigint;
      /** Confidence as an exact ratio, `17/20`. */
      readonly kappa: string;
    }
  | {
      readonly kind: 'airdrop-farm';
      readonly asset: AssetId;
      readonly source: AccountId;
      readonly amount: bigint;
      readonly recipients: number;
      readonly txAirdrop: AccountTxId;
      readonly txForward: AccountTxId;
    }
  | {
      readonly kind: 'self-authorisation';
      readonly txApproval: AccountTxId;
      readonly txReturn: AccountTxId;
      /** Owners that approved this spender. */
      readonly owners: number;
    }
  | {
      readonly kind: 'first-funder';
      readonly txFunding: AccountTxId;
      readonly amount: bigint;
      /** Others that the same account funded first, with a near amount and near in time. */
      readonly siblings: number;
    }
  | {
      readonly kind: 'consolidation-sink';
      readonly txSweep: AccountTxId;
      readonly amount: bigint;
      readonly left: bigint;
      /** Accounts that swept to the sink within one window. */
      readonly sources: number;
    };

/** One link: two accounts, one heuristic, one transaction that stands for it. */
export interface AccountLink {
  readonly heuristic: AccountHeuristic;
  readonly version: number;
  readonly strength: LinkStrength;
  readonly tx: AccountTxId;
  readonly members: readonly [AccountId, AccountId];
  readonly evidence: LinkEvidence;
}

/** A link of the current version of a heuristic. */
export function accountLink(
  heuristic: AccountHeuristic,
  tx: AccountTxId,
  members: readonly [AccountId, AccountId],
  evidence: LinkEvidence,
): AccountLink {
  return { heuristic, ...ACCOUNT_RULES[heuristic], tx, members, evidence };
}

/** The links as columns; link k of the evidence is link k of the list. */
export function accountEvidence(links: readonly AccountLink[]): Evidence {
  return evidenceOf(links);
}

/** Smallest member of the cluster of each account. Core clusters, the default, are made by strong links only. */
export function accountClusters(
  links: readonly AccountLink[],
  memberCount: number,
  layer: Layer = 'core',
): Uint32Array {
  return partition(accountEvidence(links), memberCount, { layer });
}
