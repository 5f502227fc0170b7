/** The weaker heuristics on account chains: each condition exactly on its threshold and one beside it, and brute force for two. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ACCOUNT_RULES,
  type AccountLink,
  type AccountRoles,
  accountClusters,
  accountHistory,
  airdropFarm,
  consolidationSink,
  firstFunder,
  selfAuthorisation,
} from '../../src/cluster/index.ts';
import { type Account, type AccountTransactionRecord, type AccountView, account } from '../../src/ledger/index.ts';
import { deal, ETH, event, moved, paid, person, token, viewOf } from '../support/account-history.ts';
import { graphsOfLaw } from '../support/graph-count.ts';

const [SOURCE, SINK, OWNER, SPENDER, VAULT, THIRD] = [1, 2, 3, 4, 5, 6].map(person);
const COIN = token(person(90));
const NOBODY: AccountRoles = { exchanges: new Map(), services: new Set() };
const many = (count: number, from = 100): Account[] =>
  Array.from({ length: count }, (_, place) => person(from + place));

/** Members of links as accounts. */
function tied(view: AccountView, links: readonly AccountLink[]): Account[][] {
  return links.map(({ members }) => members.map((id) => view.account(id).account));
}

function serviceOf(view: AccountView, ...who: readonly Account[]): AccountRoles {
  return {
    exchanges: new Map(),
    services: new Set(who.map((own) => view.findAccount(own)).filter((id) => id !== null)),
  };
}

describe('airdrop farm', () => {
  /** An airdrop of 7 coins, one recipient each `gap` blocks; the first `passers` pass `passed` on. */
  function farm(recipients: number, gap: number, passers: number, passed = 7n): AccountTransactionRecord[] {
    const to = many(recipients);
    const drops = to.map((own, place) => ({
      ...deal(place + 1, SOURCE, { to: account(COIN), tokens: [moved(COIN, SOURCE, own, 7n)] }),
      blockNumber: 1 + place * gap,
    }));
    const passes = to.slice(0, passers).map((own, place) => ({
      ...deal(recipients + place + 1, own, { to: account(COIN), tokens: [moved(COIN, own, SINK, passed)] }),
      blockNumber: 2 + recipients * gap,
    }));
    return [...drops, ...passes];
  }
  const linksOf = (records: readonly AccountTransactionRecord[]) =>
    airdropFarm(accountHistory(viewOf(records)), NOBODY);

  it('needs 1,000 recipients, a median gap of 2 blocks and 2 who pass it on', () => {
    assert.equal(linksOf(farm(1000, 2, 2)).length, 2);
    assert.equal(linksOf(farm(999, 2, 2)).length, 0);
    assert.equal(linksOf(farm(1000, 3, 2)).length, 0);
    assert.equal(linksOf(farm(1000, 2, 1)).length, 0);
    assert.equal(linksOf(farm(1000, 2, 2, 6n)).length, 0, 'one unit less is not the same amount');
  });

  it('ties recipients to the collector with what it rests on, and not into core clusters', () => {
    const view = viewOf(farm(1000, 1, 3));
    const links = airdropFarm(accountHistory(view), NOBODY);
    assert.deepEqual(
      tied(view, links),
      many(3).map((own) => [own, SINK]),
    );
    const { evidence } = links[1];
    assert.ok(evidence.kind === 'airdrop-farm');
    assert.deepEqual(
      [evidence.recipients, evidence.amount, evidence.txAirdrop, evidence.txForward],
      [1000, 7n, 1, 1001],
    );
    const together = (layer: 'core' | 'extended'): number =>
      accountClusters(links, view.accountCount(), layer).filter((root, own) => root !== own).length;
    assert.deepEqual([together('core'), together('extended')], [0, 3]);
  });

  it('says nothing of a collector that is a service', () => {
    const view = viewOf(farm(1000, 1, 3));
    assert.equal(airdropFarm(accountHistory(view), serviceOf(view, SINK)).length, 0);
  });

  it('finds what nested loops find (seed printed on failure)', () => {
    const who = fc.constantFrom(SOURCE, SINK, OWNER, SPENDER, VAULT);
    const step = fc.tuple(who, who, fc.bigInt(1n, 2n), fc.integer({ min: 0, max: 3 }));
    const limits = { minRecipients: 2, maxMedianBlocks: 1, minForwarders: 2 };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let block = 1;
        const moves = steps.map(([from, to, amount, gap]) => {
          block += gap;
          return { from, to, amount, block };
        });
        const records = moves.map(({ from, to, amount, block: at }, place) => ({
          ...deal(place + 1, from, { to: account(COIN), tokens: [moved(COIN, from, to, amount)] }),
          blockNumber: at,
        }));
        const view = viewOf(records);
        const found = airdropFarm(accountHistory(view), NOBODY, limits).map(({ evidence, members }) => {
          assert.ok(evidence.kind === 'airdrop-farm');
          const [got, by] = members.map((id) => view.account(id).account);
          return `${got} ${by} ${view.account(evidence.source).account} ${evidence.amount}`;
        });
        assert.deepEqual(found.sort(), farmsBySearch(moves).sort());
      }),
      { numRuns: graphsOfLaw(500) },
    );
    type Move = { readonly from: Account; readonly to: Account; readonly amount: bigint; readonly block: number };
    function farmsBySearch(all: readonly Move[]): string[] {
      const moves = all.filter(({ from, to }) => from !== to);
      const people = [SOURCE, SINK, OWNER, SPENDER, VAULT];
      return people.flatMap((source) =>
        [1n, 2n].flatMap((amount) => {
          const same = moves.filter((move) => move.from === source && move.amount === amount);
          const firsts = same.filter((move) => same.find(({ to }) => to === move.to) === move);
          const gaps = firsts.slice(1).map((move, place) => move.block - firsts[place].block);
          const below = gaps.filter((gap) => gap <= 1).length;
          const sorted = [...gaps].sort((a, b) => a - b);
          const middle =
            sorted.length % 2 === 1
              ? sorted[(sorted.length - 1) / 2] * 2
              : (sorted[sorted.length / 2 - 1] ?? 0) + (sorted[sorted.length / 2] ?? 0);
          if (firsts.length < 2 || middle > 2 || below === 0) return [];
          const acts = (own: Account): boolean => all.some(({ from }) => from === own);
          const passes = people.flatMap((collector) => {
            const by = firsts.filter(
              (got) =>
                acts(got.to) &&
                collector !== source &&
                moves.some(
                  (move) =>
                    move.from === got.to &&
                    move.to === collector &&
                    move.amount === amount &&
                    moves.indexOf(move) > moves.indexOf(got),
                ),
            );
            return by.length < 2 ? [] : by.map((got) => `${got.to} ${collector} ${source} ${amount}`);
          });
          return passes;
        }),
      );
    }
  });
});

