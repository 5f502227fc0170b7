/** Conversions of an account chain: one case for each rule and one just beside it, and random transactions against the rule said in another way. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type AccountConversion,
  type AccountTransactionRecord,
  type AccountView,
  account,
  NATIVE,
} from '../../src/ledger/index.ts';
import { type ConversionOptions, conversionsOf, tokenList } from '../../src/pattern/index.ts';
import { deal, ETH, event, moved, paid, person, token, viewOf } from '../support/account-history.ts';
import { graphsOfLaw } from '../support/graph-count.ts';

const WETH = token('0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2');
const WETH_ACCOUNT = account(WETH);
const USDC = token('0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48');
const DAI = token('0x6b175474e89094c44da98b954eedeac495271d0f');
const SHAM = token('0x00000000000000000000000000000000005ca4ed');
const [THIEF, POOL, ROUTER, FRIEND, SOLVER] = [1, 2, 3, 4, 5].map(person);
const UNISWAP = event(POOL, 'uniswap-v2.swap');

/** Conversions and refusals of the only transaction, in words. */
function said(record: AccountTransactionRecord, options: (view: AccountView) => ConversionOptions = () => ({})) {
  const view = viewOf([record]);
  const { conversions, refusals } = conversionsOf(view, options(view))([...view.frames()][0]);
  const name = (id: AccountConversion['outAsset']): string => view.asset(id).asset;
  return {
    made: conversions.map((one) => [
      one.kind,
      view.account(one.account).account,
      one.outAmount,
      name(one.outAsset),
      one.inAmount,
      name(one.inAsset),
      view.account(one.recipient).account,
      one.protocol,
    ]),
    refused: refusals.map((one) => [
      one.reason,
      view.account(one.account).account,
      one.out.map(({ asset, amount }) => [name(asset), amount]),
      one.in.map(({ asset, amount }) => [name(asset), amount]),
      one.unlisted.map(name),
    ]),
  };
}

