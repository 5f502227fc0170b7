/**
 * Claim:      whoever signs for the inputs of one transaction is one controller, unless the transaction looks like a
 *             coinjoin.
 * Source:     Nakamoto 2008, section 10; Reid and Harrigan 2011; Meiklejohn et al., IMC 2013, heuristic 1. Coinjoins by
 *             `pattern/`.
 * Parameters: `coinjoins`: which transactions are left out, 1 for each; all zero joins them too, as tools without a
 *             guard do.
 * Cost:       linear in the inputs, 4 bytes a member besides the links.
 * Fails when: several owners sign one transaction without equal outputs (PayJoin: invisible by design), or a custodian
 *             signs for its customers: the cluster is then that of whoever holds the keys, not of whoever owns the
 *             money.
 */
import { NONE } from '../ledger/index.ts';
import { type CoinjoinFamily, coinjoinVerdict, isMix } from '../pattern/index.ts';
import { type Evidence, heuristicCode } from './evidence.ts';
import { type ClusterFacts, shapeAt } from './facts.ts';

/** A coinjoin has at least this many inputs and outputs by every detector; smaller transactions are not looked at. */
const MIN_COINJOIN_INPUTS = 2;
const MIN_COINJOIN_OUTPUTS = 3;
/** Families whose outputs are spent in transactions that look like a mix of no protocol and are none. */
const PROTOCOL_FAMILIES: readonly (CoinjoinFamily | null)[] = ['wasabi-2', 'wasabi-1', 'whirlpool'];

/** 1 for every transaction that looks like a coinjoin. No tag is asked, so no veto by a tagged exchange applies. */
export function markCoinjoins(facts: ClusterFacts): Uint8Array {
  const marks = new Uint8Array(facts.transactionCount);
  const ofProtocol = new Set<number>();
  const { firstInput, firstOutput, inputMaker } = facts;
  for (let tx = 0; tx < facts.transactionCount; tx += 1) {
    const inputs = firstInput[tx + 1] - firstInput[tx];
    const outputs = firstOutput[tx + 1] - firstOutput[tx];
    if (inputs < MIN_COINJOIN_INPUTS || outputs < MIN_COINJOIN_OUTPUTS) continue;
    const makers = inputMaker.subarray(firstInput[tx], firstInput[tx + 1]);
    const context = { exchangeInput: false, spendsMix: makers.some((maker) => ofProtocol.has(maker)) };
    const shape = shapeAt(facts, tx);
    if (!isMix(shape, context)) continue;
    marks[tx] = 1;
    if (PROTOCOL_FAMILIES.includes(coinjoinVerdict(shape, context).family)) ofProtocol.add(tx);
  }
  return marks;
}

/**
 * One link for each transaction with two different known signers, in order; members in the order of their first input.
 */
export function commonInputLinks(facts: ClusterFacts, coinjoins: Uint8Array): Evidence {
  const { transactionCount, firstInput, inputMember } = facts;
  const tx = new Uint32Array(transactionCount);
  const first = new Uint32Array(transactionCount + 1);
  const members = new Uint32Array(firstInput[transactionCount]);
  const seenIn = new Uint32Array(facts.memberCount);
  let links = 0;
  let end = 0;
  for (let own = 0; own < transactionCount; own += 1) {
    if (coinjoins[own] === 1 || firstInput[own + 1] - firstInput[own] < 2) continue;
    const start = end;
    for (let input = firstInput[own]; input < firstInput[own + 1]; input += 1) {
      const member = inputMember[input];
      if (member === NONE || seenIn[member] === own + 1) continue;
      seenIn[member] = own + 1;
      members[end] = member;
      end += 1;
    }
    if (end - start < 2) {
      end = start;
      continue;
    }
    tx[links] = own;
    first[links] = start;
    links += 1;
  }
  first[links] = end;
  return {
    linkCount: links,
    heuristic: new Uint8Array(links).fill(heuristicCode('common-input')),
    tx: tx.slice(0, links),
    first: first.slice(0, links + 1),
    members: members.slice(0, end),
  };
}