describe('self-authorisation', () => {
  const approval = (owner: Account, spender: Account, amount = '5', block = 3): AccountTransactionRecord =>
    deal(block, owner, {
      to: account(COIN),
      events: [event(account(COIN), 'erc20.approval', { owner, spender, amount })],
    });
  const known = deal(1, OWNER, { to: VAULT, valueWei: 1n });
  const alive = deal(2, SPENDER, { to: THIRD, valueWei: 1n });
  const back = (to: Account, sender = SPENDER) =>
    deal(9, sender, { to: account(COIN), tokens: [moved(COIN, OWNER, to, 5n)] });
  const linksOf = (...records: readonly AccountTransactionRecord[]) => {
    const view = viewOf([known, alive, ...records]);
    return tied(view, selfAuthorisation(accountHistory(view), NOBODY));
  };

  it('ties owner and spender when the spender moves the tokens to an address that the owner paid before', () => {
    assert.deepEqual(linksOf(approval(OWNER, SPENDER), back(VAULT)), [[OWNER, SPENDER]]);
    assert.deepEqual(linksOf(approval(OWNER, SPENDER), back(SPENDER)), [], 'a thief takes for himself');
    assert.deepEqual(linksOf(approval(OWNER, SPENDER), back(VAULT, OWNER)), [], 'the owner moved it');
    assert.deepEqual(linksOf(approval(OWNER, SPENDER, '0'), back(VAULT)), [], 'an approval taken back');
    assert.deepEqual(linksOf(approval(OWNER, OWNER), back(VAULT, OWNER)), []);
  });

  it('leaves out spenders of more than ten owners', () => {
    const others = (count: number) => many(count).map((own, place) => approval(own, SPENDER, '1', 20 + place));
    assert.equal(linksOf(approval(OWNER, SPENDER), back(VAULT), ...others(9)).length, 1);
    assert.equal(linksOf(approval(OWNER, SPENDER), back(VAULT), ...others(10)).length, 0);
  });

  it('says nothing of services', () => {
    const view = viewOf([known, alive, approval(OWNER, SPENDER), back(VAULT)]);
    assert.equal(selfAuthorisation(accountHistory(view), serviceOf(view, SPENDER)).length, 0);
  });
});