describe('conversions of an account', () => {
  it('wraps and unwraps one to one', () => {
    const wrap = deal(1, THIEF, { to: WETH_ACCOUNT, valueWei: 5n, tokens: [moved(WETH, null, THIEF, 5n)] });
    assert.deepEqual(said(wrap), { made: [['wrap', THIEF, 5n, NATIVE, 5n, WETH, THIEF, 'WETH']], refused: [] });
    const unwrap = deal(1, THIEF, {
      to: WETH_ACCOUNT,
      tokens: [moved(WETH, THIEF, null, 5n)],
      internal: [paid(WETH_ACCOUNT, THIEF, 5n)],
    });
    assert.deepEqual(said(unwrap), { made: [['unwrap', THIEF, 5n, WETH, 5n, NATIVE, THIEF, 'WETH']], refused: [] });
  });

  it('one unit beside one to one is no wrap, and half a wrap is said to be half', () => {
    const beside = deal(1, THIEF, { to: WETH_ACCOUNT, valueWei: 5n, tokens: [moved(WETH, null, THIEF, 4n)] });
    assert.deepEqual(said(beside).refused, [['incomplete', THIEF, [[NATIVE, 5n]], [], []]]);
    assert.deepEqual(said(beside).made, [['swap', THIEF, 5n, NATIVE, 4n, WETH, THIEF, null]]);
    const noMint = deal(1, THIEF, { to: WETH_ACCOUNT, valueWei: 5n, tokens: null });
    assert.deepEqual(said(noMint), { made: [], refused: [['incomplete', THIEF, [[NATIVE, 5n]], [], []]] });
    const noEther = deal(1, THIEF, { to: WETH_ACCOUNT, tokens: [moved(WETH, THIEF, null, 5n)], internal: null });
    assert.deepEqual(said(noEther), { made: [], refused: [['incomplete', THIEF, [[WETH, 5n]], [], []]] });
  });

  it('a wrap and a payment in one transaction are a wrap, not a swap of both', () => {
    const both = deal(1, ROUTER, {
      to: FRIEND,
      valueWei: 7n,
      internal: [paid(ROUTER, WETH_ACCOUNT, 5n)],
      tokens: [moved(WETH, null, ROUTER, 5n)],
    });
    assert.deepEqual(said(both), { made: [['wrap', ROUTER, 5n, NATIVE, 5n, WETH, ROUTER, 'WETH']], refused: [] });
  });

  it('swaps by net change, the fee aside, and takes what came back off what went', () => {
    const swap = deal(1, THIEF, {
      to: POOL,
      valueWei: 10n * ETH,
      internal: [paid(POOL, THIEF, ETH)],
      tokens: [moved(USDC, POOL, THIEF, 18_000n)],
      events: [UNISWAP],
    });
    assert.deepEqual(said(swap), {
      made: [['swap', THIEF, 9n * ETH, NATIVE, 18_000n, USDC, THIEF, 'Uniswap v2']],
      refused: [],
    });
  });

  it('through a router that wraps: the swap is of ether, the wrap is the router’s', () => {
    const swap = deal(1, THIEF, {
      to: ROUTER,
      valueWei: 10n,
      internal: [paid(ROUTER, WETH_ACCOUNT, 10n)],
      tokens: [moved(WETH, null, ROUTER, 10n), moved(WETH, ROUTER, POOL, 10n), moved(USDC, POOL, THIEF, 18n)],
      events: [event(ROUTER, '1inch.swap'), UNISWAP],
    });
    assert.deepEqual(said(swap).made, [
      ['wrap', ROUTER, 10n, NATIVE, 10n, WETH, ROUTER, 'WETH'],
      ['swap', THIEF, 10n, NATIVE, 18n, USDC, THIEF, '1inch'],
    ]);
  });

  it('two assets on a side are refused with all of them; so is one that is not listed', () => {
    const two = deal(1, THIEF, {
      to: POOL,
      valueWei: 10n,
      tokens: [moved(USDC, POOL, THIEF, 9n), moved(DAI, POOL, THIEF, 8n)],
      events: [UNISWAP],
    });
    assert.deepEqual(said(two), {
      made: [],
      refused: [
        [
          'multi-asset',
          THIEF,
          [[NATIVE, 10n]],
          [
            [USDC, 9n],
            [DAI, 8n],
          ],
          [],
        ],
      ],
    });
    const sham = deal(1, THIEF, { to: POOL, valueWei: 10n, tokens: [moved(SHAM, POOL, THIEF, 9n)] });
    assert.deepEqual(said(sham), {
      made: [],
      refused: [['not-listed', THIEF, [[NATIVE, 10n]], [[SHAM, 9n]], [SHAM]]],
    });
    const besides = deal(1, THIEF, {
      to: POOL,
      valueWei: 10n,
      tokens: [moved(USDC, POOL, THIEF, 9n), moved(SHAM, POOL, THIEF, 1n)],
    });
    assert.equal(said(besides).refused[0][0], 'multi-asset');
  });

  it('a token that the user lists converts, and one to one wrappers of his as well', () => {
    const tokens = tokenList({
      add: [{ contract: SHAM, symbol: 'X', decimals: 0, nonConserving: null, source: 'test' }],
    });
    const swap = deal(1, THIEF, { to: POOL, valueWei: 10n, tokens: [moved(SHAM, POOL, THIEF, 9n)] });
    assert.equal(said(swap, () => ({ tokens })).made.length, 1);
    const own = tokenList({ withoutTable: true, addWrappers: [account(SHAM)] });
    const wrap = deal(1, THIEF, { to: account(SHAM), valueWei: 9n, tokens: [moved(SHAM, null, THIEF, 9n)] });
    assert.equal(said(wrap, () => ({ tokens: own })).made[0][0], 'wrap');
  });

  it('a position token made for one or two assets is a terminal, not a swap', () => {
    const one = deal(1, THIEF, { to: POOL, valueWei: 10n, tokens: [moved(SHAM, null, THIEF, 3n)] });
    assert.equal(said(one).refused[0][0], 'liquidity');
    const both = deal(1, THIEF, {
      to: POOL,
      valueWei: 10n,
      tokens: [moved(USDC, THIEF, POOL, 9n), moved(SHAM, null, THIEF, 3n)],
    });
    assert.equal(said(both).refused[0][0], 'liquidity');
    const back = deal(1, THIEF, {
      to: POOL,
      internal: [paid(POOL, THIEF, 10n)],
      tokens: [moved(USDC, POOL, THIEF, 9n), moved(SHAM, THIEF, null, 3n)],
    });
    assert.equal(said(back).refused[0][0], 'liquidity');
  });

  it('pays another recipient only where one pool stands between and said that it swapped', () => {
    const given = {
      to: ROUTER,
      tokens: [moved(USDC, THIEF, POOL, 9n), moved(DAI, POOL, FRIEND, 8n)],
    };
    assert.deepEqual(said(deal(1, THIEF, { ...given, events: [UNISWAP] })).made, [
      ['swap', THIEF, 9n, USDC, 8n, DAI, FRIEND, 'Uniswap v2'],
    ]);
    assert.deepEqual(said(deal(1, THIEF, given)), { made: [], refused: [] });
    const taken = { ...given, tokens: [...given.tokens, moved(DAI, POOL, SOLVER, 1n)], events: [UNISWAP] };
    assert.equal(said(deal(1, THIEF, taken)).refused[0][0], 'other-recipient');
    const drained = said(deal(1, FRIEND, { ...given, events: [UNISWAP] })).made;
    assert.deepEqual(
      drained,
      [['swap', THIEF, 9n, USDC, 8n, DAI, FRIEND, 'Uniswap v2']],
      'a drainer sells for himself',
    );
  });

  it('says that a half is missing where the sources leave out ether moved by contracts', () => {
    const half = deal(1, THIEF, {
      to: ROUTER,
      internal: null,
      tokens: [moved(USDC, THIEF, POOL, 9n), moved(WETH, POOL, ROUTER, 8n), moved(WETH, ROUTER, null, 8n)],
      events: [UNISWAP],
    });
    assert.deepEqual(
      said(half).refused.map(([reason]) => reason),
      ['incomplete', 'incomplete'],
    );
  });

  it('asks owners of CoW trades and stated accounts besides the sender, and never a terminal', () => {
    const tokens = [moved(USDC, THIEF, POOL, 9n), moved(DAI, POOL, THIEF, 8n)];
    assert.deepEqual(said(deal(1, SOLVER, { to: POOL, tokens })), { made: [], refused: [] });
    const events = [event(POOL, 'cow.trade', { owner: THIEF })];
    assert.equal(said(deal(1, SOLVER, { to: POOL, tokens, events })).made[0][7], 'CoW Protocol');
    const asked = (view: AccountView) => new Set([view.findAccount(THIEF)].filter((id) => id !== null));
    assert.equal(said(deal(1, SOLVER, { to: POOL, tokens }), (view) => ({ controlled: asked(view) })).made.length, 1);
    const stops = (view: AccountView) => ({ controlled: asked(view), terminals: asked(view) });
    assert.equal(said(deal(1, SOLVER, { to: POOL, tokens }), stops).made.length, 0);
  });

  it('a failed transaction converts nothing', () => {
    const failed = deal(1, THIEF, {
      to: WETH_ACCOUNT,
      valueWei: 5n,
      succeeded: false,
      tokens: [moved(WETH, null, THIEF, 5n)],
    });
    assert.deepEqual(said(failed), { made: [], refused: [] });
  });
});

