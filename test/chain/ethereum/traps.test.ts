/** Traps of the sources, each with an answer made for it. */
import assert from 'node:assert/strict';
import { looksLikeAccountChain, type ParsedAccountFile, readAccountBytes } from '../../../src/chain/ethereum/index.ts';
import { account, SpoorError } from '../../../src/ledger/index.ts';

const A = account(`0x${'a1'.repeat(20)}`);
const B = account(`0x${'b0'.repeat(20)}`);
const C = account(`0x${'c0'.repeat(20)}`);
const HASH = `0x${'11'.repeat(32)}`;
const BLOCK = `0x${'22'.repeat(32)}`;
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const NATIVE_LOGS = `0x${'f'.repeat(39)}e`;

const word = (value: string | bigint): string =>
  `0x${(typeof value === 'bigint' ? value.toString(16) : value.slice(2)).padStart(64, '0')}`;
const quantity = (value: bigint | number): string => `0x${value.toString(16)}`;

function read(body: unknown, chainId = 1): ParsedAccountFile {
  return readAccountBytes(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), {
    name: 'body',
    format: 'auto',
    chainId,
  });
}

function refuses(body: unknown, code: string, message: RegExp): void {
  assert.throws(
    () => read(body),
    (error) => {
      assert.ok(error instanceof SpoorError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.equal(error.place.file, 'body');
      return true;
    },
  );
}

const transaction = (over: object = {}): object => ({
  hash: HASH,
  blockHash: BLOCK,
  blockNumber: quantity(20_000_000),
  transactionIndex: '0x0',
  from: A,
  to: B,
  value: '0x64',
  nonce: '0x0',
  type: '0x2',
  input: '0x',
  gasPrice: '0x5',
  ...over,
});
const block = (over: object = {}): object => ({
  number: quantity(20_000_000),
  hash: BLOCK,
  parentHash: HASH,
  timestamp: quantity(1_720_000_000),
  miner: C,
  difficulty: '0x0',
  baseFeePerGas: '0x3',
  withdrawals: [],
  newThingOfTomorrow: { deep: [1.5] },
  transactions: [transaction()],
  ...over,
});
const receipt = (over: object = {}): object => ({
  transactionHash: HASH,
  transactionIndex: '0x0',
  blockHash: BLOCK,
  blockNumber: quantity(20_000_000),
  from: A,
  to: B,
  contractAddress: null,
  status: '0x1',
  gasUsed: quantity(30_000),
  cumulativeGasUsed: quantity(30_000),
  effectiveGasPrice: '0x5',
  type: '0x2',
  logs: [],
  ...over,
});
const log = (address: string, topics: string[], data: string, at: object = {}): object => ({
  address,
  topics,
  data,
  logIndex: '0x0',
  transactionHash: HASH,
  blockHash: BLOCK,
  blockNumber: quantity(20_000_000),
  transactionIndex: '0x0',
  ...at,
});
const answers = (...results: unknown[]): object[] => results.map((result) => ({ jsonrpc: '2.0', id: 1, result }));
const traced = (frame: object): object => [{ txHash: HASH, result: frame }];
const call = (over: object = {}): object => ({
  type: 'CALL',
  from: A,
  to: B,
  value: '0x64',
  gas: '0x1',
  gasUsed: '0x1',
  input: '0x',
  ...over,
});
const only = (body: unknown, chainId = 1): ParsedAccountFile['transactions'][number]['record'] =>
  read(body, chainId).transactions[0].record;

describe('traps of nodes', () => {
  it('only CALL, CREATE and SELFDESTRUCT move; DELEGATECALL repeats a value, a reverted call takes its children with it', () => {
    const frame = call({
      calls: [
        call({ type: 'DELEGATECALL', from: B, to: C, calls: [call({ from: B, to: C, value: '0x1' })] }),
        call({ type: 'CALLCODE', from: B, to: C }),
        { type: 'STATICCALL', from: B, to: C },
        call({ from: B, to: C, error: 'execution reverted', calls: [call({ from: C, to: A, value: '0x7' })] }),
        { type: 'CREATE', from: B, value: '0x9', error: 'out of gas' },
        call({ type: 'CREATE2', from: B, to: C, value: '0x2' }),
        call({ from: B, to: A, value: '0x0' }),
      ],
    });
    assert.deepEqual(
      only(answers(block(), traced(frame))).internal?.map(({ kind, from, to, valueWei, traceAddress, step }) => [
        kind,
        from,
        to,
        valueWei,
        traceAddress,
        step,
      ]),
      [
        ['call', B, C, 1n, '0_0', 2],
        ['create', B, C, 2n, '5', 8],
      ],
    );
  });

  it('logs stand among the calls where the tracer says so: one order of ether and tokens', () => {
    const logged = (amount: bigint, position: number): object => ({
      address: C,
      topics: [TRANSFER, word(A), word(B)],
      data: word(amount),
      position: quantity(position),
    });
    const frame = call({
      calls: [call({ from: B, to: C, value: '0x1' }), call({ from: B, to: C, value: '0x2' })],
      logs: [logged(10n, 0), logged(11n, 1), logged(12n, 2)],
    });
    const logs = [10n, 11n, 12n].map((amount, index) =>
      log(C, [TRANSFER, word(A), word(B)], word(amount), { logIndex: quantity(index) }),
    );
    const record = only(answers(block(), [receipt({ logs })], traced(frame)));
    // The top call is step 0.
    assert.deepEqual(
      record.tokens?.map(({ amount, step, logIndex }) => [amount, step, logIndex]),
      [
        [10n, 1, 0],
        [11n, 3, 1],
        [12n, 5, 2],
      ],
    );
    assert.deepEqual(
      record.internal?.map(({ valueWei, step }) => [valueWei, step]),
      [
        [1n, 2],
        [2n, 4],
      ],
    );
    assert.deepEqual(record.whole, ['internal', 'tokens']);
    refuses(answers(block(), [receipt({ logs: logs.slice(1) })], traced(frame)), 'SOURCES_DISAGREE', /different logs/);
  });

  it('destroyed in its own favour: burned before Cancun and where made in the same transaction, else nothing', () => {
    const destroyed = call({ type: 'SELFDESTRUCT', from: B, to: B, value: '0x8' });
    const of = (frames: object[], over: object = {}): unknown =>
      only(answers(block(over), traced(call({ calls: frames })))).internal?.map(({ kind, to }) => [kind, to]);
    assert.deepEqual(of([destroyed]), []);
    assert.deepEqual(of([destroyed], { timestamp: quantity(1_700_000_000) }), [['selfdestruct', null]]);
    assert.deepEqual(of([call({ type: 'CREATE', from: A, to: B, value: '0x8' }), destroyed]), [
      ['create', B],
      ['selfdestruct', null],
    ]);
  });

  it('a failed transaction pays and moves nothing; a trace that says otherwise is refused', () => {
    const body = answers(
      block(),
      [receipt({ status: '0x0' })],
      traced(call({ error: 'execution reverted', calls: [call()] })),
    );
    const record = only(body);
    assert.deepEqual([record.succeeded, record.internal, record.tokens, record.feeWei], [false, [], [], 150_000n]);
    refuses(
      answers(block(), [receipt({ status: '0x0' })], traced(call())),
      'SOURCES_DISAGREE',
      /disagree whether it failed/,
    );
    refuses(
      answers([receipt({ status: '0x0', logs: [log(C, [TRANSFER], '0x')] })]),
      'MALFORMED',
      /failed transaction has no logs/,
    );
  });

  it('fees: the base fee and the fee of blobs are burned, the tip is not', () => {
    const plain = only(answers(block(), [receipt()]));
    assert.deepEqual([plain.feeWei, plain.burntWei], [150_000n, 90_000n]);
    const blobs = { blobGasUsed: quantity(131_072), blobGasPrice: '0x2' };
    const carried = only(answers(block(), [receipt(blobs)]));
    assert.deepEqual([carried.feeWei, carried.burntWei], [150_000n + 262_144n, 90_000n + 262_144n]);
    const failed = only(answers(block(), [receipt({ ...blobs, status: '0x0' })]));
    assert.equal(failed.feeWei, 150_000n + 262_144n, 'the fee of blobs is not given back');
    refuses(answers([receipt({ blobGasUsed: '0x1' })]), 'MALFORMED', /missing|expected/);
  });

  it('withdrawals are in gwei; the first block and the one of the DAO are told apart; a pending block is none', () => {
    const withdrawals = [{ index: '0x1', validatorIndex: '0x1', address: C, amount: '0x3' }];
    assert.deepEqual(read(answers(block({ withdrawals }))).blocks[0].block.credits, [
      { kind: 'withdrawal', to: C, amountWei: 3_000_000_000n },
    ]);
    const dao = read(answers(block({ number: quantity(1_920_000), transactions: [] })));
    assert.equal(dao.blocks[0].block.credits, null);
    assert.match(dao.notes.join(), /DAO/);
    assert.match(read(answers(block({ number: '0x0', transactions: [] }))).notes.join(), /allocations/);
    const pending = read(answers(block({ hash: null, number: null })));
    assert.deepEqual([pending.transactions.length, pending.blocks.length], [0, 0]);
    assert.match(pending.notes.join(), /pending/);
  });

  it("logs of native moves: the first is the transaction's own, and a trace beside them counts once", () => {
    const native = (from: string, to: string, amount: bigint, index: number): object =>
      log(NATIVE_LOGS, [TRANSFER, word(from), word(to)], word(amount), { logIndex: quantity(index) });
    const logs = [native(A, B, 100n, 0), native(B, C, 7n, 1)];
    const moves = only(answers(block(), [receipt({ logs })]));
    assert.deepEqual(
      moves.internal?.map(({ from, to, valueWei }) => [from, to, valueWei]),
      [[B, C, 7n]],
    );
    assert.deepEqual(moves.tokens, []);
    const both = only(
      answers(block(), [receipt({ logs })], traced(call({ calls: [call({ from: B, to: C, value: '0x7' })] }))),
    );
    assert.deepEqual(
      both.internal?.map(({ from, to, valueWei, traceAddress }) => [from, to, valueWei, traceAddress]),
      [[B, C, 7n, '0']],
    );
  });

  it('a trace the node gave up on is unknown, not empty; receipts and traces count the transactions', () => {
    const given = read(answers(block(), [{ txHash: HASH, error: 'execution timeout' }]));
    assert.equal(given.transactions[0].record.internal, null);
    assert.match(given.notes.join(), /gave up/);
    const two = block({ transactions: [transaction(), transaction({ hash: BLOCK, transactionIndex: '0x1' })] });
    refuses(answers(two, [receipt()]), 'INCOMPLETE', /1 receipts for the 2 transactions/);
    refuses(answers(two, traced(call())), 'INCOMPLETE', /1 traces for the 2 transactions/);
    refuses(answers(block({ transactions: [transaction(), transaction()] })), 'MALFORMED', /twice/);
  });

  it('a filtered list of traces may lack a failed call around a frame: such frames are left out and counted', () => {
    const flat = {
      action: { callType: 'call', from: B, to: C, value: '0x5' },
      result: {},
      traceAddress: [0, 1],
      transactionHash: HASH,
      blockHash: BLOCK,
      blockNumber: 20_000_000,
      type: 'call',
    };
    const parsed = read(answers([flat]));
    assert.equal(parsed.transactions[0].record.internal, null);
    assert.match(parsed.notes.join(), /lacks a call around it/);
  });

  it('errors of nodes are what they mean', () => {
    const failed = (code: number, message: string): object => ({ jsonrpc: '2.0', id: 1, error: { code, message } });
    refuses(failed(4444, 'pruned history unavailable'), 'PRUNED', /pruned/);
    refuses(failed(-32005, 'query returned more than 10000 results'), 'TOO_LARGE', /10000/);
    refuses(failed(-32005, 'daily request count exceeded'), 'RATE_LIMITED', /daily/);
    refuses(failed(-32000, 'genesis is not traceable'), 'INCOMPLETE', /genesis/);
    refuses(failed(-32601, 'the method trace_block does not exist'), 'SOURCE_FAILED', /trace_block/);
    refuses(
      { chainId: 5, method: 'eth_getBlockByNumber', params: [], answer: { result: null } },
      'MALFORMED',
      /chain 5/,
    );
  });

  it('a removed log is left out; a huge number or one with a fraction is refused, naming its field', () => {
    const removed = read(answers([log(C, [TRANSFER, word(A), word(B)], word(1n), { removed: true })]));
    assert.deepEqual(removed.transactions, []);
    assert.match(removed.notes.join(), /takes it back/);
    refuses(answers(block({ transactions: [transaction({ value: `0x${'f'.repeat(65)}` })] })), 'MALFORMED', /2\^256/);
    refuses(
      '{"jsonrpc":"2.0","id":1,"result":{"number":1.5,"hash":"0x","transactions":[]}}',
      'MALFORMED',
      /whole number/,
    );
  });
});

describe('traps of explorers', () => {
  const etherscan = (result: unknown, status = '1', message = 'OK'): object => ({ status, message, result });

  it('status 0 is a failure by its text, or an empty list', () => {
    assert.deepEqual(read(etherscan([], '0', 'No transactions found')).transactions, []);
    refuses(etherscan('Max calls per sec rate limit reached (3/sec)', '0', 'NOTOK'), 'RATE_LIMITED', /rate limit/);
    refuses(
      etherscan('Result window is too large, PageNo x Offset size must be less than or equal to 10000', '0', 'NOTOK'),
      'TOO_LARGE',
      /window/,
    );
    refuses(
      etherscan('Query Timeout occured. Please select a smaller result dataset', '0', 'NOTOK'),
      'INCOMPLETE',
      /occured/,
    );
    refuses(etherscan('Invalid API Key (#err2)', '0', 'NOTOK'), 'UNAUTHORIZED', /API Key/);
    refuses(etherscan(null, '0', 'Unexpected end'), 'SOURCE_FAILED', /Unexpected/);
  });

  const row = {
    blockNumber: '20000000',
    timeStamp: '1720000000',
    hash: HASH,
    nonce: '1',
    blockHash: BLOCK,
    transactionIndex: '0',
    from: A,
    to: B,
    value: '5',
    gas: '1',
    gasPrice: '2',
    isError: '0',
    txreceipt_status: '1',
    input: '0xa9059cbb00',
    contractAddress: '',
    gasUsed: '30000',
  };

  it('allocations of the first block have no hash; a call without code moved nothing else', () => {
    const genesis = only(etherscan([{ ...row, hash: `GENESIS_${B.slice(2)}`, from: 'GENESIS' }]));
    assert.deepEqual([genesis.hash, genesis.from, genesis.feeWei], [null, null, null]);
    assert.match(genesis.rowKey ?? '', /^genesis:/);
    assert.equal(only(etherscan([row])).internal, null);
    assert.deepEqual(only(etherscan([{ ...row, gasUsed: '21000' }])).internal, []);
    refuses(etherscan([{ ...row, isError: '1' }]), 'MALFORMED', /contradict/);
  });

  it('zero is written 0x in lists of logs; a failed internal row moves nothing', () => {
    const logs = read(
      etherscan([
        {
          address: C,
          topics: [TRANSFER, word(A), word(B)],
          data: word(4n),
          blockNumber: '0x10',
          timeStamp: '0x20',
          logIndex: '0x',
          transactionHash: HASH,
          transactionIndex: '0x',
        },
      ]),
    );
    assert.deepEqual([logs.transactions[0].record.txIndex, logs.transactions[0].record.tokens?.[0].logIndex], [0, 0]);
    const internal = {
      blockNumber: '1',
      timeStamp: '2',
      hash: HASH,
      from: A,
      to: B,
      value: '5',
      contractAddress: '',
      type: 'call',
      traceId: '0_1',
      isError: '1',
      errCode: 'out of gas',
    };
    assert.equal(only(etherscan([internal])).internal, null);
    assert.equal(only(etherscan([{ ...internal, isError: '0', type: 'delegatecall' }])).internal, null);
  });

  it('an item is an event, never an amount', () => {
    const item = { ...row, tokenID: '77', tokenName: 'N', tokenSymbol: 'N', tokenDecimal: '0', contractAddress: C };
    const record = only(etherscan([item]));
    assert.equal(record.tokens, null);
    assert.deepEqual(
      record.events?.map(({ name, fields }) => [name, fields.id]),
      [['erc721.transfer', '77']],
    );
  });

  it('Blockscout: lists of a version of today, and what it has not processed yet', () => {
    const party = (hash: string): object => ({ hash, is_contract: false });
    const page = (...items: object[]): object => ({ items, next_page_params: null });
    const base = {
      transaction_hash: HASH,
      block_number: 20_000_000,
      timestamp: '2024-07-03T09:46:40.000000Z',
      from: party(A),
      to: party(B),
    };
    const sent = only(
      page({
        hash: HASH,
        block_number: 20_000_000,
        timestamp: '2024-07-03T09:46:40.000000Z',
        from: party(A),
        to: party(B),
        value: '9',
        status: 'ok',
        nonce: 3,
        type: 2,
        position: 4,
        gas_used: '30000',
        gas_price: '5',
        fee: { type: 'actual', value: '150000' },
        transaction_burnt_fee: '90000',
        raw_input: '0x',
      }),
    );
    assert.deepEqual(
      [sent.valueWei, sent.feeWei, sent.burntWei, sent.timestampSec, sent.txIndex],
      [9n, 150_000n, 90_000n, 1_720_000_000, 4],
    );
    const inner = only(
      page({ ...base, index: 2, type: 'call', success: true, error: null, value: '4', transaction_index: 4 }),
    );
    assert.deepEqual(
      inner.internal?.map(({ from, to, valueWei }) => [from, to, valueWei]),
      [[A, B, 4n]],
    );
    const token = only(
      page({
        ...base,
        log_index: 7,
        token: { address_hash: C, symbol: 'T', name: 'T', decimals: '6', type: 'ERC-20' },
        total: { value: '12', decimals: '6' },
      }),
    );
    assert.deepEqual(
      token.tokens?.map(({ asset, amount, logIndex }) => [asset, amount, logIndex]),
      [[C, 12n, 7]],
    );
    refuses(
      { message: 'Internal transactions for this transaction have not been processed yet' },
      'INCOMPLETE',
      /processed/,
    );
  });
});

describe('what is of an account chain', () => {
  it('is told from the first bytes', () => {
    for (const body of [
      '{"status":"0","message":"No transactions found","result":[]}',
      JSON.stringify(answers(block())),
      'from,to,value,hash\n',
    ])
      assert.ok(looksLikeAccountChain(Buffer.from(body)), body);
    for (const body of [
      '{"txid":"00"}',
      '{"result":{"hash":"00ff"},"error":null,"id":1}',
      'block_id\thash\ttime\n',
      '',
      '\u001f\u008b\u0008',
    ])
      assert.ok(!looksLikeAccountChain(Buffer.from(body, 'latin1')), body);
  });
});
