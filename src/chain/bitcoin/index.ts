/** Door of the Bitcoin room: bytes, scripts and addresses to ledger values and back. */

export { DEFAULT_FILE_LIMITS, type FileLimits } from '../file/open.ts';
export type { TransportMode, TransportOptions } from '../transport/options.ts';
export { type Clock, systemClock } from '../transport/pace.ts';
export { Secret } from '../transport/redact.ts';
export { Transport } from '../transport/transport.ts';
export { type AddressType, type CheckedAddress, checkAddress, encodeAddress, scriptOfAddress } from './address.ts';
export { checkRecord } from './check.ts';
export {
  type DecodedBlock,
  type DecodedHeader,
  type DecodedTransaction,
  decodeBlock,
  decodeTransaction,
  MAX_SERIALISED_BYTES,
} from './decode.ts';
export {
  type Commitment,
  commitmentOf,
  compressedKeyHash,
  keyAddress,
  keysOfScript,
  lastPush,
  revealedProgram,
} from './key-identity.ts';
export { compareRecords, type FieldDifference, mergeRecords } from './merge.ts';
export { NETWORK_NAMES, NETWORKS, type NetworkParams } from './network.ts';
export { classifyScript, isProvablyUnspendable, payToPubkeyKey, scriptTypeOf } from './script.ts';
export {
  type AddressHistory,
  type ChainSource,
  cannotFollow,
  type FetchedBody,
  type Outspend,
  SOURCE_KINDS,
  type SourceCapabilities,
  type SourceKind,
  type SourceTip,
} from './source.ts';
export { BlockchainInfoSource } from './source-blockchain-info.ts';
export { type CoreCredentials, coreHeaders } from './source-core-credentials.ts';
export { CoreRestSource } from './source-core-rest.ts';
export { type BlockVerbosity, CoreRpcSource } from './source-core-rpc.ts';
export { ElectrumSource } from './source-electrum.ts';
export { EsploraSource } from './source-esplora.ts';
export {
  type ParsedFile,
  type ReadFileOptions,
  readBitcoinBytes,
  readBitcoinFile,
  readBitcoinFiles,
} from './source-file.ts';
export { networkOfGenesis } from './source-file-blk-place.ts';
export { groupFiles } from './source-file-group.ts';
export {
  isNodeFileName,
  isNodePath,
  type NodeBody,
  type NodeFile,
  type NodeFiles,
  nodeFilesOfBodies,
  openNodeFiles,
} from './source-file-node.ts';
export {
  type ChainBlock,
  type NodeChain,
  type ReadBlock,
  rawChainBlock,
  readChainBlock,
  readNodeChain,
} from './source-file-node-chain.ts';
export { type ListedPayment, type PaymentList, readPaymentList } from './source-file-payments.ts';
export {
  type AddressTotals,
  FILE_FORMATS,
  type FileFormat,
  type LocatedBlock,
  type LocatedSpend,
  type LocatedTransaction,
} from './source-file-record.ts';
export { SPOOR_LEDGER_SCHEMA, spoorBlockLine, spoorLine, spoorSpendLine } from './source-file-spoor.ts';
export { subsidySat } from './subsidy.ts';
export { merkleRoot, proveRecord, recomputeTxid } from './txid.ts';
export { type InputLengths, virtualSizeVb } from './virtual-size.ts';
