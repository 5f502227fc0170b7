/**
 * Evidence as links: each says that by one heuristic, in one transaction, some members have one controller. All
 * partitions, proofs and what-ifs are computed from links and nothing else, so that what is not in the evidence has
 * joined nobody.
 */

/**
 * Heuristics that make links. The first three make core clusters; `change` links are made by the expression of the run
 * and extend them.
 */
export const LINK_HEURISTICS = ['common-input', 'same-key', 'nested-script', 'change'] as const;
/**
 * Heuristics that make links on account chains, where nobody signs together. Only the first is strong enough for the core; a person decides about the rest.
 */
export const ACCOUNT_HEURISTICS = [
  'deposit-reuse',
  'airdrop-farm',
  'self-authorisation',
  'first-funder',
  'consolidation-sink',
] as const;
/** One of `ACCOUNT_HEURISTICS`. */
export type AccountHeuristic = (typeof ACCOUNT_HEURISTICS)[number];
/** One of `LINK_HEURISTICS` or `ACCOUNT_HEURISTICS`. */
export type LinkHeuristic = (typeof LINK_HEURISTICS)[number] | AccountHeuristic;

const HEURISTICS: readonly LinkHeuristic[] = [...LINK_HEURISTICS, ...ACCOUNT_HEURISTICS];
const CORE: readonly LinkHeuristic[] = ['common-input', 'same-key', 'nested-script', 'deposit-reuse'];
const IN_CORE = HEURISTICS.map((heuristic) => CORE.includes(heuristic));

/** Which links count: those of the core, or all. */
export type Layer = 'core' | 'extended';

/**
 * Links as columns. The members of link k are `members[first[k]]` up to `members[first[k + 1]]`, at least two, all
 * different.
 */
export interface Evidence {
  readonly linkCount: number;
  /** Place in `LINK_HEURISTICS` and, after them, `ACCOUNT_HEURISTICS`. */
  readonly heuristic: Uint8Array;
  /** Number of the transaction in the facts the links were made of. */
  readonly tx: Uint32Array;
  readonly first: Uint32Array;
  readonly members: Uint32Array;
}

/** One link as an object. */
export interface Link {
  readonly heuristic: LinkHeuristic;
  readonly tx: number;
  readonly members: readonly number[];
}

/** Code of a heuristic in `Evidence.heuristic`. */
export function heuristicCode(heuristic: LinkHeuristic): number {
  return HEURISTICS.indexOf(heuristic);
}

/** Heuristic of link k. */
export function heuristicAt(evidence: Evidence, link: number): LinkHeuristic {
  return HEURISTICS[evidence.heuristic[link]];
}

/** Link k of the evidence. */
export function linkAt(evidence: Evidence, link: number): Link {
  return {
    heuristic: heuristicAt(evidence, link),
    tx: evidence.tx[link],
    members: [...evidence.members.subarray(evidence.first[link], evidence.first[link + 1])],
  };
}

/** Columns of a list of links. */
export function evidenceOf(links: readonly Link[]): Evidence {
  const first = new Uint32Array(links.length + 1);
  links.forEach(({ members }, link) => {
    first[link + 1] = first[link] + members.length;
  });
  const members = new Uint32Array(first[links.length]);
  links.forEach((link, place) => members.set(link.members, first[place]));
  return {
    linkCount: links.length,
    heuristic: Uint8Array.from(links, ({ heuristic }) => heuristicCode(heuristic)),
    tx: Uint32Array.from(links, ({ tx }) => tx),
    first,
    members,
  };
}

/** One evidence after another. */
export function joinEvidence(parts: readonly Evidence[]): Evidence {
  const linkCount = parts.reduce((sum, part) => sum + part.linkCount, 0);
  const joined = {
    linkCount,
    heuristic: new Uint8Array(linkCount),
    tx: new Uint32Array(linkCount),
    first: new Uint32Array(linkCount + 1),
    members: new Uint32Array(parts.reduce((sum, part) => sum + part.members.length, 0)),
  };
  let link = 0;
  let member = 0;
  for (const part of parts) {
    joined.heuristic.set(part.heuristic, link);
    joined.tx.set(part.tx, link);
    joined.members.set(part.members, member);
    for (let place = 0; place < part.linkCount; place += 1) joined.first[link + place] = member + part.first[place];
    link += part.linkCount;
    member += part.members.length;
  }
  joined.first[linkCount] = member;
  return joined;
}

/** Whether a link belongs to a layer. */
export function inLayer(evidence: Evidence, link: number, layer: Layer): boolean {
  return layer === 'extended' || IN_CORE[evidence.heuristic[link]];
}
