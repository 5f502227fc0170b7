/** The verbs `case info` and `doctor`. */
import { checkAddress } from '../chain/bitcoin/index.ts';
import { checkAccount, checksummed } from '../chain/ethereum/index.ts';
import { ENGINE_VERSION, SpoorError } from '../ledger/index.ts';
import {
  blocks,
  type CoverageRow,
  coverage,
  factCounts,
  files,
  packs,
  runs,
  SCHEMA_VERSION,
  type StoredFile,
  type StoredPack,
  type StoredRun,
  sqliteVersion,
} from '../store/index.ts';
import { type AccountCaseDocument, accountInfo } from './account/facts.ts';
import { type CaseContext, inputsDigest, sha256Hex } from './context.ts';
import { factsDigest } from './facts.ts';

/** `spoor case info --json`, schema spoor.case/1. */
export interface CaseDocument {
  readonly schema: 'spoor.case/1';
  readonly engine: string;
  readonly schemaVersion: number;
  readonly network: string;
  readonly tip: { readonly height: number; readonly hash: string | null };
  readonly transactions: number;
  readonly verified: number;
  readonly blocks: number;
  readonly inputs: string;
  readonly facts: string;
  readonly files: readonly StoredFile[];
  readonly packs: readonly StoredPack[];
  readonly coverage: readonly CoverageRow[];
  readonly runs: readonly StoredRun[];
  /** What the case holds of an account chain; null for nothing. */
  readonly accounts: AccountCaseDocument | null;
}

/** What a case holds. */
export function caseInfo(context: CaseContext): CaseDocument {
  const { store, view, network } = context;
  const counts = factCounts(store);
  return {
    schema: 'spoor.case/1',
    engine: ENGINE_VERSION,
    schemaVersion: SCHEMA_VERSION,
    network,
    tip: view.tip(),
    transactions: counts.transactions,
    verified: counts.verified,
    blocks: blocks(store).length,
    inputs: inputsDigest(store),
    facts: factsDigest(context),
    files: files(store),
    packs: packs(store),
    coverage: coverage(store),
    runs: runs(store),
    accounts: accountInfo(store),
  };
}

/** One line of `doctor`. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const MIN_NODE = [20, 19] as const;

/** Looks at the machine: what spoor needs, and whether the parts that evidence rests on still give the published answers. */
export function doctor(nodeVersion: string): Finding[] {
  const [major, minor] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const nodeOk = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  return [
    { name: 'Node', ok: nodeOk, detail: `${nodeVersion}, needs ${MIN_NODE.join('.')} or later` },
    sqliteFinding(),
    hashFinding(),
    addressFinding(),
    accountFinding(),
  ];
}

/** Opening a database is the test: a build for another Node fails here. */
function sqliteFinding(): Finding {
  return { name: 'SQLite', ok: true, detail: `${sqliteVersion()} through better-sqlite3` };
}

/** FIPS 180-2, appendix B.1: SHA-256 of "abc". */
function hashFinding(): Finding {
  const ok = sha256Hex('abc') === 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  return { name: 'SHA-256', ok, detail: 'FIPS 180-2 vector "abc"' };
}

/** Addresses of the genesis coinbase and of BIP 173: a codec that was swapped would falsify evidence. */
function addressFinding(): Finding {
  const good = ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'];
  const bad = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb';
  const refused = (() => {
    try {
      checkAddress(bad, 'mainnet');
      return false;
    } catch (error) {
      return error instanceof SpoorError && error.code === 'ADDRESS_INVALID';
    }
  })();
  const ok = refused && good.every((text) => checkAddress(text, 'mainnet').address === text);
  return { name: 'addresses', ok, detail: 'genesis address, BIP 173 vector, one altered character refused' };
}

/** An account of EIP-55 in its checksum, and one altered letter: Keccak-256 and the checksum over it. */
function accountFinding(): Finding {
  const good = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
  const refused = (() => {
    try {
      checkAccount(`${good.slice(0, -1)}D`);
      return false;
    } catch (error) {
      return error instanceof SpoorError && error.code === 'ADDRESS_INVALID';
    }
  })();
  const ok = refused && checksummed(checkAccount(good)) === good;
  return { name: 'accounts', ok, detail: 'EIP-55 vector, one altered letter refused' };
}
