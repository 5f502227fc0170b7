/** Terminals and tokens of an account chain: the tables themselves, and what a view finds in them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { getAddress } from 'ethers';
import { account, NATIVE } from '../../src/ledger/index.ts';
import { BRIDGE_FACTS } from '../../src/pattern/account-bridge-table.ts';
import { DEX_FACTS, MIXER_FACTS } from '../../src/pattern/account-terminal-table.ts';
import { TOKEN_FACTS } from '../../src/pattern/account-token-table.ts';
import { accountTerminals, sanctionedAt, type Terminal, terminalTable, tokenList } from '../../src/pattern/index.ts';
import { deal, ETH, event, person, viewOf } from '../support/account-history.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

const HUNDRED = account('0xa160cdab225685da1d56aa342ad8841c3b53f291');

function terminalOf(contract: string): Terminal {
  const found = terminalTable().find((one) => one.account === contract);
  assert.ok(found !== undefined);
  return found;
}

describe('tables of an account chain', () => {
  const written = [
    ...TOKEN_FACTS.map(({ contract }) => contract),
    ...MIXER_FACTS.map(({ contract }) => contract),
    ...[...BRIDGE_FACTS, ...DEX_FACTS].map(([contract]) => contract),
  ];

  it('write every address with its EIP-55 checksum and none twice', () => {
    for (const contract of written) assert.equal(getAddress(contract.toLowerCase()), contract);
    assert.equal(new Set(written).size, written.length);
  });

  it('list tokens whose symbols name one contract each', () => {
    const symbols = TOKEN_FACTS.map(({ symbol }) => symbol);
    assert.equal(new Set(symbols).size, symbols.length);
  });

  itWithData('hold all Tornado pools of the label folder, with their notes', 'labels-eth-known', () => {
    const rows = readFileSync(sharedData('labels-eth-known/tornadocontracts.csv'), 'utf8').trim().split('\n');
    assert.equal(rows.length, 19);
    for (const row of rows) {
      const [contract, symbol, units] = row.split(',');
      const fact = MIXER_FACTS.find((one) => one.contract.toLowerCase() === contract);
      assert.deepEqual([fact?.asset, fact?.units], [symbol, units], contract);
    }
  });

  itWithData('call sanctioned exactly what the list of September 2024 holds', 'labels-ofac', () => {
    const list = readFileSync(sharedData('labels-ofac/sanctioned_addresses_ETH.txt'), 'utf8').toLowerCase();
    for (const { contract, sanctioned } of MIXER_FACTS)
      assert.equal(list.includes(contract.toLowerCase()), sanctioned, contract);
  });

  itWithData('rows that claim the label list, or the recorded transfers, are in them', 'labels-etherscan', () => {
    const unpacked = (path: string): string =>
      gunzipSync(readFileSync(sharedData(path)))
        .toString('utf8')
        .toLowerCase();
    const list = unpacked('labels-etherscan/combinedAccountLabels.json.gz');
    const lists = {
      labels: `${list} ${readFileSync(sharedData('labels-etherscan/accounts/bridge.json'), 'utf8').toLowerCase()}`,
      known: unpacked('labels-eth-known/known_addresses.csv.gz'),
    };
    const rows = [...BRIDGE_FACTS, ...DEX_FACTS, ...TOKEN_FACTS.map((row) => [row.contract, '', row.source] as const)];
    for (const name of ['labels', 'known'] as const) {
      const claimed = rows.filter(([, , source]) => source === name).map(([contract]) => contract.toLowerCase());
      assert.deepEqual(
        claimed.filter((contract) => !lists[name].includes(contract)),
        [],
      );
    }
    assert.deepEqual(
      new Set(rows.map(([, , source]) => source)),
      new Set(['labels', 'traces', 'unconfirmed', 'heists', 'known']),
    );
    // Under this symbol in the transfers of one theft: hash,from,to,value,time,block,symbol,contract.
    const transfers = unpacked('easyfi-2021/all-tx.csv.gz');
    for (const symbol of [
      'stETH',
      'FRAX',
      'TUSD',
      'USDP',
      'GUSD',
      'LUSD',
      'sUSD',
      'LINK',
      'AAVE',
      'CRV',
      'YFI',
      'MATIC',
      'AMPL',
    ]) {
      const row = TOKEN_FACTS.find((token) => token.symbol === symbol);
      assert.ok(transfers.includes(`,${symbol},${row?.contract},`.toLowerCase()), symbol);
    }
  });

  it('say of a name that nothing bears out that it is unconfirmed; a token of that kind is not listed', () => {
    const table = terminalTable();
    const unsaid = table.filter(({ name, source }) => name.endsWith('(unconfirmed)') !== (source === 'unconfirmed'));
    assert.deepEqual(unsaid, []);
    assert.equal(table.filter(({ source }) => source === 'unconfirmed').length, 21);
    assert.equal(TOKEN_FACTS.filter(({ source }) => source === 'unconfirmed').length, 0);
  });

  it('turn notes into base units of their asset', () => {
    assert.equal(terminalOf(HUNDRED).denomination, 100n * ETH);
    assert.equal(terminalOf(HUNDRED).asset, NATIVE);
    assert.equal(terminalOf('0x12d66f87a04a9e220743712ce6d9bb1b5616b8fc').denomination, ETH / 10n);
    assert.equal(terminalOf('0x178169b423a011fff22b9e3f3abea13414ddd0f1').denomination, 10_000_000n, '0.1 WBTC');
    assert.equal(terminalOf('0x4736dcf1b7a3d580672cce6e7c65cd5cc9cfba9d').denomination, 1_000_000_000n, '1,000 USDC');
  });

  it('know when Tornado was listed, to the second', () => {
    const first = Date.UTC(2022, 7, 8) / 1000;
    const last = Date.UTC(2025, 2, 21) / 1000;
    const answers = [first - 1, first, last - 1, last, null].map((time) => sanctionedAt(terminalOf(HUNDRED), time));
    assert.deepEqual(answers, [false, true, true, false, null]);
    assert.equal(sanctionedAt(terminalOf('0xd37bbe5744d730a1d98d8dc97c42f0ca46ad7146'), null), false);
  });

  it('name tokens whose balances change without a transfer', () => {
    const odd = [...tokenList().byAsset.values()].filter(({ nonConserving }) => nonConserving !== null);
    assert.deepEqual(
      odd.map(({ symbol, nonConserving }) => `${symbol} ${nonConserving}`),
      ['stETH rebasing', 'aUSDC rebasing', 'AMPL rebasing', 'PAXG fee-on-transfer'],
    );
  });
});

describe('terminals of a view', () => {
  const clone = person(9);
  const view = viewOf([
    deal(1, person(1), { to: HUNDRED, valueWei: 100n * ETH }),
    deal(2, person(1), { to: clone, valueWei: ETH, events: [event(clone, 'tornado.deposit')] }),
  ]);
  const accountsOf = (found: ReturnType<typeof accountTerminals>): string[] =>
    [...found].map(([id, { basis }]) => `${view.account(id).account} ${basis}`);

  it('are those of the tables that it holds, and pools by their events when asked', () => {
    assert.deepEqual(accountsOf(accountTerminals(view)), [`${HUNDRED} table`]);
    assert.deepEqual(accountsOf(accountTerminals(view, { byEvent: true })), [`${clone} event`, `${HUNDRED} table`]);
    assert.deepEqual(accountsOf(accountTerminals(view, { byEvent: true, kinds: ['bridge'] })), []);
  });

  it('take what a user adds before the table', () => {
    const stated: Terminal = { ...terminalOf(HUNDRED), name: 'mine', basis: 'stated' };
    assert.deepEqual(accountsOf(accountTerminals(view, { add: [stated] })), [`${HUNDRED} stated`]);
    assert.deepEqual(accountsOf(accountTerminals(view, { withoutTable: true })), []);
  });
});
