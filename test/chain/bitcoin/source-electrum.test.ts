/** An Electrum server over loopback: what it says becomes facts with their place proved; every lie that can be found out is. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAddress } from '../../../src/chain/bitcoin/address.ts';
import { decodeBlock } from '../../../src/chain/bitcoin/decode.ts';
import { ElectrumSource } from '../../../src/chain/bitcoin/source-electrum.ts';
import { readBitcoinBytes } from '../../../src/chain/bitcoin/source-file.ts';
import { proveRecord } from '../../../src/chain/bitcoin/txid.ts';
import type { TransportOptions } from '../../../src/chain/transport/options.ts';
import { type Address, SpoorError, type TransactionRecord, txid } from '../../../src/ledger/index.ts';
import { certificate } from '../../support/certificate.ts';
import { freshFolder, spoorAsync } from '../../support/cli.ts';
import {
  type ElectrumMischief,
  type ElectrumServer,
  electrumServer,
  refuse,
  reply,
} from '../../support/electrum-server.ts';
import { transportTo } from '../../support/loopback.ts';
import { MinedChain, type MinedTransaction, scriptOf, spend } from '../../support/mined-chain.ts';
import { Prng } from '../../support/prng.ts';
import { connectProxy, socksProxy } from '../../support/proxies.ts';

const MINER = scriptOf('miner');
const ALICE = scriptOf('alice');
const BOB = scriptOf('bob');
const CAROL = scriptOf('carol');
const addressOf = (script: Buffer): Address => encodeAddress('p2wpkh', script.subarray(2), 'regtest');

/** Block 1 pays the miner; in block 2 it pays Alice and Bob, who pay each other and Carol within block 3; a payment of Carol's waits. */
function story(): {
  chain: MinedChain;
  txs: Record<'coinbase' | 'first' | 'second' | 'third' | 'waits', MinedTransaction>;
} {
  const chain = new MinedChain();
  const [coinbase] = chain.mine(MINER).transactions;
  const first = spend(
    [[coinbase, 0]],
    [
      { script: ALICE, value: 3_000_000_000n },
      { script: BOB, value: 1_999_990_000n },
      { script: Buffer.from('6a0568656c6c6f', 'hex'), value: 0n },
    ],
  );
  chain.mine(MINER, [first]);
  const second = spend([[first, 0]], [{ script: BOB, value: 2_999_980_000n }], { witness: false });
  const third = spend(
    [
      [second, 0],
      [first, 1],
    ],
    [{ script: CAROL, value: 4_999_900_000n }],
  );
  chain.mine(MINER, [second, third]);
  chain.mine(MINER);
  const waits = spend([[third, 0]], [{ script: ALICE, value: 4_999_000_000n }]);
  return { chain, txs: { coinbase, first, second, third, waits } };
}

function records(body: { name: string; bytes: Buffer }): TransactionRecord[] {
  const parsed = readBitcoinBytes(body.bytes, { name: body.name, format: 'spoor', network: 'regtest' });
  return parsed.transactions.map(({ record }) => record);
}

