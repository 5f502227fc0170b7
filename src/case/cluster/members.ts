/** Addresses of a cluster, for verbs that take `cluster:ID` as their subject. */
import { type Address, SpoorError } from '../../ledger/index.ts';
import { findClusterMember } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { addressesOf, loadFreshClusters } from './read.ts';

/**
 * Addresses of the core cluster that `id` names, in the latest run; amounts never rest on extended clusters unless
 * somebody lists their addresses. Throws NOT_FOUND when there is no run or no such cluster, and VERIFY_FAILED when the
 * case was fed since: ids of then may name other clusters now.
 */
export function coreClusterOf(context: CaseContext, id: Address): Address[] {
  const { run } = loadFreshClusters(context, `cluster:${id} may be another cluster`);
  const member = findClusterMember(context.store, run.id, id);
  if (member === null || member.core !== member.member) {
    throw new SpoorError(
      'NOT_FOUND',
      `run ${run.id} has no cluster:${id}`,
      {},
      'a cluster is named by its address that appears first; spoor cluster show ADDRESS gives it',
    );
  }
  return addressesOf(context, run.id, 'core', member.member);
}
