/** Names, addresses, tags and blocks of the fixture case. Addresses and ids are made up but for the three published ransom wallets. */
import { createHash } from 'node:crypto';
import type { TagCitation } from '../../src/report/model.ts';

/** Text that breaks a page, a spreadsheet or the reading order when it is not escaped. */
export const HOSTILE_LABEL = '<img src=x onerror=alert(1)>';
/** Right-to-left override: would read as another name. */
export const BIDI_LABEL = 'Chan\u202eyllegh\u202cly';

/** 64 hex digits that stand for a transaction of this made-up case. */
export function fixtureId(name: string): string {
  return createHash('sha256').update(`fixture ${name}`).digest('hex');
}

/** Satoshi text of a BTC text with up to 8 decimals. */
export function sat(btc: string): string {
  const [whole = '0', decimals = ''] = btc.split('.');
  return `${whole}${decimals.padEnd(8, '0')}`.replace(/^0+(?=\d)/, '');
}

export const W1 = '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw';
export const W2 = '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94';
export const W3 = '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn';
export const HITBTC = '1HitBTCDepositxxxxxxxxxxxxxxxQ7Lk9';
export const CHANGELLY = '1ChangeLLyDepositxxxxxxxxxxxxx3Pq2';
export const LABELS = ['wannacry-12t9', 'wannacry-13AM', HOSTILE_LABEL] as const;

export const hitbtcTag: TagCitation = {
  label: 'HitBTC',
  category: 'exchange',
  actor: 'hitbtc',
  source: 'https://example.org/cases/deposit?a=1&b=2',
  confidence: 'service_data',
  pack: 'public-services@2017-09',
};
export const changellyTag: TagCitation = {
  label: BIDI_LABEL,
  category: 'exchange',
  actor: null,
  source: '=HYPERLINK("https://example.org/x","click")',
  confidence: 'web_crawl',
  pack: 'crowd | reports',
};

export const BLOCKS: Record<string, [height: number, timestampSec: number]> = {
  tx1: [478_794, 1_501_729_604],
  tx2: [478_795, 1_501_730_004],
  tx3: [478_797, 1_501_731_004],
  tx4: [478_801, 1_501_734_204],
  tx5: [478_803, 1_501_735_204],
  tx6: [478_812, 1_501_741_004],
};

export const A1 = '1PJb2QGTkTiyFvUPoHqYbDJDrDgvZR3kaQ';
export const A2 = '1CmSyNMS3hqCKiDtWRMYqCzWbtnj5Rnn8q';
export const A3 = '1JVpBzYmLhpTJPRyPBBzGtHMrBt2rgxNcD';
export const A4 = 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq';
export const A5 = '1PEv98UgcJjw2jU5PHVbMMQ2XQ3gWE4Ppb';
export const A6 = '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy';
export const B1 = '1BoatSLRHtKNngkdXEeobR76b53LETtpyT';
export const C1 = '1CounterpartyXXXXXXXXXXXXXXXUWLpVr';
export const C2 = '1dice8EMZmqKvrGE4Qc9bUFf9PX3xaYDp';
