/** A follow over a real Electrum server that calls one script too busy: its branches wait, named with their amounts; the rest is followed to its end. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { freshFolder, spoorAsync } from '../support/cli.ts';
import { type ElectrumServer, electrumServer, refuse, scripthash } from '../support/electrum-server.ts';
import { MinedChain, type MinedTransaction, scriptOf, spend } from '../support/mined-chain.ts';

const [MINER, ALICE, BUSY, CAROL, DAVE] = ['miner', 'alice', 'busy', 'carol', 'dave'].map(scriptOf);
const pay = (script: Buffer, value: bigint): { script: Buffer; value: bigint } => ({ script, value });

/** 50 coins go to Alice (30) and to a busy script (20, less a fee of 0.0001). Alice pays Carol 10 and the busy script the rest, which pays Dave; Carol keeps hers. */
function story(): { chain: MinedChain; txs: Record<'coinbase' | 'split' | 'onward' | 'behind', MinedTransaction> } {
  const chain = new MinedChain();
  const [coinbase] = chain.mine(MINER).transactions;
  const split = spend([[coinbase, 0]], [pay(ALICE, 3_000_000_000n), pay(BUSY, 1_999_990_000n)]);
  chain.mine(MINER, [split]);
  const onward = spend([[split, 0]], [pay(CAROL, 1_000_000_000n), pay(BUSY, 1_999_990_000n)]);
  chain.mine(MINER, [onward]);
  const inputs: Parameters<typeof spend>[0] = [
    [split, 1],
    [onward, 1],
  ];
  const behind = spend(inputs, [pay(DAVE, 3_999_970_000n)]);
  chain.mine(MINER, [behind]);
  return { chain, txs: { coinbase, split, onward, behind } };
}

describe('follow over an Electrum server', () => {
  const { chain, txs } = story();
  let folder = '';
  let server: ElectrumServer;
  before(async () => {
    folder = freshFolder();
    server = await electrumServer(chain);
  });
  after(() => server.close());

  async function followed(): Promise<{ status: number | null; stderr: string; document: Followed | null }> {
    const where = ['--source', 'electrum', '--url', server.url, '--cache', join(folder, 'cache'), '--case', 'e.spoor'];
    const fetched = await spoorAsync(folder, ['fetch', txs.coinbase.txid, '--network', 'regtest', ...where]);
    assert.equal(fetched.status, 0, fetched.stderr);
    const asked = ['trace', '--seed', `V=${txs.coinbase.txid}:0`, '--rule', 'fifo', '--follow', '--json', ...where];
    const { status, stderr, stdout } = await spoorAsync(folder, [...asked, '--per-second', '1000']);
    return { status, stderr, document: stdout === '' ? null : (JSON.parse(stdout) as Followed) };
  }

  it('what the busy script holds waits with its amount, its spender is not guessed; when it answers, the end is reached', async () => {
    const busy = scripthash(BUSY);
    let refused = 0;
    server.mischief = (call, socket) => {
      if (call.method !== 'blockchain.scripthash.get_history' || call.params[0] !== busy) return false;
      refused += 1;
      refuse(socket, call.id, 1, 'history too large');
      return true;
    };
    const cut = await followed();
    assert.equal(cut.status, 0, cut.stderr);
    assert.ok(refused > 0);
    // By hand, FIFO: Alice's 30 coins go 10 to Carol and 19.9999 to the busy script, with 0.0001 of fee; the first 20 less 0.0001 lie there already.
    assert.deepEqual(told(cut.document), {
      books: ['5000000000', '20000', '4999980000'],
      holdings: [
        [`${txs.split.txid}:1`, '1999990000'],
        [`${txs.onward.txid}:0`, '1000000000'],
        [`${txs.onward.txid}:1`, '1999990000'],
      ],
      waiting: [
        [`${txs.onward.txid}:1`, { fifo: '1999990000' }],
        [`${txs.split.txid}:1`, { fifo: '1999990000' }],
      ].sort(),
      ended: 'nothing new',
    });
    for (const { reason } of cut.document?.follow.waiting ?? [])
      assert.match(
        reason,
        /^the source cannot say who spends it: 127\.0\.0\.1:\d+ has too much to say: history too large$/,
      );
    assert.equal(cut.document?.coverage.complete, false, 'what waits rests on nothing');
    server.mischief = null;
    const whole = await followed();
    assert.equal(whole.status, 0, whole.stderr);
    // One more fee of 0.0001; Carol keeps ten coins, the rest is Dave's.
    assert.deepEqual(told(whole.document), {
      books: ['5000000000', '30000', '4999970000'],
      holdings: [
        [`${txs.onward.txid}:0`, '1000000000'],
        [`${txs.behind.txid}:0`, '3999970000'],
      ],
      waiting: [],
      ended: 'nothing new',
    });
    assert.equal(whole.document?.coverage.complete, true);
    const again = await followed();
    assert.equal(again.document?.follow.requests, 0, 'what was said is not asked again');
  });
});

/** What the test is about of a document: seeded, fee and held; where taint rests; what waits. */
function told(document: Followed | null): object {
  assert.ok(document !== null);
  const { rules, follow } = document;
  const [{ books, holdings }] = rules;
  return {
    books: [books[0].seeded, books[0].fee, books[0].held],
    holdings: holdings.map(({ outpoint, taint }) => [outpoint, taint.V]),
    waiting: follow.waiting.map(({ outpoint, taint }) => [outpoint, taint]).sort(),
    ended: follow.ended,
  };
}

interface Followed {
  readonly coverage: { readonly complete: boolean };
  readonly follow: {
    readonly ended: string;
    readonly requests: number;
    readonly waiting: ReadonlyArray<{
      readonly outpoint: string;
      readonly reason: string;
      readonly taint: Readonly<Record<string, string>>;
    }>;
  };
  readonly rules: ReadonlyArray<{
    readonly books: ReadonlyArray<Readonly<Record<string, string>>>;
    readonly holdings: ReadonlyArray<{ readonly outpoint: string; readonly taint: Readonly<Record<string, string>> }>;
  }>;
}
