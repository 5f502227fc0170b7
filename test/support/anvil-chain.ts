/** A few dozen blocks on a test node, the same every time: every way of moving ether and tokens that the account ledger must see through. */
import { AbiCoder, getCreateAddress, keccak256, Wallet } from 'ethers';
import { type Anvil, GENESIS_SEC } from './anvil.ts';
import { type Compiled, compiledContracts } from './contracts.ts';

/** What was built. Addresses are lower-case. */
export interface AnvilChain {
  /** Height of the last block. */
  readonly tip: number;
  /** Accounts with a key, and others that only receive, by name. */
  readonly people: Readonly<Record<string, string>>;
  readonly contracts: Readonly<Record<string, string>>;
  /** Hashes of the transactions that a test asks about, by what they do. */
  readonly did: Readonly<Record<string, string>>;
}

/** Who gets the tips. */
export const FEE_RECIPIENT = '0x00000000000000000000000000000000000fee01';
/** The first private key of the mnemonic that every test node starts with; public, and worth nothing. */
const FIRST_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const ETHER = 10n ** 18n;
const NAMES = ['deployer', 'thief', 'helper', 'victim', 'trader', 'customer', 'exchange', 'relayer'] as const;
const SECONDS_PER_BLOCK = 12;

interface Send {
  readonly from: string;
  readonly to?: string;
  readonly value?: bigint;
  readonly data?: string;
  readonly type?: 0 | 1 | 2;
}

/** Sends and mines on a node. One nonce, one time, one price after the other, so nothing depends on when it runs. */
export class Builder {
  readonly anvil: Anvil;
  readonly contracts: ReadonlyMap<string, Compiled> = compiledContracts();
  readonly did: Record<string, string> = {};
  readonly addresses: Record<string, string> = {};
  private readonly nonces = new Map<string, number>();

  constructor(anvil: Anvil) {
    this.anvil = anvil;
  }

  /** Puts a transaction into the pool; `name` keeps its hash. */
  async send({ from, to, value = 0n, data = '0x', type = 2 }: Send, name?: string): Promise<string> {
    const nonce = this.nonces.get(from) ?? 0;
    this.nonces.set(from, nonce + 1);
    const price =
      type === 2
        ? { maxFeePerGas: hex(50n * 10n ** 9n), maxPriorityFeePerGas: hex(10n ** 9n + 7n) }
        : { gasPrice: hex(30n * 10n ** 9n + 1n), ...(type === 1 ? { accessList: [] } : {}) };
    const hash = await this.anvil.rpc<string>('eth_sendTransaction', {
      from,
      ...(to === undefined ? {} : { to }),
      value: hex(value),
      data,
      nonce: hex(BigInt(nonce)),
      gas: hex(3_000_000n),
      type: hex(BigInt(type)),
      ...price,
    });
    if (name !== undefined) this.did[name] = hash;
    return hash;
  }

  /** Calls a function of a contract by its name in this script. */
  call(
    contract: string,
    method: string,
    args: readonly unknown[],
    given: { from: string; value?: bigint; kind?: string },
  ): Promise<string> {
    const { abi } = this.compiled(given.kind ?? contract);
    const data = abi.encodeFunctionData(method, args);
    return this.send(
      { from: given.from, to: this.addresses[contract], value: given.value ?? 0n, data },
      `${contract}.${method}`,
    );
  }

  /** Puts the making of a contract into the pool; its address is known before it is mined. */
  async deploy(
    name: string,
    kind: string,
    args: readonly unknown[],
    given: { from: string; value?: bigint },
  ): Promise<string> {
    const { abi, bytecode } = this.compiled(kind);
    const address = getCreateAddress({ from: given.from, nonce: this.nonces.get(given.from) ?? 0 }).toLowerCase();
    this.addresses[name] = address;
    await this.send({ ...given, data: bytecode + abi.encodeDeploy(args).slice(2) }, `make ${name}`);
    return address;
  }

  /** Mines what is in the pool. */
  async mine(): Promise<number> {
    const next = Number(await this.anvil.rpc<string>('eth_blockNumber')) + 1;
    await this.anvil.rpc('evm_setNextBlockTimestamp', GENESIS_SEC + next * SECONDS_PER_BLOCK);
    await this.anvil.rpc('evm_mine');
    return next;
  }

