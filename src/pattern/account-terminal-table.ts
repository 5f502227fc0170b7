/**
 * Mixers and exchanges without custody of Ethereum mainnet, where value stops. Facts, each with where it was read; addresses stand with their EIP-55
 * checksum, which a test checks. `pools`: the list of Tornado pools of the Tutela project (February 2022), the protocol's own configuration; `labels`: the
 * public Etherscan label list of October 2023; `traces`: the address in a public trace of the theft
 * of February 2025; `unconfirmed`: from memory, in no list that was at hand: its name says so wherever it is printed.
 */

/** A mixer contract. `asset` is a symbol of the token table or `ETH`; `units` what one deposit is, in whole coins; null where none is fixed. */
export interface MixerFact {
  readonly contract: string;
  readonly service: 'Tornado Cash' | 'RAILGUN';
  readonly role: 'pool' | 'router';
  readonly name: string;
  readonly asset: string | null;
  readonly units: string | null;
  /** Whether the address stood on the sanctions list of the United States while that list named the service. */
  readonly sanctioned: boolean;
  readonly source: string;
}

type PoolRow = readonly [contract: string, asset: string, units: string | null, source: string];

/**
 * Pools of Tornado Cash. The label list calls 0xd96f..4307 a pool of 1,000 USDC; the protocol's configuration says 100, which is kept. Rows of `labels` are
 * older or hardly used deployments; the two first mixers are known as such only.
 */
const TORNADO_POOLS: readonly PoolRow[] = [
  ['0x12D66f87A04A9E220743712cE6d9bB1B5616B8Fc', 'ETH', '0.1', 'pools'],
  ['0x47CE0C6eD5B0Ce3d3A51fdb1C52DC66a7c3c2936', 'ETH', '1', 'pools'],
  ['0x910Cbd523D972eb0a6f4cAe4618aD62622b39DbF', 'ETH', '10', 'pools'],
  ['0xA160cdAB225685dA1d56aa342Ad8841c3b53f291', 'ETH', '100', 'pools'],
  ['0xD4B88Df4D29F5CedD6857912842cff3b20C8Cfa3', 'DAI', '100', 'pools'],
  ['0xFD8610d20aA15b7B2E3Be39B396a1bC3516c7144', 'DAI', '1000', 'pools'],
  ['0x07687e702b410Fa43f4cB4Af7FA097918ffD2730', 'DAI', '10000', 'pools'],
  ['0x23773E65ed146A459791799d01336DB287f25334', 'DAI', '100000', 'pools'],
  ['0xd96f2B1c14Db8458374d9Aca76E26c3D18364307', 'USDC', '100', 'pools'],
  ['0x4736dCf1b7A3d580672CcE6E7c65cd5cc9cFBa9D', 'USDC', '1000', 'pools'],
  ['0x169AD27A470D064DEDE56a2D3ff727986b15D52B', 'USDT', '100', 'pools'],
  ['0x0836222F2B2B24A3F36f98668Ed8F0B38D1a872f', 'USDT', '1000', 'pools'],
  ['0x178169B423a011fff22B9e3F3abeA13414dDD0F1', 'WBTC', '0.1', 'pools'],
  ['0x610B717796ad172B316836AC95a2ffad065CeaB4', 'WBTC', '1', 'pools'],
  ['0xbB93e510BbCD0B7beb5A853875f9eC60275CF498', 'WBTC', '10', 'pools'],
  ['0x22aaA7720ddd5388A3c0A3333430953C68f1849b', 'cDAI', '5000', 'pools'],
  ['0x03893a7c7463AE47D46bc7f091665f1893656003', 'cDAI', '50000', 'pools'],
  ['0x2717c5e28cf931547B621a5dddb772Ab6A35B701', 'cDAI', '500000', 'pools'],
  ['0xD21be7248e0197Ee08E0c20D4a96DEBdaC3D20Af', 'cDAI', '5000000', 'pools'],
  ['0xF60dD140cFf0706bAE9Cd734Ac3ae76AD9eBC32A', 'DAI', '10000', 'labels'],
  ['0xD691F27f38B395864Ea86CfC7253969B409c362d', 'USDC', '10000', 'labels'],
  ['0xF67721A2D8F736E75a49FdD7FAd2e31D8676542a', 'USDT', '10000', 'labels'],
  ['0x9AD122c22B14202B4490eDAf288FDb3C7cb3ff5E', 'USDT', '100000', 'labels'],
  ['0xaEaaC358560e11f52454D997AAFF2c5731B6f8a6', 'cUSDC', '5000', 'labels'],
  ['0xBA214C1c1928a32Bffe790263E38B4Af9bFCD659', 'cDAI', '50000', 'labels'],
  ['0x1356c899D8C9467C7f71C195612F8A395aBf2f0a', 'cUSDC', '50000', 'labels'],
  ['0xb1C8094B234DcE6e03f10a5b673c1d8C69739A00', 'cDAI', '500000', 'labels'],
  ['0xA60C772958a3eD56c1F15dD055bA37AC8e523a0D', 'cUSDC', '500000', 'labels'],
  ['0x94A1B5CdB22c43faab4AbEb5c74999895464Ddaf', 'ETH', null, 'labels'],
  ['0xb541fc07bC7619fD4062A54d96268525cBC6FfEF', 'ETH', null, 'labels'],
];

