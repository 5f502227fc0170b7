/** Logs: the table of known events, and what counts as a move. */
import assert from 'node:assert/strict';
import { EventFragment, Interface, id, toBeHex } from 'ethers';
import { KNOWN_EVENTS, NATIVE_LOG_EMITTER, TETHER, WRAPPED_NATIVE } from '../../../src/chain/ethereum/index.ts';
import { type DecodedLogs, decodeLogs, type RawLog } from '../../../src/chain/ethereum/log.ts';
import { Field } from '../../../src/chain/file/field.ts';
import { account, accountHash } from '../../../src/ledger/index.ts';

const ALICE = account(`0x${'a1'.repeat(20)}`);
const BOB = account(`0x${'b0'.repeat(20)}`);
const TOKEN = account(`0x${'70'.repeat(20)}`);
const ZERO = `0x${'0'.repeat(40)}`;

/** A log as ethers encodes it. */
function logOf(signature: string, values: readonly unknown[], address: string = TOKEN, logIndex = 0): RawLog {
  const { data, topics } = new Interface([`event ${signature}`]).encodeEventLog(
    EventFragment.from(`event ${signature}`),
    values,
  );
  return {
    address: account(address),
    topics: topics.map(accountHash),
    data,
    logIndex,
    step: null,
    field: new Field(null, '', {}),
  };
}

const decode = (...logs: RawLog[]): DecodedLogs => decodeLogs(logs, 1);
const ERC20 = 'Transfer(address indexed from, address indexed to, uint256 value)';

describe('logs', () => {
  it('each hash of the table is that of its signature, and no two rows read the same log', () => {
    const seen = new Set<string>();
    for (const { name, signature, topic } of KNOWN_EVENTS) {
      const fragment = EventFragment.from(`event ${signature}`);
      assert.equal(topic, id(fragment.format('sighash')), name);
      const key = `${topic} ${fragment.inputs.filter(({ indexed }) => indexed).length}`;
      assert.ok(!seen.has(key), `${name} twice`);
      seen.add(key);
    }
    // Hashes as published (adapters reference C4 and C6).
    const topics = new Map(KNOWN_EVENTS.map(({ name, topic }) => [name, topic]));
    assert.match(topics.get('weth.deposit') ?? '', /^0xe1fffcc4.*9109c$/);
    assert.match(topics.get('weth.withdrawal') ?? '', /^0x7fcf532c.*81b65$/);
    assert.match(topics.get('tornado.deposit') ?? '', /^0xa945e51e.*ff196$/);
    assert.match(topics.get('tornado.withdrawal') ?? '', /^0xe9e508ba.*34931$/);
    assert.match(topics.get('tether.destroyed') ?? '', /^0x61e6e66b.*698c6$/);
  });

  it('every event of the table is read back as it was written', () => {
    for (const { name, signature } of KNOWN_EVENTS) {
      const { inputs } = EventFragment.from(`event ${signature}`);
      const values = inputs.map(({ type }, place) => {
        if (type === 'address') return BOB;
        if (type === 'string') return `=:BTC.BTC:bc1q${place}`;
        if (type === 'bytes') return '0xc0ffee';
        if (type === 'bytes32') return toBeHex(place + 1, 32);
        if (type.endsWith('[]')) return [1n, 2n];
        return type.startsWith('int') ? BigInt(-1 - place) : BigInt(place + 1);
      });
      const [event] = decode(logOf(signature, values)).events;
      assert.equal(event?.name, name, signature);
      assert.deepEqual(
        Object.entries(event.fields),
        inputs.map((input, place) => [input.name, [values[place]].flat().map(String).join(',')]),
        name,
      );
    }
  });

  it('a transfer with three topics is an amount, with four an item; the zero account mints and burns', () => {
    const { tokens, events } = decode(
      logOf(ERC20, [ALICE, BOB, 5n]),
      logOf(ERC20, [ZERO, BOB, 7n], TOKEN, 1),
      logOf(ERC20, [BOB, ZERO, 2n], TOKEN, 2),
      logOf('Transfer(address indexed from, address indexed to, uint256 indexed id)', [ALICE, BOB, 9n], TOKEN, 3),
      logOf(
        'TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)',
        [ALICE, ALICE, BOB, 1n, 3n],
        TOKEN,
        4,
      ),
    );
    assert.deepEqual(
      tokens.map(({ from, to, amount, logIndex }) => [from, to, amount, logIndex]),
      [
        [ALICE, BOB, 5n, 0],
        [null, BOB, 7n, 1],
        [BOB, null, 2n, 2],
      ],
    );
    assert.deepEqual(
      events.map(({ name }) => name),
      ['erc721.transfer', 'erc1155.transfer'],
    );
  });

  it('ERC-777 says each move twice and counts once; a token that indexes nothing is read too', () => {
    const sent = logOf(
      'Sent(address indexed operator, address indexed from, address indexed to, uint256 amount, bytes data, bytes operatorData)',
      [ALICE, ALICE, BOB, 5n, '0x', '0x'],
    );
    assert.equal(decode(sent, logOf(ERC20, [ALICE, BOB, 5n], TOKEN, 1)).tokens.length, 1);
    const plain = logOf('Transfer(address from, address to, uint256 value)', [ALICE, BOB, 6n]);
    assert.deepEqual(
      decode(plain).tokens.map(({ amount }) => amount),
      [6n],
    );
  });

  it('WETH is made and unmade without a transfer; another contract that says so makes nothing', () => {
    const deposit = 'Deposit(address indexed account, uint256 amount)';
    const withdrawal = 'Withdrawal(address indexed account, uint256 amount)';
    const { tokens, events } = decode(
      logOf(deposit, [ALICE, 8n], WRAPPED_NATIVE[1]),
      logOf(withdrawal, [BOB, 3n], WRAPPED_NATIVE[1], 1),
      logOf(deposit, [ALICE, 1n], TOKEN, 2),
    );
    assert.deepEqual(
      tokens.map(({ from, to, amount }) => [from, to, amount]),
      [
        [null, ALICE, 8n],
        [BOB, null, 3n],
      ],
    );
    assert.equal(events.length, 3);
  });

  it('a destroyed balance of Tether is a burn at its holder', () => {
    const destroyed = logOf('DestroyedBlackFunds(address account, uint256 amount)', [ALICE, 44n], TETHER);
    assert.deepEqual(
      decode(destroyed).tokens.map(({ from, to, amount }) => [from, to, amount]),
      [[ALICE, null, 44n]],
    );
  });

  it('logs of native moves (EIP-7708) are no tokens', () => {
    const { tokens, native } = decode(logOf(ERC20, [ALICE, BOB, 5n], NATIVE_LOG_EMITTER));
    assert.deepEqual(tokens, []);
    assert.deepEqual(native, [{ from: ALICE, to: BOB, amount: 5n, logIndex: 0 }]);
  });

  it('a known topic with data that do not fit is no event, and no error: anybody may emit it', () => {
    const log = logOf('Deposit(address indexed account, uint256 amount)', [ALICE, 8n], WRAPPED_NATIVE[1]);
    assert.deepEqual(decode({ ...log, data: '0x' }), { tokens: [], events: [], native: [] });
    assert.deepEqual(decode({ ...logOf(ERC20, [ALICE, BOB, 5n]), data: '0x01' }), {
      tokens: [],
      events: [],
      native: [],
    });
    assert.deepEqual(decode({ ...log, topics: [] }), { tokens: [], events: [], native: [] });
  });
});