describe('first funder', () => {
  const fund = (block: number, to: Account, valueWei: bigint, from = SOURCE) => deal(block, from, { to, valueWei });
  const act = (block: number, from: Account) => deal(block, from, { to: SINK, valueWei: 1n });
  const linksOf = (records: readonly AccountTransactionRecord[], services: readonly Account[] = []) => {
    const view = viewOf(records);
    const links = firstFunder(accountHistory(view), serviceOf(view, ...services));
    const siblings = links.map(({ evidence }) => (evidence.kind === 'first-funder' ? evidence.siblings : null));
    return { tied: tied(view, links), siblings };
  };

  it('is who gave the first ether to an account that then acted', () => {
    const records = [fund(1, OWNER, ETH), fund(2, OWNER, ETH, THIRD), act(3, OWNER)];
    assert.deepEqual(linksOf(records).tied, [[SOURCE, OWNER]]);
    assert.deepEqual(linksOf(records.slice(0, 2)).tied, [], 'it never acted');
    assert.deepEqual(
      linksOf([act(0, OWNER), ...records]).tied,
      [],
      'it acted before, so the first ether is not in the facts',
    );
  });

  it('is nobody where it is a service, an exchange or a contract', () => {
    const records = [fund(1, OWNER, ETH), act(3, OWNER)];
    assert.deepEqual(linksOf(records, [SOURCE]).tied, []);
    const spread = deal(1, SOURCE, { to: VAULT, valueWei: ETH, internal: [paid(VAULT, OWNER, ETH)] });
    assert.deepEqual(linksOf([spread, act(3, OWNER)]).tied, []);
  });

  it('counts siblings of one day and a tenth of the amount, and not one beyond', () => {
    const siblings = (block: number, amount: bigint) =>
      linksOf([fund(1, OWNER, 100n), act(2, OWNER), fund(block, SPENDER, amount), act(block + 1, SPENDER)]).siblings;
    assert.deepEqual(siblings(7201, 90n), [1, 1]);
    assert.deepEqual(siblings(7202, 90n), [0, 0]);
    assert.deepEqual(siblings(7201, 89n), [0, 0]);
  });
});

describe('consolidation sink', () => {
  /** `count` fresh accounts get an ether and sweep all but `left`, one each `gap` blocks. */
  function fan(count: number, gap: number, left: bigint, more: readonly AccountTransactionRecord[] = []) {
    const fee = 21_000n;
    const records = many(count).flatMap((own, place) => [
      { ...deal(2 * place + 1, SOURCE, { to: own, valueWei: ETH }), blockNumber: 1 },
      {
        ...deal(2 * place + 2, own, { to: SINK, valueWei: ETH - left - fee }),
        blockNumber: 10 + place * gap,
      },
    ]);
    const funded = { ...deal(900, THIRD, { to: SOURCE, valueWei: 1000n * ETH }), blockNumber: 0 };
    const alive = { ...deal(999, SINK, { to: THIRD, valueWei: 1n }), blockNumber: 99_999 };
    const view = viewOf([funded, ...records.sort((a, b) => a.blockNumber - b.blockNumber), ...more, alive]);
    return { view, links: consolidationSink(view, accountHistory(view), NOBODY) };
  }
  const A = ETH / 100n;

  it('takes five accounts within a day that leave a hundredth, and nothing beside', () => {
    assert.equal(fan(5, 1800, A).links.length, 5);
    assert.equal(fan(4, 1800, A).links.length, 0);
    assert.equal(fan(5, 1801, A).links.length, 0);
    assert.equal(fan(5, 1800, A + 1n).links.length, 0);
  });

  it('takes those of the window only, as leads', () => {
    const { links } = fan(6, 1800, 0n);
    assert.equal(links.length, 6, 'two windows of five overlap');
    assert.ok(links.every(({ evidence }) => evidence.kind === 'consolidation-sink' && evidence.sources === 5));
    assert.equal(ACCOUNT_RULES['consolidation-sink'].strength, 'lead');
  });

  it('leaves out accounts that act often, and those whose balance the facts do not cover', () => {
    const busy = (sent: number) =>
      fan(
        5,
        1,
        0n,
        Array.from({ length: sent }, (_, place) => ({ ...deal(500 + place, person(100)), feeWei: 0n, blockNumber: 9 })),
      );
    assert.equal(busy(2).links.length, 5);
    assert.equal(busy(3).links.length, 0);
    const poor = fan(5, 1, 0n, [deal(700, person(100), { to: THIRD, valueWei: ETH })]);
    assert.equal(poor.links.length, 0);
  });
});