/** Contracts between a user and the pools. The old proxy does not stand on the recorded sanctions list of September 2024. */
const TORNADO_ROUTERS: ReadonlyArray<readonly [contract: string, name: string, sanctioned: boolean]> = [
  ['0xd90e2f925DA726b50C4Ed8D0Fb90Ad053324F31b', 'Tornado Cash Router', true],
  ['0x722122dF12D4e14e13Ac3b6895a86e84145b6967', 'Tornado Cash Proxy', true],
  ['0x905b63Fff465B9fFBF41DeA908CEb12478ec7601', 'Tornado Cash Old Proxy', false],
];

/** The rows. */
export const MIXER_FACTS: readonly MixerFact[] = [
  ...TORNADO_POOLS.map(([contract, asset, units, source]): MixerFact => {
    const name = units === null ? 'Tornado Cash first mixers' : `Tornado Cash ${units} ${asset}`;
    return { contract, service: 'Tornado Cash', role: 'pool', name, asset, units, sanctioned: true, source };
  }),
  ...TORNADO_ROUTERS.map(([contract, name, sanctioned]): MixerFact => {
    const row = { contract, service: 'Tornado Cash', role: 'router', name, asset: null, units: null } as const;
    return { ...row, sanctioned, source: 'labels' };
  }),
  {
    contract: '0xFA7093CDD9EE6932B4eb2c9e1cde7CE00B1FA4b9',
    service: 'RAILGUN',
    role: 'pool',
    name: 'RAILGUN',
    asset: null,
    units: null,
    sanctioned: false,
    source: 'unconfirmed',
  },
];

/**
 * When the sanctions list of the United States named Tornado Cash: from 8 August 2022 until 21 March 2025 (announcements of the Treasury's Office of
 * Foreign Assets Control of those days), midnight UTC. One founder stays listed.
 */
export const TORNADO_SANCTIONED = { list: 'OFAC SDN', fromSec: 1_659_916_800, untilSec: 1_742_515_200 } as const;

/** Exchanges without custody: routers, and contracts that hold the coins of many pools. */
export const DEX_FACTS: ReadonlyArray<readonly [contract: string, name: string, source: string]> = [
  ['0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D', 'Uniswap v2 Router', 'labels'],
  ['0xE592427A0AEce92De3Edee1F18E0157C05861564', 'Uniswap v3 Router', 'labels'],
  ['0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45', 'Uniswap v3 Router 2', 'labels'],
  ['0x3fC91A3afd70395Cd496C647d5a6CC9D4B2b7FAD', 'Uniswap Universal Router', 'labels'],
  ['0x66a9893cC07D91D95644AEDD05D03f95e1dBA8Af', 'Uniswap v4 Universal Router', 'unconfirmed'],
  ['0x000000000004444c5dc75cB358380D2e3dE08A90', 'Uniswap v4 Pool Manager', 'unconfirmed'],
  ['0xd9e1cE17f2641f24aE83637ab66a2cca9C378B9F', 'SushiSwap Router', 'labels'],
  ['0xbEbc44782C7dB0a1A60Cb6fe97d0b483032FF1C7', 'Curve 3pool', 'labels'],
  ['0xBA12222222228d8Ba445958a75a0704d566BF2C8', 'Balancer Vault', 'labels'],
  ['0x3E66B66Fd1d0b02fDa6C811Da9E0547970DB2f21', 'Balancer Exchange Proxy 2', 'labels'],
  ['0x111111125434b319222CdBf8C261674aDB56F3ae', '1inch v2 Router', 'labels'],
  ['0x11111112542D85B3EF69AE05771c2dCCff4fAa26', '1inch v3 Router', 'labels'],
  ['0x1111111254fb6c44bAC0beD2854e76F90643097d', '1inch v4 Router', 'labels'],
  ['0x1111111254EEB25477B68fb85Ed929f73A960582', '1inch v5 Router', 'labels'],
  ['0x111111125421cA6dc452d289314280a0f8842A65', '1inch v6 Router', 'unconfirmed'],
  ['0x9008D19f58AAbD9eD0D60971565AA8510560ab41', 'CoW Protocol Settlement', 'labels'],
  ['0xDef1C0ded9bec7F1a1670819833240f027b25EfF', '0x Exchange Proxy', 'labels'],
  ['0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57', 'ParaSwap v5', 'unconfirmed'],
  ['0x881D40237659C251811CEC9c364ef91dC08D300C', 'MetaMask Swap Router', 'labels'],
  ['0xDF1A1b60f2D438842916C0aDc43748768353EC25', 'KyberSwap Router 2', 'labels'],
  ['0x6131B5fae19EA4f9D964eAc0408E4408b66337b5', 'KyberSwap Meta Router', 'labels'],
  ['0x8d12A197cB00D4747a1fe03395095ce2A5CC6819', 'EtherDelta 2', 'labels'],
];
