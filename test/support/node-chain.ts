/**
 * A few hundred blocks of a regtest node that hold what investigations meet: every script type paid to and spent, chains within a block, a transaction shaped
 * like a coinjoin, a batch payment, data. Scripts that a wallet does not make are put in place of a placeholder's and mined past the mempool's policy.
 */
import type { Node } from './bitcoind.ts';

const TYPES = ['legacy', 'p2sh-segwit', 'bech32', 'bech32m'];
/** The private key 1 in WIF for test networks, and its public key: the generator of secp256k1 (SEC 2, 2.4.1). */
const KEY = 'cMahea7zqjxrtgAbB7LSGbcQUr1uX1ojuat9jZodMN87JcbXMTcA';
const GENERATOR = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
/** Twice the generator, compressed. */
const DOUBLE = '02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5';

interface Coin {
  readonly txid: string;
  readonly vout: number;
  readonly amount: number;
}

/** BTC with at most 8 decimals; test amounts only. */
function btc(amount: number): number {
  return Math.round(amount * 1e8) / 1e8;
}

/** Scripts no wallet of the node makes, by name. */
export const ODD_SCRIPTS: Readonly<Record<string, string>> = {
  p2pk: `21${GENERATOR}ac`,
  multisig: `5121${GENERATOR}21${DOUBLE}52ae`,
  nonstandard: '51',
  p2a: '51024e73',
};

class Builder {
  readonly node: Node;
  readonly own: string;

  constructor(node: Node, own: string) {
    this.node = node;
    this.own = own;
  }

  mine(count = 1): Promise<string[]> {
    return this.node.rpc('generatetoaddress', count, this.own);
  }

  async address(type = 'bech32'): Promise<string> {
    return this.node.rpc('getnewaddress', '', type);
  }

  async coins(count: number): Promise<Coin[]> {
    const all = await this.node.rpc<Coin[]>('listunspent', 1);
    return all.sort((a, b) => b.amount - a.amount).slice(0, count);
  }

  /** A signed transaction of the wallet. */
  async signed(
    coins: readonly Coin[],
    outputs: readonly object[],
    scripts: ReadonlyMap<string, string> = new Map(),
  ): Promise<string> {
    const inputs = coins.map(({ txid, vout }) => ({ txid, vout }));
    let hex = await this.node.rpc<string>('createrawtransaction', inputs, outputs);
    for (const [placeholder, script] of scripts) hex = hex.replace(withLength(placeholder), withLength(script));
    return (await this.node.rpc<{ hex: string }>('signrawtransactionwithwallet', hex)).hex;
  }

  /** A block that holds these transactions, whatever the mempool's policy says of them. */
  async block(...hexes: string[]): Promise<void> {
    await this.node.rpc('generateblock', this.own, hexes);
  }

  /** Pays to wallets' types and a batch, each from the change of the one before: chains within the block. */
  async payments(): Promise<void> {
    for (const type of TYPES) await this.node.rpc('sendtoaddress', await this.address(type), 0.25);
    const batch: Record<string, number> = {};
    for (const type of TYPES) for (const amount of [0.01, 0.02]) batch[await this.address(type)] = amount;
    await this.node.rpc('sendmany', '', batch);
    await this.mine();
  }

  /** Five equal outputs of five owners from three inputs, with change: what a coinjoin looks like. */
  async coinjoin(): Promise<void> {
    const coins = await this.coins(3);
    const outputs: object[] = [];
    for (let owner = 0; owner < 5; owner += 1) outputs.push({ [await this.address()]: 0.1 });
    const left = btc(coins.reduce((sum, { amount }) => sum + amount, 0) - 0.5 - 0.0001);
    outputs.push({ [await this.address('bech32m')]: left });
    await this.block(await this.signed(coins, outputs));
  }

