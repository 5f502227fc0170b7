/** Words for kinds of service, of conduct and of source; and which services end a trace. */

/**
 * Concept ids of the GraphSense taxonomy, September 2025. `category`, `abuse` and `concepts` of a tag draw on this one list.
 * The list is open: an id that is not here is kept and noted, because a newer pack may know more than this table.
 */
export const CONCEPTS: ReadonlySet<string> = new Set(
  [
    'entity organization user service victim perpetrator donation exchange wallet_service escrow_wallet ico_wallet',
    'cold_wallet hot_wallet warm_wallet filesharing index market messaging_service mixing_service coinjoin miner',
    'mining_service gambling search_engine shop faucet payment_processor atm hosting vpn nameservice defi defi_token',
    'defi_lending defi_dex defi_dex_pair defi_derivative defi_bridge defi_dao defi_staking defi_custody item',
    'collectible abuse gray_usage mixing white_usage sexual_abuse child_sexual_abuse violence human_trafficking',
    'murder torture scam financial_crime investment_fraud ponzi_scheme pyramid_scheme money_laundering extortion',
    'sextortion ransomware phishing hacking service_hack account_hack exploit data_breach social_engineering malware',
    'drugs weapons payment_card_fraud sanction counterfeit extremism terrorism terrorism_financing mention',
    'website_mention forum_mention dark_web unknown',
  ].flatMap((line) => line.split(' ')),
);

/** Tag types of the format, and `attribute`, which its dashboard explains beside them. Open as well. */
export const TAG_TYPES: ReadonlySet<string> = new Set(['actor', 'event', 'mention', 'attribute']);

/** Type of a tag that states none: a claim about who stands behind the subject. */
export const DEFAULT_TAG_TYPE = 'actor';

/**
 * Categories at which a trace stops, each with the reason. What they share: customers' coins lie in one pool, so the coins that leave
 * are not the coins that came in, and following them would accuse other customers (services are stopping points in every
 * published account of exposure analysis).
 *
 * Left out on purpose: `coinjoin` (nobody has custody; it is a boundary of its own, found by its shape), `defi*` (account chains:
 * contracts keep their own books, a bridge is a boundary of its own), `shop`, `hosting`, `vpn`, `filesharing`, `donation` and other
 * payees (the coins become theirs, the link holds), `escrow_wallet` (one address per deal), `ico_wallet` (one owner), `miner`
 * (spends his own reward), and the umbrella words `service`, `entity`, `organization`, which do not say whether anything is pooled.
 */
export const SERVICE_CATEGORIES = {
  exchange: 'customers hold balances in a common pool; withdrawals are paid from any of its coins',
  wallet_service: 'a hosted wallet: the service holds the keys and pays from a common pool',
  hot_wallet: "the paying end of a pool of customers' coins",
  warm_wallet: 'between the paying end and the store of a pool',
  cold_wallet: "the store of a pool of customers' coins",
  payment_processor: 'receives for many merchants and pays them out together',
  gambling: 'stakes go to the house, winnings come from other stakes',
  market: 'buyers pay in advance into balances the market holds and settles inside',
  mixing_service: 'takes coins into a pool in order to pay out others',
  mining_service: "holds miners' or contract buyers' balances and pays from pooled rewards",
  atm: 'an operator buys and sells from his own pool, cash on the other side',
  faucet: 'pays many strangers from one pool of gifts',
} as const satisfies Record<string, string>;

/** Whether a claimed category, or any of the concepts of a tag, names a service at which custodial pooling ends a trace. */
export function isServiceCategory(category: string | null, concepts: readonly string[]): boolean {
  if (category !== null && Object.hasOwn(SERVICE_CATEGORIES, category)) return true;
  return concepts.some((concept) => Object.hasOwn(SERVICE_CATEGORIES, concept));
}
