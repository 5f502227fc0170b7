/**
 * Events that say more than a transfer, by the hash of their signature. `name` and the names of the fields are what other rooms ask for:
 *
 * | name | fields |
 * |---|---|
 * | `weth.deposit`, `weth.withdrawal` | `account`, `amount`; of any emitter, so compare `emitter` with a listed wrapper |
 * | `erc20.approval` | `owner`, `spender`, `amount` |
 * | `erc721.transfer`, `erc721.approval` | `from`, `to`, `id`; `owner`, `approved`, `id` |
 * | `erc1155.transfer` | `operator`, `from`, `to`, `id`, `value`; of a batch both lists, joined by commas |
 * | `tornado.deposit`, `tornado.withdrawal` | `commitment`, `leafIndex`, `timestamp`; `to`, `nullifierHash`, `relayer`, `fee` |
 * | `uniswap-v2.swap`, `uniswap-v3.swap`, `uniswap-v4.swap` | as the event names them (`amount0In`; `amount0`, negative is out of the pool; `poolId`) |
 * | `curve.exchange` | `buyer`, `soldId`, `tokensSold`, `boughtId`, `tokensBought` |
 * | `balancer.swap` | `poolId` (v2) or `caller` (v1), `tokenIn`, `tokenOut`, `amountIn`, `amountOut` |
 * | `1inch.swap` | `sender`, `srcToken`, `dstToken`, `dstReceiver`, `spentAmount`, `returnAmount` |
 * | `cow.trade` | `owner`, `sellToken`, `buyToken`, `sellAmount`, `buyAmount`, `feeAmount`, `orderUid` |
 * | `thorchain.deposit`, `thorchain.transfer-out` | `to`, `asset`, `amount`, `memo`; and `vault` |
 * | `wormhole.message`, `wormhole.redeemed` | `sender`, `sequence`, `nonce`, `payload`, `consistencyLevel`; `emitterChainId`, `emitterAddress`, `sequence` |
 * | `stargate.swap`, `stargate.sent`, `stargate.received` | `chainId`, `from`, `amountSD` ...; `guid`, `dstEid`, `from`, `amountSent`, `amountReceived` |
 * | `across.deposit` | `inputToken`, `outputToken`, `inputAmount`, `outputAmount`, `destinationChainId`, `depositId`, `depositor`, `recipient` ... |
 * | `standard-bridge.eth-deposit`, `.erc20-deposit`, `.eth-withdrawal`, `.erc20-withdrawal` | `from`, `to`, `amount`, `extraData`; and `l1Token`, `l2Token` |
 * | `tether.destroyed` | `account`, `amount`: the issuer destroyed a frozen balance |
 *
 * Sources: the protocols' verified contracts; hashes are computed again from the signatures in the tests.
 */

/** One event: its ABI signature with its own names of fields, and the hash that is its first topic. */
export interface KnownEvent {
  readonly name: string;
  readonly signature: string;
  readonly topic: string;
}

