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
  groupAccountFiles,
  type ParsedAccountFile,
  type ReadAccountOptions,
  readAccountBytes,
  readAccountFiles,
} from './source-file.ts';
export { looksLikeAccountChain } from './source-file-detect.ts';
export { etherscanError } from './source-file-etherscan.ts';
export { SPOOR_ACCOUNTS_SCHEMA, type SpoorAccountFact, spoorAccountLine } from './source-file-spoor.ts';
