/**
 * The facts of a case as the columns that clustering reads: owners of outputs, script types, sizes, and which scripts
 * are one by their keys.
 */
import {
  type Commitment,
  commitmentOf,
  compressedKeyHash,
  keyAddress,
  keysOfScript,
  lastPush,
  payToPubkeyKey,
  revealedProgram,
  scriptOfAddress,
  scriptTypeOf,
  virtualSizeVb,
} from '../../chain/bitcoin/index.ts';
import {
  type ClusterFacts,
  type FactInput,
  type FactOutput,
  FactsBuilder,
  type Identity,
  SCRIPT_TYPES,
} from '../../cluster/index.ts';
import { addressFromCodec, NONE, type ScriptType, type TxId, txId } from '../../ledger/index.ts';
import { type ClusterInputRow, type ClusterOutputRow, ClusterRows, type ClusterTxRow } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';

/** Facts with the row of each transaction. */
export interface CaseFacts {
  readonly facts: ClusterFacts;
  readonly transactions: readonly TxId[];
}

/** Told how many transactions of how many are read. */
export type OnRead = (done: number, total: number) => void;

/** Reads the facts up to a height (null: all). */
export function clusterFacts(context: CaseContext, untilHeight: number | null, onRead?: OnRead): CaseFacts {
  const rows = new ClusterRows(context.store);
  const transactions = rows.transactions(untilHeight ?? Number.MAX_SAFE_INTEGER);
  const reader = new FactReader(context, transactions);
  for (const [place, row] of transactions.entries()) {
    reader.take(row, rows.inputs(row.id), rows.outputs(row.id));
    onRead?.(place + 1, transactions.length);
  }
  return { facts: reader.done(), transactions: transactions.map(({ id }) => txId(id)) };
}

/** Owner of an output, and what its script says. */
interface Owner {
  readonly member: number;
  readonly type: number;
}

/** Types whose inputs never have a witness, so that silence about it says nothing is missing. */
const WITHOUT_WITNESS: ReadonlySet<ScriptType> = new Set(['p2pk', 'p2pkh', 'multisig']);
const COMPRESSED_OR_NOT = [33, 65];

/** Takes transactions in total order. */
class FactReader {
  private readonly context: CaseContext;
  private readonly builder = new FactsBuilder();
  private readonly placeOf: Map<number, number>;
  private readonly commitments: Array<Commitment | null> = [];
  private readonly firstTx: number[] = [];
  /** Type of each member's own address, for outputs whose script no source gives. */
  private readonly addressType: Array<ScriptType | null> = [];
  private readonly compressedHash = new Map<number, string>();
  /** Witness program that a P2SH member wraps, once a spend has shown it. */
  private readonly programs = new Map<number, Commitment>();
  private readonly keyNumbers = new Map<string, number>();

  constructor(context: CaseContext, transactions: readonly ClusterTxRow[]) {
    this.context = context;
    this.placeOf = new Map(transactions.map(({ id }, place) => [id, place]));
  }

  take(row: ClusterTxRow, inputRows: readonly ClusterInputRow[], outputRows: readonly ClusterOutputRow[]): void {
    const inputs = row.coinbase === 1 ? [] : inputRows.map((input) => this.input(input));
    const outputs = outputRows.map((output): FactOutput => {
      const { member, type } = this.owner(output.script, output.address);
      const spender = output.spender === null ? NONE : (this.placeOf.get(output.spender) ?? NONE);
      const unspendable = type !== NONE && SCRIPT_TYPES[type] === 'op_return';
      return { member, valueSat: output.value, type, unspendable, spender };
    });
    const { height, lockTime } = row;
    const sizeVb = row.coinbase === 1 ? NONE : sizeOf(inputRows, outputRows, inputs);
    const coinbase = row.coinbase === 1;
    this.builder.add({ coinbase, height: height ?? NONE, lockTime: lockTime ?? NONE, sizeVb }, inputs, outputs);
  }

  done(): ClusterFacts {
    const { commitments, compressedHash, programs, firstTx } = this;
    for (const identity of identities({ commitments, compressedHash, programs, firstTx }))
      this.builder.identities.push(identity);
    return this.builder.done();
  }

  private input(row: ClusterInputRow): FactInput {
    const owner = this.owner(row.script, row.address);
    if (owner.member !== NONE) this.reveal(owner, row);
    const maker = row.maker === null ? NONE : (this.placeOf.get(row.maker) ?? NONE);
    return { ...owner, valueSat: row.value ?? NONE, maker };
  }