const rows: ReadonlyArray<readonly [name: string, signature: string, topic: string]> = [
  [
    'weth.deposit',
    'Deposit(address indexed account, uint256 amount)',
    '0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c',
  ],
  [
    'weth.withdrawal',
    'Withdrawal(address indexed account, uint256 amount)',
    '0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65',
  ],
  [
    'erc20.approval',
    'Approval(address indexed owner, address indexed spender, uint256 amount)',
    '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925',
  ],
  [
    'erc721.approval',
    'Approval(address indexed owner, address indexed approved, uint256 indexed id)',
    '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925',
  ],
  [
    'erc721.transfer',
    'Transfer(address indexed from, address indexed to, uint256 indexed id)',
    '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
  ],
  [
    'erc1155.transfer',
    'TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)',
    '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62',
  ],
  [
    'erc1155.transfer',
    'TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] id, uint256[] value)',
    '0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb',
  ],
  [
    'tornado.deposit',
    'Deposit(bytes32 indexed commitment, uint32 leafIndex, uint256 timestamp)',
    '0xa945e51eec50ab98c161376f0db4cf2aeba3ec92755fe2fcd388bdbbb80ff196',
  ],
  [
    'tornado.withdrawal',
    'Withdrawal(address to, bytes32 nullifierHash, address indexed relayer, uint256 fee)',
    '0xe9e508bad6d4c3227e881ca19068f099da81b5164dd6d62b2eaf1e8bc6c34931',
  ],
  [
    'uniswap-v2.swap',
    'Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)',
    '0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822',
  ],
  [
    'uniswap-v3.swap',
    'Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)',
    '0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67',
  ],
  [
    'uniswap-v4.swap',
    'Swap(bytes32 indexed poolId, address indexed sender, int128 amount0, int128 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint24 fee)',
    '0x40e9cecb9f5f1f1c5b9c97dec2917b7ee92e57ba5563708daca94dd84ad7112f',
  ],
  [
    'curve.exchange',
    'TokenExchange(address indexed buyer, int128 soldId, uint256 tokensSold, int128 boughtId, uint256 tokensBought)',
    '0x8b3e96f2b889fa771c53c981b40daf005f63f637f1869f707052d15a3dd97140',
  ],
  [
    'curve.exchange',
    'TokenExchange(address indexed buyer, uint256 soldId, uint256 tokensSold, uint256 boughtId, uint256 tokensBought)',
    '0xb2e76ae99761dc136e598d4a629bb347eccb9532a5f8bbd72e18467c3c34cc98',
  ],
  [
    'curve.exchange',
    'TokenExchangeUnderlying(address indexed buyer, int128 soldId, uint256 tokensSold, int128 boughtId, uint256 tokensBought)',
    '0xd013ca23e77a65003c2c659c5442c00c805371b7fc1ebd4c206c41d1536bd90b',
  ],
  [
    'balancer.swap',
    'Swap(bytes32 indexed poolId, address indexed tokenIn, address indexed tokenOut, uint256 amountIn, uint256 amountOut)',
    '0x2170c741c41531aec20e7c107c24eecfdd15e69c9bb0a8dd37b1840b9e0b207b',
  ],
  [
    'balancer.swap',
    'LOG_SWAP(address indexed caller, address indexed tokenIn, address indexed tokenOut, uint256 amountIn, uint256 amountOut)',
    '0x908fb5ee8f16c6bc9bc3690973819f32a4d4b10188134543c88706e0e1d43378',
  ],
  [
    '1inch.swap',
    'Swapped(address sender, address srcToken, address dstToken, address dstReceiver, uint256 spentAmount, uint256 returnAmount)',
    '0xd6d4f5681c246c9f42c203e287975af1601f8df8035a9251f79aab5c8f09e2f8',
  ],
  [
    '1inch.swap',
    'Swapped(address indexed sender, address indexed srcToken, address indexed dstToken, address dstReceiver, uint256 spentAmount, uint256 returnAmount)',
    '0xd6d4f5681c246c9f42c203e287975af1601f8df8035a9251f79aab5c8f09e2f8',
  ],
  [
    'cow.trade',
    'Trade(address indexed owner, address sellToken, address buyToken, uint256 sellAmount, uint256 buyAmount, uint256 feeAmount, bytes orderUid)',
    '0xa07a543ab8a018198e99ca0184c93fe9050a79400a0a723441f84de1d972cc17',
  ],
  [
    'thorchain.deposit',
    'Deposit(address indexed to, address indexed asset, uint256 amount, string memo)',
    '0xef519b7eb82aaf6ac376a6df2d793843ebfd593de5f1a0601d3cc6ab49ebb395',
  ],
  [
    'thorchain.transfer-out',
    'TransferOut(address indexed vault, address indexed to, address asset, uint256 amount, string memo)',
    '0xa9cd03aa3c1b4515114539cd53d22085129d495cb9e9f9af77864526240f1bf7',
  ],
  [
    'wormhole.message',
    'LogMessagePublished(address indexed sender, uint64 sequence, uint32 nonce, bytes payload, uint8 consistencyLevel)',
    '0x6eb224fb001ed210e379b335e35efe88672a8ce935d981a6896b27ffdf52a3b2',
  ],
  [
    'wormhole.redeemed',
    'TransferRedeemed(uint16 indexed emitterChainId, bytes32 indexed emitterAddress, uint64 indexed sequence)',
    '0xcaf280c8cfeba144da67230d9b009c8f868a75bac9a528fa0474be1ba317c169',
  ],
  [
    'stargate.swap',
    'Swap(uint16 chainId, uint256 dstPoolId, address from, uint256 amountSD, uint256 eqReward, uint256 eqFee, uint256 protocolFee, uint256 lpFee)',
    '0x34660fc8af304464529f48a778e03d03e4d34bcd5f9b6f0cfbf3cd238c642f7f',
  ],
  [
    'stargate.sent',
    'OFTSent(bytes32 indexed guid, uint32 dstEid, address indexed from, uint256 amountSent, uint256 amountReceived)',
    '0x85496b760a4b7f8d66384b9df21b381f5d1b1e79f229a47aaf4c232edc2fe59a',
  ],
  [
    'stargate.received',
    'OFTReceived(bytes32 indexed guid, uint32 srcEid, address indexed to, uint256 amountReceived)',
    '0xefed6d3500546b29533b128a29e3a94d70788727f0507505ac12eaf2e578fd9c',
  ],
  [
    'across.deposit',
    'V3FundsDeposited(address inputToken, address outputToken, uint256 inputAmount, uint256 outputAmount, uint256 indexed destinationChainId, uint32 indexed depositId, uint32 quoteTimestamp, uint32 fillDeadline, uint32 exclusivityDeadline, address indexed depositor, address recipient, address exclusiveRelayer, bytes message)',
    '0xa123dc29aebf7d0c3322c8eeb5b999e859f39937950ed31056532713d0de396f',
  ],
  [
    'across.deposit',
    'FundsDeposited(bytes32 inputToken, bytes32 outputToken, uint256 inputAmount, uint256 outputAmount, uint256 indexed destinationChainId, uint256 indexed depositId, uint32 quoteTimestamp, uint32 fillDeadline, uint32 exclusivityDeadline, bytes32 indexed depositor, bytes32 recipient, bytes32 exclusiveRelayer, bytes message)',
    '0x32ed1a409ef04c7b0227189c3a103dc5ac10e775a15b785dcc510201f7c25ad3',
  ],
  [
    'standard-bridge.eth-deposit',
    'ETHDepositInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData)',
    '0x35d79ab81f2b2017e19afb5c5571778877782d7a8786f5907f93b0f4702f4f23',
  ],
  [
    'standard-bridge.eth-deposit',
    'ETHBridgeInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData)',
    '0x2849b43074093a05396b6f2a937dee8565b15a48a7b3d4bffb732a5017380af5',
  ],
  [
    'standard-bridge.erc20-deposit',
    'ERC20DepositInitiated(address indexed l1Token, address indexed l2Token, address indexed from, address to, uint256 amount, bytes extraData)',
    '0x718594027abd4eaed59f95162563e0cc6d0e8d5b86b1c7be8b1b0ac3343d0396',
  ],
  [
    'standard-bridge.erc20-deposit',
    'ERC20BridgeInitiated(address indexed l1Token, address indexed l2Token, address indexed from, address to, uint256 amount, bytes extraData)',
    '0x7ff126db8024424bbfd9826e8ab82ff59136289ea440b04b39a0df1b03b9cabf',
  ],
  [
    'standard-bridge.eth-withdrawal',
    'ETHWithdrawalFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData)',
    '0x2ac69ee804d9a7a0984249f508dfab7cb2534b465b6ce1580f99a38ba9c5e631',
  ],
  [
    'standard-bridge.erc20-withdrawal',
    'ERC20WithdrawalFinalized(address indexed l1Token, address indexed l2Token, address indexed from, address to, uint256 amount, bytes extraData)',
    '0x3ceee06c1e37648fcbb6ed52e17b3e1f275a1f8c7b22a84b2b84732431e046b3',
  ],
  [
    'tether.destroyed',
    'DestroyedBlackFunds(address account, uint256 amount)',
    '0x61e6e66b0d6339b2980aecc6ccc0039736791f0ccde9ed512e789a7fbdd698c6',
  ],
];

/** All known events. Several may share a topic: they differ in which fields are topics. */
export const KNOWN_EVENTS: readonly KnownEvent[] = rows.map(([name, signature, topic]) => ({ name, signature, topic }));

/** `Transfer(address,address,uint256)`, of ERC-20 and ERC-721 alike. */
export const TRANSFER_TOPIC = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

/** Tokens that wrap the coin of their chain one to one and log no Transfer when they do, by chain. */
export const WRAPPED_NATIVE: Readonly<Record<number, string>> = {
  1: '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2',
  10: '0x4200000000000000000000000000000000000006',
  56: '0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c',
  100: '0xe91d153e0b41518a2ce8dd3d7944fa863463a97d',
  137: '0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270',
  8453: '0x4200000000000000000000000000000000000006',
  43114: '0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7',
};

/** Tether on the main chain; its issuer destroys frozen balances without a Transfer. */
export const TETHER = '0xdac17f958d2ee523a2206206994597c13d831ec7';
/** Emitter of the logs of native moves (EIP-7708). */
export const NATIVE_LOG_EMITTER = '0xfffffffffffffffffffffffffffffffffffffffe';
