/** Random facts of an account chain, and the same facts as several sources tell them: each leaves something out. */
import {
  type Account,
  type AccountBlockRecord,
  type AccountTransactionRecord,
  type Asset,
  account,
  accountHash,
  asset,
  type InternalMove,
  NATIVE,
  type TokenMove,
  UNSTATED_TRANSACTION,
} from '../../src/ledger/index.ts';
import type { AccountFacts } from './memory-account-view.ts';
import type { Prng } from './prng.ts';

const PEOPLE = 7;
const FIRST_TIME = 1_600_000_000;
const SECONDS_PER_BLOCK = 12;

/** An account by number. */
export function someone(number: number): Account {
  return account(`0x${(0xacc0_0000 + number).toString(16).padStart(40, '0')}`);
}

/** A token by number. */
export function someToken(number: number): Asset {
  return asset(`0x${(0x70c0_0000 + number).toString(16).padStart(40, '0')}`);
}

function hash(kind: number, number: number) {
  return accountHash(`0x${(BigInt(kind) * 10n ** 12n + BigInt(number)).toString(16).padStart(64, '0')}`);
}

/** The same things in an order of their own. */
export function shuffled<T>(things: readonly T[], random: Prng): T[] {
  const mixed = [...things];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = random.between(0, at);
    [mixed[at], mixed[other]] = [mixed[other], mixed[at]];
  }
  return mixed;
}

function amount(random: Prng): bigint {
  return random.chance(0.1)
    ? 0n
    : BigInt(random.between(1, 1_000_000_000)) * 10n ** BigInt(random.between(0, 20)) + BigInt(random.between(0, 9));
}

function internalMoves(random: Prng): InternalMove[] {
  return Array.from({ length: random.between(0, 3) }, (_, index) => ({
    kind: 'call',
    from: someone(random.between(0, PEOPLE - 1)),
    to: random.chance(0.1) ? null : someone(random.between(0, PEOPLE - 1)),
    valueWei: amount(random),
    traceAddress: `0_${index * 3}`,
    step: index * 5 + 1,
  }));
}

function tokenMoves(random: Prng, firstLog: number): TokenMove[] {
  return Array.from({ length: random.between(0, 3) }, (_, index) => ({
    asset: someToken(random.between(0, 2)),
    from: random.chance(0.1) ? null : someone(random.between(0, PEOPLE - 1)),
    to: random.chance(0.1) ? null : someone(random.between(0, PEOPLE - 1)),
    amount: amount(random),
    logIndex: firstLog + index * 2,
    step: index * 5 + 3,
  }));
}

function transaction(random: Prng, block: AccountBlockRecord, txIndex: number): AccountTransactionRecord {
  const failed = random.chance(0.1);
  const feeWei = BigInt(random.between(21_000, 900_000));
  return {
    ...UNSTATED_TRANSACTION,
    hash: hash(1, block.number * 1000 + txIndex),
    blockNumber: block.number,
    blockHash: block.hash,
    txIndex,
    timestampSec: block.timestampSec,
    from: someone(random.between(0, PEOPLE - 1)),
    to: someone(random.between(0, PEOPLE - 1)),
    valueWei: amount(random),
    succeeded: !failed,
    nonce: block.number * 10 + txIndex,
    type: 2,
    methodId: '0xa9059cbb',
    gasPriceWei: 10n,
    feeWei,
    burntWei: feeWei / 2n,
    delegated: [],
    internal: failed ? [] : internalMoves(random),
    tokens: failed ? [] : tokenMoves(random, txIndex * 10),
    whole: ['internal', 'tokens'],
    events: [{ emitter: someone(90), name: 'test.event', fields: { n: '1' }, logIndex: txIndex * 10 + 9, step: null }],
  };
}

