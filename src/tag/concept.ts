/**
 * Claim:      which concepts of the taxonomy are broader and narrower than one, and what the INTERPOL taxonomy calls it.
 * Source:     concepts.yaml of GraphSense tagpack-tool (`broader` of each concept; two stored versions, which agree but for dark_web, where the later place
 *             is taken); INTERPOL Dark Web and Virtual Assets Taxonomy, entities v0.3 (January 2022) and abuses v0.1.
 * Parameters: none.
 * Cost:       one walk over about 100 concepts.
 * Fails when: a newer version moves a concept. Concepts in GROUP_ONLY stand under the group the format lists them in, for no version at hand states more.
 */
import { CONCEPTS } from './taxonomy.ts';

// Parent, then the concepts whose `broader` it is.
const CHILDREN: Readonly<Record<string, string>> = {
  concept: 'entity behaviour source item',
  entity: 'organization user service',
  user: 'victim perpetrator donation miner',
  service:
    'exchange wallet_service filesharing index market messaging_service mixing_service mining_service gambling search_engine shop faucet payment_processor atm hosting vpn defi',
  wallet_service: 'escrow_wallet ico_wallet',
  defi: 'defi_lending defi_dex defi_derivative defi_bridge',
  item: 'collectible',
  behaviour: 'abuse gray_usage white_usage',
  gray_usage: 'mixing',
  mixing: 'coinjoin',
  white_usage: 'cold_wallet hot_wallet warm_wallet',
  abuse: 'sexual_abuse violence scam financial_crime extortion phishing service_hack ransomware sanction extremism',
  sexual_abuse: 'child_sexual_abuse',
  violence: 'torture',
  financial_crime: 'investment_fraud money_laundering payment_card_fraud',
  investment_fraud: 'ponzi_scheme',
  ponzi_scheme: 'pyramid_scheme',
  extortion: 'sextortion',
  extremism: 'terrorism terrorism_financing',
  source: 'mention dark_web',
  mention: 'website_mention',
  website_mention: 'forum_mention',
};

const GROUP_ONLY: Readonly<Record<string, string>> = {
  entity: 'nameservice defi_token defi_dex_pair defi_dao defi_staking defi_custody',
  behaviour:
    'human_trafficking murder hacking account_hack exploit data_breach social_engineering malware drugs weapons counterfeit',
};

const BROADER: ReadonlyMap<string, string> = new Map(
  [...Object.entries(CHILDREN), ...Object.entries(GROUP_ONLY)].flatMap(([parent, children]) =>
    children.split(' ').map((child): [string, string] => [child, parent]),
  ),
);

/** How the two concepts lie to each other: the same, near enough to be taken for it, or the INTERPOL concept is the narrower one. */
export type ConceptMatch = 'exact' | 'close' | 'narrower';

/** A concept of the INTERPOL taxonomy. */
export interface InterpolConcept {
  readonly list: 'entities' | 'abuses';
  readonly id: string;
  readonly match: ConceptMatch;
}

// Exact where both taxonomies have the id or define the same thing in their own words; a concept without a row has no counterpart there.
const INTERPOL: Readonly<Record<string, readonly [InterpolConcept['list'], string, ConceptMatch]>> = {
  atm: ['entities', 'crypto_atm', 'exact'],
  coinjoin: ['entities', 'coinjoin', 'exact'],
  counterfeit: ['entities', 'counterfeit_product', 'close'],
  dark_web: ['entities', 'dark_web', 'exact'],
  defi: ['entities', 'defi', 'exact'],
  defi_bridge: ['entities', 'bridge', 'exact'],
  defi_dex: ['entities', 'dex', 'exact'],
  entity: ['entities', 'entity2', 'close'],
  escrow_wallet: ['entities', 'escrow', 'close'],
  exchange: ['entities', 'exchange', 'exact'],
  hosting: ['entities', 'bulletproof_hosting', 'narrower'],
  ico_wallet: ['entities', 'ico', 'close'],
  market: ['entities', 'dark_market', 'narrower'],
  mixing_service: ['entities', 'tumbler', 'exact'],
  service: ['entities', 'service', 'exact'],
  shop: ['entities', 'shop', 'exact'],
  user: ['entities', 'cryptocurrencies_user', 'narrower'],
  victim: ['entities', 'victim', 'exact'],
  wallet_service: ['entities', 'hosted-wallet', 'close'],
  phishing: ['abuses', 'phishing', 'exact'],
  ponzi_scheme: ['abuses', 'ponzi_scheme', 'exact'],
  ransomware: ['abuses', 'ransomware', 'exact'],
  scam: ['abuses', 'scam', 'exact'],
  service_hack: ['abuses', 'service_hack', 'exact'],
  sextortion: ['abuses', 'sextortion', 'exact'],
};

/** A concept and what lies around it. */
export interface ConceptPlace {
  readonly id: string;
  /** False for a word outside the taxonomy: nothing is known of it, and the lists are empty. */
  readonly known: boolean;
  /** Nearest first, up to the top. */
  readonly broader: readonly string[];
  /** Every concept below, by id. */
  readonly narrower: readonly string[];
  readonly interpol: InterpolConcept | null;
}

/** Concepts above one, nearest first. */
function broaderThan(id: string): string[] {
  const parent = BROADER.get(id);
  return parent === undefined ? [] : [parent, ...broaderThan(parent)];
}

/** What the taxonomy says of a word; a word outside it is said to be unknown. */
export function conceptPlace(id: string): ConceptPlace {
  if (!CONCEPTS.has(id)) return { id, known: false, broader: [], narrower: [], interpol: null };
  const row = Object.hasOwn(INTERPOL, id) ? INTERPOL[id] : null;
  return {
    ...{ id, known: true, broader: broaderThan(id) },
    narrower: [...CONCEPTS].filter((other) => broaderThan(other).includes(id)).sort(),
    interpol: row === null ? null : { list: row[0], id: row[1], match: row[2] },
  };
}