  private owner(script: Buffer | null, address: string | null): Owner {
    const type = script === null ? null : scriptTypeOf(script);
    const known = address === null ? null : addressFromCodec(address);
    const text = type === 'p2pk' && script !== null ? keyAddress(script, this.context.network) : known;
    const member = this.builder.member(text);
    if (member === NONE || text === null) return { member: NONE, type: codeOf(type) };
    if (member === this.firstTx.length) this.meet(type === 'p2pk' || script === null ? scriptOfAddress(text) : script);
    if (type === 'p2pk' && script !== null) this.keepCompressed(member, payToPubkeyKey(script));
    return { member, type: codeOf(type ?? this.addressType[member]) };
  }

  /** First sight of a member, by the script of its address. */
  private meet(script: Uint8Array): void {
    const type = scriptTypeOf(script);
    this.firstTx.push(this.builder.transactionCount);
    this.addressType.push(type);
    this.commitments.push(commitmentOf(type, script));
  }

  /** What spending shows of an owner: a key in its uncompressed form, or the keys of a multisig script. */
  private reveal({ member, type }: Owner, row: ClusterInputRow): void {
    const name = type === NONE ? null : SCRIPT_TYPES[type];
    if (name === 'p2pkh' && row.scriptSig !== null) this.keepCompressed(member, lastPush(row.scriptSig));
    if (name === 'p2sh' && row.scriptSig !== null && !this.programs.has(member)) {
      const program = revealedProgram(row.scriptSig);
      if (program !== null) this.programs.set(member, program);
    }
    if ((name !== 'p2sh' && name !== 'p2wsh') || this.builder.keySets.has(member)) return;
    const item = row.witness?.split(',').at(-2);
    const script = item !== undefined ? Buffer.from(item, 'hex') : row.scriptSig && lastPush(row.scriptSig);
    const keys = script === null ? null : keysOfScript(script);
    if (keys === null) return;
    const numbers = keys.map((key) => {
      const number = this.keyNumbers.get(key) ?? this.keyNumbers.size;
      this.keyNumbers.set(key, number);
      return number;
    });
    this.builder.keySets.set(
      member,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
  }

  private keepCompressed(member: number, key: Uint8Array | null): void {
    if (key === null || !COMPRESSED_OR_NOT.includes(key.length) || this.compressedHash.has(member)) return;
    const hash = compressedKeyHash(key);
    if (hash !== null) this.compressedHash.set(member, hash);
  }
}

function codeOf(type: ScriptType | null): number {
  return type === null ? NONE : SCRIPT_TYPES.indexOf(type);
}

/** Virtual bytes, or NONE where a part is not known. */
function sizeOf(
  inputRows: readonly ClusterInputRow[],
  outputRows: readonly ClusterOutputRow[],
  inputs: readonly FactInput[],
): number {
  const lengths = [];
  for (const [vin, { scriptSig, witness }] of inputRows.entries()) {
    const bare = inputs[vin].type !== NONE && WITHOUT_WITNESS.has(SCRIPT_TYPES[inputs[vin].type]);
    if (scriptSig === null || (witness === null && !bare)) return NONE;
    const items = witness === null ? [] : witness.split(',').slice(0, -1);
    lengths.push({ scriptSig: scriptSig.length, witness: items.map((item) => item.length / 2) });
  }
  const scripts = outputRows.map(({ script }) => script?.length ?? NONE);
  return scripts.includes(NONE) ? NONE : virtualSizeVb(lengths, scripts);
}

/** Pairs of members whose scripts are one by a key or by nesting. */
function identities(known: {
  readonly commitments: ReadonlyArray<Commitment | null>;
  readonly compressedHash: ReadonlyMap<number, string>;
  readonly programs: ReadonlyMap<number, Commitment>;
  readonly firstTx: readonly number[];
}): Identity[] {
  const byHash = new Map<string, number>();
  const found: Identity[] = [];
  const pair = (kind: Identity['kind'], one: number, other: number | undefined): void => {
    if (other === undefined || other === one) return;
    const [a, b] = one < other ? [one, other] : [other, one];
    found.push({ kind, a, b, tx: known.firstTx[b] });
  };
  known.commitments.forEach((commitment, member) => {
    if (commitment === null || commitment.kind === 'script') return;
    const first = byHash.get(commitment.hash);
    if (first === undefined) byHash.set(commitment.hash, member);
    else pair('same-key', first, member);
  });
  for (const [member, hash] of known.compressedHash) pair('same-key', member, byHash.get(hash));
  for (const [member, { hash }] of known.programs) pair('nested-script', member, byHash.get(hash));
  return found;
}