  /** Pays to the odd scripts and to multisigs under script hashes, and in the next block spends them all at once. */
  async oddScripts(): Promise<void> {
    const { rpc } = this.node;
    const [coin] = (await this.coins(1)) as [Coin];
    const outputs: object[] = [];
    const scripts = new Map<string, string>();
    for (const script of Object.values(ODD_SCRIPTS)) {
      const placeholder = await this.address();
      const { scriptPubKey } = await rpc<{ scriptPubKey: string }>('getaddressinfo', placeholder);
      scripts.set(scriptPubKey, script);
      outputs.push({ [placeholder]: 0.5 });
    }
    const hashed: Array<{ address: string; redeemScript: string }> = [];
    for (const type of ['legacy', 'bech32']) hashed.push(await rpc('createmultisig', 1, [GENERATOR, DOUBLE], type));
    for (const { address } of hashed) outputs.push({ [address]: 0.5 });
    outputs.push({ data: '68656c6c6f' }, { [await this.address()]: btc(coin.amount - 3 - 0.0001) });
    const funding = await this.signed([coin], outputs, scripts);
    await this.block(funding);
    const { txid, vout } = await rpc<{ txid: string; vout: Array<{ scriptPubKey: { hex: string } }> }>(
      'decoderawtransaction',
      funding,
    );
    const prevouts = vout.slice(0, 6).map(({ scriptPubKey }, n) => {
      const { redeemScript } = hashed[n - 4] ?? {};
      const given = redeemScript === undefined ? {} : n === 4 ? { redeemScript } : { witnessScript: redeemScript };
      return { txid, vout: n, scriptPubKey: scriptPubKey.hex, amount: 0.5, ...given };
    });
    const inputs = prevouts.map(({ vout: n }) => ({ txid, vout: n }));
    const raw = await rpc<string>('createrawtransaction', inputs, [{ [await this.address('legacy')]: 2.9999 }]);
    await this.block((await rpc<{ hex: string }>('signrawtransactionwithkey', raw, [KEY], prevouts)).hex);
  }

  /** A payment and the payment of its payment, in one block and outside the wallet's choice of coins. */
  async chain(): Promise<void> {
    const [coin] = (await this.coins(1)) as [Coin];
    const first = await this.signed([coin], [{ [await this.address()]: btc(coin.amount - 0.0001) }]);
    const txid = await this.node.rpc<string>('sendrawtransaction', first);
    const next = { txid, vout: 0, amount: btc(coin.amount - 0.0001) };
    const second = await this.signed([next], [{ [await this.address('legacy')]: btc(next.amount - 0.0001) }]);
    await this.node.rpc('sendrawtransaction', second);
    await this.mine();
  }
}

function withLength(script: string): string {
  return (script.length / 2).toString(16).padStart(2, '0') + script;
}

/** Builds the chain in a node without blocks. Returns its height. */
export async function buildChain(node: Node): Promise<number> {
  await node.rpc('createwallet', 'w');
  const builder = new Builder(node, await node.rpc<string>('getnewaddress', '', 'bech32'));
  await builder.mine(108);
  for (let round = 0; round < 3; round += 1) await builder.payments();
  await builder.coinjoin();
  await builder.oddScripts();
  await builder.chain();
  await builder.payments();
  return node.rpc('getblockcount');
}

/**
 * Undoes the last `depth` blocks and mines one more than that in their place. Half of what was undone is mined again in other blocks; a payment is made
 * that was not there before, and some of the undone are left out by paying their coins elsewhere. Returns the new height.
 */
export async function reorganise(node: Node, depth: number): Promise<number> {
  const tip = await node.rpc<number>('getblockcount');
  await node.rpc('invalidateblock', await node.rpc('getblockhash', tip - depth + 1));
  const own = await node.rpc<string>('getnewaddress');
  // The mempool holds the undone transactions: the first block of the branch goes without them, the second takes them.
  await node.rpc('generateblock', own, []);
  await node.rpc('sendtoaddress', await node.rpc('getnewaddress', '', 'bech32m'), 0.125);
  await node.rpc('generatetoaddress', depth, own);
  return node.rpc('getblockcount');
}