/** Facts in which every transaction has a hash and a place, but for rows without hash between the blocks. */
export function randomAccountFacts(random: Prng): AccountFacts & { readonly blocks: readonly AccountBlockRecord[] } {
  const blocks = Array.from({ length: random.between(2, 5) }, (_, index): AccountBlockRecord => {
    const number = 100 + index * random.between(1, 3) * 3;
    return {
      hash: hash(2, number),
      number,
      parentHash: hash(2, number - 1),
      timestampSec: FIRST_TIME + number * SECONDS_PER_BLOCK,
      feeRecipient: someone(random.between(0, PEOPLE - 1)),
      baseFeeWei: 7n,
      transactionCount: null,
      credits: random.chance(0.5)
        ? [{ kind: 'withdrawal', to: someone(0), amountWei: BigInt(random.between(0, 99)) * 10n ** 9n }]
        : [],
    };
  });
  const unique = [...new Map(blocks.map((block) => [block.number, block])).values()];
  const placed = unique.flatMap((block) =>
    Array.from({ length: random.between(0, 4) }, (_, txIndex) => transaction(random, block, txIndex)),
  );
  const rows = Array.from(
    { length: random.between(0, 3) },
    (_, index): AccountTransactionRecord => ({
      ...UNSTATED_TRANSACTION,
      rowKey: `table:${index}`,
      timestampSec: random.chance(0.1) ? null : FIRST_TIME + 95 * SECONDS_PER_BLOCK + random.between(0, 600),
      from: someone(random.between(0, PEOPLE - 1)),
      to: someone(50 + index),
      valueWei: amount(random) + 1n,
      internal: [],
      tokens: [],
    }),
  );
  return {
    transactions: shuffled([...placed, ...rows], random),
    blocks: unique,
    balances: [
      { account: someone(0), asset: NATIVE, blockNumber: unique[0].number, amount: 5n },
      { account: someone(1), asset: someToken(0), blockNumber: null, amount: 10n ** 30n },
    ],
    tokens: [{ asset: someToken(0), symbol: 'T', name: 'Token', decimals: 18 }],
    accounts: [{ account: someone(2), isContract: true }],
  };
}

/** What kinds of sources tell of one whole transaction: each a part, and together all of it. */
export function asSourcesTell(record: AccountTransactionRecord, random: Prng): AccountTransactionRecord[] {
  if (record.hash === null) return [record];
  const { hash: id, blockNumber, internal, tokens } = record;
  const lists: AccountTransactionRecord = { ...UNSTATED_TRANSACTION, hash: id, blockNumber };
  const party = someone(random.between(0, PEOPLE - 1));
  const bare = <Move extends InternalMove | TokenMove>(move: Move): Move => ({ ...move, step: null });
  const ofParty = (move: InternalMove | TokenMove): boolean => move.from === party || move.to === party;
  const own = { internal: (internal ?? []).filter(ofParty), tokens: (tokens ?? []).filter(ofParty) };
  const told: AccountTransactionRecord[] = [
    { ...record, internal: null, tokens: null, events: null, burntWei: null, delegated: null, whole: [] },
    {
      ...lists,
      tokens: (tokens ?? []).map(bare),
      events: record.events,
      burntWei: record.burntWei,
      delegated: [],
      whole: ['tokens'],
    },
    {
      ...lists,
      internal,
      tokens: (tokens ?? []).map((move) => ({ ...move, logIndex: null })),
      whole: ['internal', 'tokens'],
    },
  ];
  if (own.internal.length > 0)
    told.push({ ...lists, internal: own.internal.map((move) => ({ ...bare(move), traceAddress: null })) });
  if (own.tokens.length > 0)
    told.push({ ...lists, tokens: own.tokens.map((move) => ({ ...bare(move), logIndex: null })) });
  const { valueWei } = record;
  if (valueWei !== null && valueWei > 2n ** 60n)
    told.push({ ...lists, from: record.from, to: record.to, valueWei: BigInt(Number(valueWei)), approximate: true });
  return told;
}