describe('conversions of random transactions', () => {
  const people = [THIEF, POOL, ROUTER, WETH_ACCOUNT];
  const side = fc.option(fc.constantFrom(...people), { nil: null });
  const tokenMove = fc
    .tuple(fc.constantFrom(WETH, USDC, DAI, SHAM), side, side, fc.bigInt(0n, 3n))
    .map(([of, from, to, amount]) => moved(of, from, to, amount));
  const etherMove = fc
    .tuple(fc.constantFrom(...people), fc.constantFrom(...people), fc.bigInt(0n, 3n))
    .map(([from, to, amount]) => paid(from, to, amount));
  const names = ['uniswap-v2.swap', 'cow.trade', 'weth.deposit', 'curve.exchange'];
  const record = fc
    .record({
      to: fc.constantFrom(...people),
      valueWei: fc.bigInt(0n, 3n),
      tokens: fc.option(fc.array(tokenMove, { maxLength: 5 }), { nil: null }),
      internal: fc.option(fc.array(etherMove, { maxLength: 4 }), { nil: null }),
      events: fc.array(
        fc.constantFrom(...names).map((name) => event(POOL, name, { owner: ROUTER })),
        { maxLength: 2 },
      ),
    })
    .map((given) => deal(1, THIEF, given));

  /** Balance of somebody in an asset after the moves, summed move by move. */
  function sumOf(given: AccountTransactionRecord, who: string, of: string): bigint {
    const ether = [{ from: given.from, to: given.to, valueWei: given.valueWei ?? 0n }, ...(given.internal ?? [])];
    const moves =
      of === NATIVE
        ? ether.map(({ from, to, valueWei }) => ({ from, to, amount: valueWei }))
        : (given.tokens ?? []).filter((move) => move.asset === of);
    return moves.reduce(
      (sum, { from, to, amount }) => sum + (to === who ? amount : 0n) - (from === who ? amount : 0n),
      0n,
    );
  }

  it('never fail, and what they say adds up to what the moves did (seed printed on failure)', () => {
    fc.assert(
      fc.property(record, (given) => {
        const { made, refused } = said(given);
        for (const one of made) for (const amount of [one[2], one[4]]) assert.ok((amount as bigint) > 0n);
        // Without a wrap, a swap of the sender is exactly his net change, and he has no third asset that changed.
        if (made.some(([kind]) => kind !== 'swap')) return;
        for (const [, who, out, outAsset, into, inAsset, recipient] of made) {
          assert.equal(-sumOf(given, who as string, outAsset as string), out);
          assert.equal(sumOf(given, recipient as string, inAsset as string), into);
          if (who !== recipient) continue;
          const changed = [NATIVE, WETH, USDC, DAI, SHAM].filter((of) => sumOf(given, who as string, of) !== 0n);
          assert.deepEqual(new Set(changed), new Set([outAsset, inAsset]));
          assert.ok(![outAsset, inAsset].includes(SHAM));
        }
        for (const [reason, , out, into] of refused)
          assert.ok(reason === 'incomplete' || (out as unknown[]).length + (into as unknown[]).length > 0);
      }),
      { numRuns: graphsOfLaw(2000) },
    );
  });
});