  /** A transaction signed here, which takes a nonce of its own. */
  async sendSigned(
    wallet: Wallet,
    transaction: Parameters<Wallet['signTransaction']>[0],
    name: string,
  ): Promise<string> {
    const from = wallet.address.toLowerCase();
    const nonce = this.nonces.get(from) ?? 0;
    this.nonces.set(from, nonce + 1);
    const raw = await wallet.signTransaction({ ...transaction, nonce });
    this.did[name] = await this.anvil.rpc<string>('eth_sendRawTransaction', raw);
    return this.did[name];
  }

  private compiled(name: string): Compiled {
    const found = this.contracts.get(name);
    if (found === undefined) throw new Error(`no test contract ${name}`);
    return found;
  }
}

/** Account that only receives. */
export function receiver(index: number): string {
  return `0x${(0xbeef0000 + index).toString(16).padStart(40, '0')}`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Runs the script. */
export async function buildAnvilChain(anvil: Anvil): Promise<AnvilChain> {
  const accounts = (await anvil.rpc<string[]>('eth_accounts')).map((text) => text.toLowerCase());
  const people = Object.fromEntries(NAMES.map((name, index) => [name, accounts[index]]));
  await anvil.rpc('anvil_setCoinbase', FEE_RECIPIENT);
  const builder = new Builder(anvil);
  await deployAll(builder, people);
  await moveEther(builder, people);
  await contractLives(builder, people);
  await moveTokens(builder, people);
  await mixAndForward(builder, people);
  await delegateCode(builder, people);
  const tip = await builder.mine();
  return { tip, people, contracts: builder.addresses, did: builder.did };
}

async function deployAll(builder: Builder, { deployer, exchange }: Record<string, string>): Promise<void> {
  for (const kind of ['Fan', 'Payer', 'Reverter', 'Factory', 'Weth', 'FeeToken'])
    await builder.deploy(kind, kind, [], { from: deployer });
  await builder.mine();
  await builder.deploy('usd', 'Token', ['Test Dollar', 'USDT', 6], { from: deployer });
  await builder.deploy('fake', 'Token', ['Test Dollar', 'USDT', 6], { from: deployer });
  await builder.deploy('pair', 'Pair', [builder.addresses.usd, builder.addresses.Weth], { from: deployer });
  await builder.deploy('pool', 'NotePool', [ETHER], { from: deployer });
  await builder.deploy('deposit1', 'Forwarder', [exchange], { from: deployer });
  await builder.deploy('bomb', 'Bomb', [], { from: deployer, value: 3n * ETHER });
  await builder.mine();
}

async function moveEther(builder: Builder, { victim, thief, helper, trader }: Record<string, string>): Promise<void> {
  await builder.send({ from: victim, to: thief, value: 100n * ETHER + 1n }, 'theft');
  await builder.send({ from: trader, to: receiver(1), value: 1n, type: 0 }, 'legacy');
  await builder.send({ from: trader, to: receiver(1), value: 2n, type: 1 }, 'access list');
  await builder.mine();
  await builder.call('Fan', 'split', [[receiver(1), receiver(2), receiver(3)], ETHER], {
    from: thief,
    value: 4n * ETHER,
  });
  await builder.call('Fan', 'surviveRevert', [receiver(4), builder.addresses.Reverter, receiver(5), ETHER], {
    from: thief,
    value: 2n * ETHER,
  });
  await builder.mine();
  await builder.call('Fan', 'delegate', [builder.addresses.Payer, receiver(6)], { from: thief, value: 5n * ETHER });
  await builder.call('Fan', 'callCode', [builder.addresses.Payer, ETHER], { from: thief, value: ETHER });
  await builder.call('Fan', 'fail', [], { from: helper, value: 7n * ETHER });
  await builder.send({ from: thief, to: thief, value: ETHER }, 'to oneself');
  await builder.send({ from: thief, to: receiver(7) }, 'nothing');
  await builder.mine();
  await builder.mine();
}

async function contractLives(builder: Builder, { thief, helper }: Record<string, string>): Promise<void> {
  const salt = `0x${'51'.repeat(32)}`;
  await builder.call('Factory', 'make', [ETHER / 4n, salt], { from: thief, value: ETHER });
  await builder.call('Factory', 'makeFailing', [ETHER / 2n], { from: helper, value: ETHER });
  await builder.mine();
  await builder.call('Factory', 'makeAndEnd', [ETHER / 8n, receiver(8)], { from: thief, value: ETHER / 8n });
  await builder.call('bomb', 'end', [receiver(9)], { from: helper, kind: 'Bomb' });
  await builder.mine();
  await builder.send({ from: helper, to: builder.addresses.bomb, value: ETHER / 16n }, 'to what has ended');
  await builder.mine();
}

async function moveTokens(builder: Builder, people: Record<string, string>): Promise<void> {
  const { deployer, thief, helper, trader } = people;
  const { pair } = builder.addresses;
  const dollars = 10n ** 6n;
  await builder.call('usd', 'mint', [thief, 5_000n * dollars], { from: deployer, kind: 'Token' });
  await builder.call('usd', 'mint', [pair, 400_000n * dollars], { from: deployer, kind: 'Token' });
  await builder.call('fake', 'mint', [thief, 9_999n * dollars], { from: deployer, kind: 'Token' });
  await builder.call('FeeToken', 'mint', [trader, 1_000n], { from: deployer });
  await builder.call('Weth', 'deposit', [], { from: trader, value: 210n * ETHER });
  await builder.mine();
  await builder.call('Weth', 'transfer', [pair, 200n * ETHER], { from: trader });
  await builder.call('pair', 'sync', [], { from: trader, kind: 'Pair' });
  await builder.call('FeeToken', 'transfer', [helper, 500n], { from: trader });
  await builder.call('usd', 'transfer', [helper, 1_000n * dollars], { from: thief, kind: 'Token' });
  await builder.call('usd', 'transfer', [helper, 0n], { from: trader, kind: 'Token' });
  await builder.mine();
  await builder.call('usd', 'approve', [pair, 4_000n * dollars], { from: thief, kind: 'Token' });
  await builder.mine();
  await builder.call('pair', 'swap0For1', [4_000n * dollars, thief], { from: thief, kind: 'Pair' });
  await builder.mine();
  await builder.call('Weth', 'withdraw', [ETHER], { from: thief });
  await builder.call('usd', 'burn', [dollars], { from: helper, kind: 'Token' });
  await builder.call('FeeToken', 'transfer', [thief, 100n], { from: helper });
  await builder.mine();
}

async function mixAndForward(builder: Builder, people: Record<string, string>): Promise<void> {
  const { thief, helper, customer, relayer } = people;
  const coder = AbiCoder.defaultAbiCoder();
  for (let index = 1; index <= 4; index += 1) {
    const note = `0x${index.toString(16).padStart(64, '0')}`;
    const from = index < 3 ? thief : helper;
    await builder.call('pool', 'deposit', [keccak256(coder.encode(['bytes32'], [note]))], {
      from,
      value: ETHER,
      kind: 'NotePool',
    });
    await builder.mine();
  }
  const first = `0x${'1'.padStart(64, '0')}`;
  await builder.call('pool', 'withdraw', [first, receiver(10), relayer, ETHER / 100n], {
    from: relayer,
    kind: 'NotePool',
  });
  await builder.mine();
  await builder.send({ from: thief, to: builder.addresses.deposit1, value: 2n * ETHER }, 'deposit to the exchange');
  await builder.send({ from: customer, to: builder.addresses.deposit1, value: ETHER }, 'deposit of a customer');
  await builder.mine();
  await builder.call('usd', 'transfer', [builder.addresses.deposit1, 10n], { from: helper, kind: 'Token' });
  await builder.call('deposit1', 'flush', [builder.addresses.usd], { from: relayer, kind: 'Forwarder' });
  await builder.mine();
}

/** EIP-7702: an account takes the code of a contract, in a transaction that another sends and that fails. */
async function delegateCode(builder: Builder, { helper }: Record<string, string>): Promise<void> {
  const wallet = new Wallet(FIRST_KEY);
  const authority = new Wallet(keccak256('0x7702'));
  const authorization = await authority.authorize({
    address: builder.addresses.Fan,
    nonce: 0,
    chainId: 31337,
  });
  const fail = builder.contracts.get('Fan')?.abi.encodeFunctionData('fail') ?? '0x';
  await builder.sendSigned(
    wallet,
    {
      type: 4,
      chainId: 31337,
      to: authority.address,
      value: 0n,
      data: fail,
      gasLimit: 500_000n,
      maxFeePerGas: 50n * 10n ** 9n,
      maxPriorityFeePerGas: 10n ** 9n,
      authorizationList: [authorization],
    },
    'delegation in a failed transaction',
  );
  await builder.send({ from: helper, to: authority.address.toLowerCase(), value: ETHER }, 'to an account with code');
  await builder.mine();
}