describe('chain/bitcoin electrum', () => {
  const { chain, txs } = story();
  let folder = '';
  let server: ElectrumServer;
  let caches = 0;
  const source = (more: Partial<TransportOptions> = {}, url = server.url): ElectrumSource =>
    new ElectrumSource(transportTo(url, join(folder, `e${caches++}`), { timeoutMs: 2000, ...more }));

  before(async () => {
    folder = freshFolder();
    server = await electrumServer(chain, { waiting: [txs.waits] });
  });
  after(() => server.close());
  beforeEach(() => {
    server.asked.length = 0;
    server.mischief = null;
  });

  describe('facts', () => {
    it('tip and block hashes are those of the chain', async () => {
      const electrum = source();
      assert.deepEqual(await electrum.tip(), { height: 4, hash: chain.blocks[4].hash });
      assert.equal(await electrum.blockHash(2), chain.blocks[2].hash);
      await assert.rejects(electrum.blockHash(99), { code: 'NOT_FOUND' });
    });

    it('a transaction comes with block, position, time, and the values it spends, and hashes to its id', async () => {
      const body = await source().transaction(txid(txs.third.txid));
      assert.ok(body);
      const [record, ...more] = records(body);
      assert.equal(more.length, 0);
      assert.deepEqual(
        [record.txid, record.height, record.blockHash, record.position, record.timestampSec],
        // Block 3 is 3 x 600 s after 1,300,000,000; coinbase, second, third.
        [txs.third.txid, 3, chain.blocks[3].hash, 2, 1_300_001_800],
      );
      assert.equal(proveRecord(record), 'verified');
      assert.deepEqual(
        record.inputs.map(({ prevTxid, prevVout, valueSat, prevAddress }) => [
          prevTxid,
          prevVout,
          valueSat,
          prevAddress,
        ]),
        [
          [txs.second.txid, 0, 2_999_980_000, addressOf(BOB)],
          [txs.first.txid, 1, 1_999_990_000, addressOf(BOB)],
        ],
      );
      assert.deepEqual(
        record.outputs.map(({ valueSat, address }) => [valueSat, address]),
        [[4_999_900_000, addressOf(CAROL)]],
      );
      const coinbase = await source().transaction(txid(txs.coinbase.txid));
      assert.equal(coinbase && records(coinbase)[0].coinbase, true);
    });

    it('every transaction reads as it does from the raw block', async () => {
      for (const [height, { header, transactions, hash }] of chain.blocks.entries()) {
        if (height === 0) continue;
        const count = Buffer.from([transactions.length]);
        const bytes = Buffer.concat([header, count, ...transactions.map(({ hex }) => Buffer.from(hex, 'hex'))]);
        const block = decodeBlock(bytes, 'regtest');
        for (const [position, { record }] of block.transactions.entries()) {
          const body = await source().transaction(record.txid);
          assert.ok(body);
          const [got] = records(body);
          const inputs = got.inputs.map((input) => ({ ...input, valueSat: null, prevScript: null, prevAddress: null }));
          const { timestampSec } = block.header;
          assert.deepEqual({ ...got, inputs }, { ...record, height, position, blockHash: hash, timestampSec });
        }
      }
    });

    it('one the server does not know is null; one that waits is left out', async () => {
      assert.equal(await source().transaction(txid('ab'.repeat(32))), null);
      assert.equal(await source().outspends(txid('ab'.repeat(32))), null);
      const body = await source().transaction(txid(txs.waits.txid));
      assert.deepEqual(body && records(body), []);
    });

    it('spenders are found by the history of each script; what waits spends nothing yet', async () => {
      const spenders = async (tx: MinedTransaction): Promise<unknown> =>
        (await source().outspends(txid(tx.txid)))?.map(({ spender }) => spender);
      assert.deepEqual(await spenders(txs.coinbase), [txs.first.txid]);
      assert.deepEqual(await spenders(txs.first), [txs.second.txid, txs.third.txid, null]);
      assert.deepEqual(await spenders(txs.second), [txs.third.txid]);
      assert.deepEqual(await spenders(txs.third), [null]);
    });

    it('the history of an address comes whole, in the order of the chain, counted without what waits', async () => {
      const { bodies, transactions, stated, complete } = await source().history(addressOf(ALICE), 1);
      assert.deepEqual([transactions, stated, complete], [2, 2, true]);
      assert.deepEqual(
        bodies.flatMap(records).map((record) => record.txid),
        [txs.first.txid, txs.second.txid],
      );
      const none = await source().history(addressOf(ALICE), 0);
      assert.deepEqual([none.bodies.length, none.stated, none.complete], [0, 2, false]);
      const empty = await source().history(addressOf(scriptOf('nobody')), 1);
      assert.deepEqual([empty.transactions, empty.stated, empty.complete], [0, 0, true]);
    });

    it('an address of another network is refused, and so is a question for blocks', async () => {
      await assert.rejects(source().history('12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw' as Address, 1), {
        code: 'ADDRESS_INVALID',
      });
      await assert.rejects(source().block(chain.blocks[1].hash as never), { code: 'USAGE' });
    });

    it('a second run asks nothing, and a replay needs no server', async () => {
      const cacheFolder = join(folder, 'replayed');
      const run = async (mode: 'live' | 'replay', url: string): Promise<string[]> => {
        const electrum = new ElectrumSource(transportTo(url, cacheFolder, { mode }));
        const body = await electrum.transaction(txid(txs.third.txid));
        const { bodies } = await electrum.history(addressOf(BOB), 4);
        return [body, ...bodies].map((one) => String(one?.bytes));
      };
      const first = await run('live', server.url);
      server.asked.length = 0;
      const greetings = server.greetings;
      assert.deepEqual(await run('live', server.url), first);
      assert.deepEqual(await run('replay', server.url), first);
      assert.deepEqual(server.asked, []);
      assert.equal(server.greetings, greetings);
    });
  });

  describe('connections', () => {
    it('many questions share one connection, greeted once; answers may come in any order, between notifications', async () => {
      const held: Array<() => void> = [];
      server.mischief = (call, socket, honest) => {
        if (call.method !== 'blockchain.block.header' || call.params[0] === 0) return false;
        held.push(() => reply(socket, call.id, honest));
        if (held.length < 3) return true;
        socket.write('{"jsonrpc":"2.0","method":"blockchain.headers.subscribe","params":[{"height":5}]}\n\n');
        for (const send of held.reverse()) send();
        return true;
      };
      const before = server.greetings;
      const electrum = source();
      const hashes = await Promise.all([1, 2, 3].map((height) => electrum.blockHash(height)));
      assert.deepEqual(
        hashes,
        [1, 2, 3].map((height) => chain.blocks[height].hash),
      );
      assert.equal(server.greetings, before + 1);
    });

    it('an answer in pieces of one byte is put together', async () => {
      server.mischief = (call, socket, honest) => {
        for (const byte of Buffer.from(`${JSON.stringify({ id: call.id, result: honest })}\n`))
          socket.write(Buffer.from([byte]));
        return true;
      };
      assert.equal((await source().tip()).height, 4);
    });

    it('a connection that breaks in the middle of a line is opened again and the question put once more', async () => {
      let breaks = 2;
      server.mischief = (call, socket, honest) => {
        if (call.method === 'server.version' || breaks-- <= 0) return false;
        socket.end(JSON.stringify({ id: call.id, result: honest }).slice(0, 40));
        return true;
      };
      assert.equal((await source().tip()).height, 4);
    });

    it('a connection on which nothing comes any more is left for a new one', async () => {
      let silent: unknown = null;
      server.mischief = (call, socket) => {
        if (call.method === 'server.version') return false;
        silent ??= socket;
        return silent === socket;
      };
      const before = server.greetings;
      assert.equal((await source({ timeoutMs: 150 }).tip()).height, 4);
      assert.equal(server.greetings, before + 2);
    });

    it('TLS with the authority named, directly and through both kinds of proxy; a stranger is refused', async () => {
      const own = certificate(['only-the-proxy-knows.test']);
      const encrypted = await electrumServer(chain, { tls: own });
      const caFile = join(folder, 'electrum-ca.pem');
      writeFileSync(caFile, own.cert);
      assert.equal((await source({ caFile }, encrypted.url).tip()).height, 4);
      await assert.rejects(source({}, encrypted.url).tip(), {
        code: 'SOURCE_FAILED',
        message: /certificate .*SELF_SIGNED/,
      });
      const named = encrypted.url.replace('127.0.0.1', 'only-the-proxy-knows.test');
      const [connect, socks] = [await connectProxy(), await socksProxy({ auth: 'user:password-1' })];
      const through = { caFile, proxyAuth: 'user:password-1' };
      assert.equal((await source({ ...through, proxy: `http://127.0.0.1:${connect.port}` }, named).tip()).height, 4);
      assert.equal((await source({ ...through, proxy: `socks5h://127.0.0.1:${socks.port}` }, named).tip()).height, 4);
      assert.deepEqual(socks.asked, [`name only-the-proxy-knows.test:${encrypted.port}`]);
      const plain = { proxy: `socks5h://127.0.0.1:${socks.port}`, proxyAuth: 'user:password-1' };
      assert.equal((await source(plain).tip()).height, 4);
      await assert.rejects(source({ proxy: `http://127.0.0.1:${connect.port}` }, named).tip(), {
        code: 'SOURCE_FAILED',
      });
      for (const one of [encrypted, connect, socks]) await one.close();
    });

    it('a server that is not there, or that knows no version in common, ends with a reason', async () => {
      const gone = await electrumServer(chain);
      await gone.close();
      await assert.rejects(source({}, gone.url).tip(), { code: 'SOURCE_FAILED', message: /ECONNREFUSED/ });
      server.mischief = (call, socket) => {
        if (call.method === 'server.version') refuse(socket, call.id, 1, 'unsupported protocol version: 1.4');
        return call.method === 'server.version';
      };
      await assert.rejects(source().tip(), { code: 'SOURCE_FAILED', message: /no version of the protocol/ });
    });
  });

  describe('lies and refusals', () => {
    /** Answers one method otherwise. */
    const instead =
      (
        method: string,
        lie: (honest: never, call: { id: number; params: readonly unknown[] }) => unknown,
      ): ElectrumMischief =>
      (call, socket, honest) => {
        if (call.method !== method || (method === 'blockchain.block.header' && call.params[0] === 0)) return false;
        reply(socket, call.id, lie(honest as never, call));
        return true;
      };
    const third = (): Promise<unknown> => source().transaction(txid(txs.third.txid));

    it('bytes of another transaction are refused and not recorded', async () => {
      server.mischief = instead('blockchain.transaction.get', () => txs.second.hex);
      const cacheFolder = join(folder, 'lied-to');
      const ask = (): Promise<unknown> =>
        new ElectrumSource(transportTo(server.url, cacheFolder)).transaction(txid(txs.third.txid));
      await assert.rejects(ask(), { code: 'HASH_MISMATCH' });
      server.mischief = null;
      assert.ok(await ask(), 'the next run asks again');
    });

    it('every altered byte of a transaction is found out', async () => {
      const bytes = Buffer.from(txs.third.hex, 'hex');
      const witnessFrom = txs.third.transaction.byteLength(false);
      for (let at = 0; at < bytes.length; at += 5) {
        const altered = Buffer.from(bytes);
        altered[at] ^= 1;
        server.mischief = instead('blockchain.transaction.get', (honest, { params }) =>
          params[0] === txs.third.txid ? altered.toString('hex') : honest,
        );
        const outcome = await third().then(
          () => 'taken',
          (error: { code: string }) => error.code,
        );
        // The id does not cover witnesses (BIP141): they lie between the outputs and the lock time, and are asserted only.
        const covered = at < 4 || (at > 5 && at < witnessFrom - 2) || at >= bytes.length - 4;
        if (covered) assert.match(outcome, /HASH_MISMATCH|MALFORMED|AMOUNT_INVALID|TOO_LARGE/, `byte ${at}`);
      }
    });

    it('a false branch, position, header, or one without work is refused', async () => {
      const merkle = 'blockchain.transaction.get_merkle';
      const header = 'blockchain.block.header';
      type Proof = { merkle: string[]; pos: number; block_height: number };
      const lies: Array<[string, (honest: never) => unknown, RegExp]> = [
        [merkle, ({ merkle: branch, ...rest }: Proof) => ({ ...rest, merkle: [...branch].reverse() }), /HASH_MISMATCH/],
        [merkle, ({ merkle: branch, ...rest }: Proof) => ({ ...rest, merkle: branch.slice(1) }), /HASH_MISMATCH/],
        [
          merkle,
          ({ merkle: branch, ...rest }: Proof) => ({ ...rest, merkle: [...branch, 'ab'.repeat(32)] }),
          /HASH_MISMATCH/,
        ],
        [merkle, (proof: Proof) => ({ ...proof, pos: 0 }), /HASH_MISMATCH/],
        // Three transactions: the third is its own right sibling, so position 3 leads to the same root.
        [merkle, (proof: Proof) => ({ ...proof, pos: 3 }), /HASH_MISMATCH/],
        [merkle, (proof: Proof) => ({ ...proof, pos: 6 }), /HASH_MISMATCH/],
        [merkle, (proof: Proof) => ({ ...proof, pos: -1 }), /MALFORMED/],
        [merkle, (proof: Proof) => ({ ...proof, pos: 1.5 }), /MALFORMED/],
        [merkle, (proof: Proof) => ({ ...proof, merkle: Array(40).fill('00'.repeat(32)) }), /HASH_MISMATCH/],
        [merkle, (proof: Proof) => ({ ...proof, merkle: ['zz'] }), /MALFORMED|BLOCK_HASH_INVALID/],
        [merkle, () => null, /MALFORMED/],
        [header, () => chain.blocks[2].header.toString('hex'), /HASH_MISMATCH/],
        [header, (hex: string) => hex.slice(2), /MALFORMED/],
        [header, (hex: string) => `${hex}00`, /MALFORMED/],
        // Bits that ask for no work at all.
        [header, (hex: string) => `${hex.slice(0, 144)}ffff7f21${hex.slice(152)}`, /HASH_MISMATCH/],
        // Bits that ask for more than the hash shows.
        [header, (hex: string) => `${hex.slice(0, 144)}ffff001d${hex.slice(152)}`, /HASH_MISMATCH/],
      ];
      for (const [index, [method, lie, code]] of lies.entries()) {
        server.mischief = instead(method, lie);
        await assert.rejects(third(), (error: { code: string }) => code.test(error.code), `lie ${index}`);
      }
    });

    it('a history out of order, with a repeat, or without the transaction it was asked for is refused', async () => {
      type Row = { tx_hash: string; height: number };
      const get = 'blockchain.scripthash.get_history';
      const lies: Array<(rows: never) => unknown> = [
        (rows: Row[]) => [...rows].reverse(),
        (rows: Row[]) => [...rows, rows[0]],
        (rows: Row[]) => [{ tx_hash: 'ab'.repeat(32), height: 0 }, ...rows],
        (rows: Row[]) => rows.map((row) => ({ ...row, height: '3' })),
        (rows: Row[]) => rows.map((row) => ({ ...row, tx_hash: 'short' })),
        () => ({ not: 'a list' }),
      ];
      for (const [index, lie] of lies.entries()) {
        server.mischief = instead(get, lie);
        await assert.rejects(
          source().history(addressOf(BOB), 1),
          (error: { code: string }) => /MALFORMED|TXID_INVALID/.test(error.code),
          `${index}`,
        );
      }
      server.mischief = instead(get, () => []);
      await assert.rejects(third(), { code: 'MALFORMED', message: /leaves .* out of the history/ });
      await assert.rejects(source().outspends(txid(txs.first.txid)), { code: 'MALFORMED', message: /leaves .* out/ });
    });

    it('a chain that begins otherwise is refused before anything is believed', async () => {
      server.mischief = (call, socket) => {
        if (call.method !== 'blockchain.block.header') return false;
        reply(socket, call.id, chain.blocks[1].header.toString('hex'));
        return true;
      };
      await assert.rejects(source().tip(), { code: 'MALFORMED', message: /chain that begins with/ });
    });

    it('wrong ids, nested and endless lines, no JSON: nobody listens any longer', async () => {
      const lines: Array<[string, (id: number) => string | Buffer]> = [
        ['MALFORMED', (id) => `{"id":${id + 1000},"result":1}\n`],
        ['MALFORMED', () => '{"id":"x","result":1}\n'],
        ['MALFORMED', () => '{"id":null,"error":{"code":-32700,"message":"parse error"}}\n'],
        ['MALFORMED', () => 'nonsense\n'],
        ['MALFORMED', () => '[1]\n'],
        ['MALFORMED', (id) => `{"id":${id},"result":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`],
        ['TOO_LARGE', () => Buffer.alloc(3_000_000, 'a')],
        ['TOO_LARGE', (id) => `{"id":${id},"result":"${'a'.repeat(3_000_000)}"}\n`],
      ];
      for (const [code, line] of lines) {
        server.mischief = (call, socket) => {
          if (call.method === 'server.version') return false;
          socket.write(line(call.id));
          return true;
        };
        await assert.rejects(source({ maxBodyBytes: 1_000_000 }).tip(), { code }, String(line(1)).slice(0, 60));
      }
    });

    it('any altered byte of any answer is found out, or changes no fact (seed 7)', async () => {
      const random = Prng.fromSeed(7);
      const facts = (body: { name: string; bytes: Buffer } | null): string =>
        JSON.stringify(
          body &&
            records(body).map((record) => ({
              ...record,
              inputs: record.inputs.map((one) => ({ ...one, witness: null })),
            })),
        );
      const honest = facts(await source().transaction(txid(txs.third.txid)));
      for (let round = 0; round < 150; round += 1) {
        // Which of the answers, which byte of it, which bit.
        let target = random.between(1, 9);
        let altered = '';
        server.mischief = (call, socket, result) => {
          const line = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: call.id, result }));
          // Half of all altered regtest headers still have enough work; the headers of the chain have not.
          if (call.method !== 'blockchain.block.header' && --target === 0) {
            const at = random.int(line.length);
            line[at] ^= 1 << random.int(7);
            altered = `${call.method} byte ${at}: ${line.toString('latin1')}`;
          }
          socket.write(Buffer.concat([line, Buffer.from('\n')]));
          return true;
        };
        const outcome = await source({ timeoutMs: 100, maxAttempts: 1 })
          .transaction(txid(txs.third.txid))
          .then(facts, (error) => error);
        if (typeof outcome === 'string') assert.equal(outcome, honest, altered);
        else assert.ok(outcome instanceof SpoorError, `${altered} ${outcome}`);
      }
    });

    it('an answer given twice counts once, whatever the second says', async () => {
      server.mischief = (call, socket, honest) => {
        reply(socket, call.id, honest);
        if (call.method !== 'server.version') reply(socket, call.id, 'another answer');
        return true;
      };
      assert.ok(await third());
      assert.equal((await source().tip()).height, 4);
    });

    it('no answer, or one that drips, ends with the time of the question', async () => {
      const patience = { timeoutMs: 100, maxAttempts: 2 };
      server.mischief = () => true;
      await assert.rejects(source(patience).tip(), {
        code: 'SOURCE_FAILED',
        message: /2 attempts \(no answer in time\)/,
      });
      server.mischief = (call, socket) => {
        if (call.method === 'server.version') return false;
        const drip = setInterval(() => socket.write('1'), 10);
        socket.on('close', () => clearInterval(drip));
        return true;
      };
      await assert.rejects(source(patience).tip(), { code: 'SOURCE_FAILED', message: /no answer in time/ });
    });

    it('"too large" is TOO_LARGE with advice, "busy" is asked again, an unknown method is a failure', async () => {
      const says = (code: number, message: string): void => {
        server.mischief = (call, socket) => {
          if (call.method !== 'blockchain.scripthash.get_history') return false;
          refuse(socket, call.id, code, message);
          return true;
        };
      };
      const ask = (): Promise<unknown> => source().history(addressOf(BOB), 1);
      says(1, 'history too large');
      await assert.rejects(ask(), { code: 'TOO_LARGE', hint: /node of your own/ });
      says(-101, 'excessive resource usage');
      await assert.rejects(ask(), { code: 'RATE_LIMITED' });
      says(-32601, 'unknown method');
      await assert.rejects(ask(), { code: 'SOURCE_FAILED', message: /unknown method/ });
      let busy = 2;
      server.mischief = (call, socket) => {
        if (call.method === 'server.version' || busy-- <= 0) return false;
        refuse(socket, call.id, -102, 'server busy - request timed out');
        return true;
      };
      assert.equal((await source().tip()).height, 4);
    });
  });

  describe('command line', () => {
    it('fetches and follows to the end; wrong schemes and keys are usage', async () => {
      const common = [
        '--source',
        'electrum',
        '--url',
        server.url,
        '--cache',
        join(folder, 'cli'),
        '--case',
        'e.spoor',
        '--per-second',
        '1000',
      ];
      const fetched = await spoorAsync(folder, ['fetch', txs.coinbase.txid, '--network', 'regtest', ...common]);
      assert.equal(fetched.status, 0, fetched.stderr);
      const traced = await spoorAsync(folder, [
        'trace',
        '--seed',
        `V=${txs.coinbase.txid}:0`,
        '--rule',
        'fifo',
        '--follow',
        '--json',
        ...common,
      ]);
      assert.equal(traced.status, 0, traced.stderr);
      const [{ books, holdings }] = JSON.parse(traced.stdout).rules;
      // 50 coins: 10,000 sat of fee in first, 20,000 in second, 70,000 in third; the rest reaches Carol.
      assert.deepEqual([books[0].seeded, books[0].fee, books[0].held], ['5000000000', '100000', '4999900000']);
      assert.deepEqual(
        holdings.map(({ outpoint }: { outpoint: string }) => outpoint),
        [`${txs.third.txid}:0`],
      );
      for (const wrong of [
        ['--url', 'https://example.org'],
        ['--url', server.url, '--key-header', 'x-key'],
      ]) {
        const args = ['fetch', txs.first.txid, '--source', 'electrum', ...wrong, '--case', 'w.spoor'];
        const { status, stderr } = await spoorAsync(folder, args, { SPOOR_KEY: 'long-enough' });
        assert.equal(status, 2, stderr);
      }
    });
  });
});
