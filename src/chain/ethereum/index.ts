/** Door of the room of account chains: their accounts, and foreign files and answers as records of the ledger. */
export { checkAccount, checksummed } from './checksum.ts';
export { KNOWN_EVENTS, type KnownEvent, NATIVE_LOG_EMITTER, TETHER, WRAPPED_NATIVE } from './event-table.ts';
export {
  ACCOUNT_FORMATS,
  type AccountFormat,
  type LocatedAccountBlock,
  type LocatedAccountTransaction,
  type ParsedAccountRecords,
} from './record.ts';
export { rpcError } from './rpc-error.ts';
export {
  ACCOUNT_SOURCE_KINDS,
  type AccountHistoryAnswer,
  type AccountSource,
  type AccountSourceKind,
  type AccountTip,
  type AskedBalance,
  type FetchedAccountBody,
  type TraceMethod,
} from './source.ts';
export { BLOCKSCOUT_HEADERS, BlockscoutSource } from './source-blockscout.ts';
export { EthRpcSource } from './source-eth-rpc.ts';
export { EtherscanSource } from './source-etherscan.ts';
export {
  groupAccountFiles,
  type ParsedAccountFile,
  type ReadAccountOptions,
  readAccountBytes,
  readAccountFiles,
} from './source-file.ts';
export { looksLikeAccountChain } from './source-file-detect.ts';
export { etherscanError } from './source-file-etherscan.ts';
export { SPOOR_ACCOUNTS_SCHEMA, type SpoorAccountFact, spoorAccountLine } from './source-file-spoor.ts';
