/** LedgerView over a case file. Rows in, ledger values out; a spent flag that no source states stays unstated. */
import {
  type Address,
  type AddressId,
  addressFromCodec,
  addressId,
  type BlockFees,
  blockHash,
  isDeadCoinbase,
  type LedgerView,
  NONE,
  OUTPUT_STATED_SPENT,
  OUTPUT_STATED_UNSPENT,
  OUTPUT_UNSPENDABLE,
  type OutputId,
  outpoint,
  outputId,
  type ScriptClass,
  satoshi,
  type Tip,
  type TxFrame,
  type TxId,
  type Txid,
  txId,
  txid,
  type ViewInput,
  type ViewOutput,
  type ViewTransaction,
} from '../ledger/index.ts';
import { hex } from './bytes.ts';
import type { CaseStore } from './open.ts';
import { orderKey } from './order.ts';
import { type InputRow, type OutputRow, type TxRow, type ViewStatements, viewStatements } from './view-statement.ts';

/** What the view must know of scripts; given by `case/`, because this room knows no script. */
export interface ScriptKnowledge {
  classify(script: Uint8Array): ScriptClass;
  isUnspendable(script: Uint8Array): boolean;
  /** New coins a block of this height may make, in satoshi. */
  subsidySat(height: number): number;
}

/** The facts of an open case as every engine reads them. */
export class SqliteView implements LedgerView {
  readonly chain = 'bitcoin' as const;
  private readonly store: CaseStore;
  private readonly scripts: ScriptKnowledge;
  private readonly statements: ViewStatements;

  constructor(store: CaseStore, scripts: ScriptKnowledge) {
    this.store = store;
    this.scripts = scripts;
    this.statements = viewStatements(store.db);
  }

  tip(): Tip {
    const row = this.statements.tip.get();
    const block = this.statements.blockTip.get();
    const best = row === undefined || (block !== undefined && block.height > row.height) ? block : row;
    if (best === undefined) return { height: 0, hash: null };
    return { height: best.height, hash: best.hash === null ? null : blockHash(hex(best.hash)) };
  }

  transactionCount(): number {
    return this.statements.count.get() as number;
  }

  frame(tx: TxId): TxFrame {
    const row = this.txRow(tx);
    const inputs = row.coinbase === 1 ? [] : this.statements.inputs.all(tx);
    const outputs = this.statements.outputs.all(tx);
    return {
      tx,
      orderKey: orderKey(row.order_height, row.order_rank),
      height: row.height ?? NONE,
      coinbase: row.coinbase === 1,
      inputOutput: inputs.map((input) => input.prev_output ?? NONE),
      inputValueSat: inputs.map((input) => input.value ?? NONE),
      inputAddress: inputs.map((input) => input.prev_address ?? NONE),
      firstOutput: outputId(outputs[0].id),
      outputValueSat: outputs.map((output) => output.value),
      outputAddress: outputs.map((output) => output.address_id ?? NONE),
      outputFlags: outputs.map((output) => this.flagsOf(output, row)),
      outputSpender: outputs.map((output) => output.spender ?? NONE),
      outputSpenderKey: outputs.map((output) =>
        output.spender === null ? 0 : orderKey(output.order_height ?? 0, output.order_rank ?? 0),
      ),
    };
  }

  blockFees(height: number): BlockFees {
    const members = (this.statements.blockMembers.all(height) as number[]).map((id) => this.transaction(txId(id)));
    const coinbase = members.find((member) => member.coinbase);
    const payers = members.filter((member) => !member.coinbase);
    const stated = this.statements.blockCount.get(height) ?? null;
    const placed = members.every((member) => member.position !== null);
    const feesKnown = payers.every((member) => member.feeSat !== null);
    return {
      height,
      coinbase: coinbase?.tx ?? NONE,
      coinbaseOrderKey: coinbase?.orderKey ?? 0,
      transactions: payers.map((member) => member.tx),
      feesSat: payers.map((member) => member.feeSat ?? 0),
      subsidySat: this.scripts.subsidySat(height),
      complete: coinbase !== undefined && feesKnown && placed && stated === members.length,
    };
  }

  transactionOf(output: OutputId): TxId {
    return txId(this.outputRow(output).tx);
  }

  spenderOf(output: OutputId): TxId | typeof NONE {
    const row = this.statements.spender.get(output) as number | undefined;
    return row === undefined ? NONE : txId(row);
  }

  orderKeyOf(tx: TxId): number {
    const row = this.txRow(tx);
    return orderKey(row.order_height, row.order_rank);
  }

  transaction(tx: TxId): ViewTransaction {
    const row = this.txRow(tx);
    const inputs = this.statements.inputs.all(tx).map((input) => inputOf(input));
    const outputs = this.statements.outputs.all(tx).map((output) => this.outputOf(output, row));
    return {
      tx,
      txid: txid(hex(row.txid)),
      orderKey: orderKey(row.order_height, row.order_rank),
      height: row.height,
      position: row.position,
      blockHash: row.block_hash === null ? null : blockHash(hex(row.block_hash)),
      timestampSec: row.timestamp_sec,
      seenSec: row.seen_sec,
      coinbase: row.coinbase === 1,
      proof: row.verified === 1 ? 'verified' : 'asserted',
      feeSat: feeOf(row, inputs, outputs),
      inputs,
      outputs,
    };
  }

  output(output: OutputId): ViewOutput {
    const row = this.outputRow(output);
    return this.outputOf(row, this.txRow(txId(row.tx)));
  }

  findTransactions(id: Txid): TxId[] {
    return (this.statements.byTxid.all(Buffer.from(id, 'hex')) as number[]).map(txId);
  }

  findOutput(id: Txid, vout: number): OutputId | null {
    const row = this.statements.byOutpoint.get(Buffer.from(id, 'hex'), vout) as number | undefined;
    return row === undefined ? null : outputId(row);
  }

  outputsOfAddress(address: Address): OutputId[] {
    return (this.statements.byAddress.all(address) as number[]).map(outputId);
  }

  findAddress(address: Address): AddressId | null {
    const row = this.statements.address.get(address) as number | undefined;
    return row === undefined ? null : addressId(row);
  }

  *transactions(): Iterable<TxId> {
    for (const row of this.statements.all.all() as number[]) yield txId(row);
  }

  private txRow(tx: TxId): TxRow {
    const row = this.statements.tx.get(tx);
    if (row === undefined) throw new Error(`no transaction has row ${tx} in ${this.store.file}`);
    return row;
  }

  private outputRow(output: OutputId): OutputRow {
    const row = this.statements.output.get(output);
    if (row === undefined) throw new Error(`no output has row ${output} in ${this.store.file}`);
    return row;
  }

  private outputOf(row: OutputRow, tx: TxRow): ViewOutput {
    return {
      output: outputId(row.id),
      outpoint: outpoint(txid(hex(row.txid)), row.vout),
      tx: txId(row.tx),
      vout: row.vout,
      valueSat: satoshi(row.value),
      address: row.address === null ? null : addressFromCodec(row.address),
      scriptType: row.script === null ? null : this.scripts.classify(row.script).type,
      flags: this.flagsOf(row, tx),
    };
  }

  private flagsOf(row: OutputRow, tx: TxRow): number {
    let flags = 0;
    const dead = tx.coinbase === 1 && isDeadCoinbase(hex(tx.txid), tx.height);
    if (dead || (row.script !== null && this.scripts.isUnspendable(row.script))) flags |= OUTPUT_UNSPENDABLE;
    if (row.spent === 1 || row.spender_txid !== null || row.claimed === 1) flags |= OUTPUT_STATED_SPENT;
    else if (row.spent === 0) flags |= OUTPUT_STATED_UNSPENT;
    return flags;
  }
}

function inputOf(row: InputRow): ViewInput {
  const name = row.prev_txid === null ? row.prev_alias : hex(row.prev_txid);
  const vout = row.prev_vout === null ? '?' : row.prev_vout;
  return {
    vin: row.vin,
    prevout: name === null ? null : `${name}:${vout}`,
    output: row.prev_output === null ? NONE : outputId(row.prev_output),
    valueSat: row.value === null ? null : satoshi(row.value),
    address: row.address === null ? null : addressFromCodec(row.address),
  };
}

function feeOf(row: TxRow, inputs: readonly ViewInput[], outputs: readonly ViewOutput[]): ViewTransaction['feeSat'] {
  if (row.coinbase === 1) return null;
  let feeSat = 0;
  for (const { valueSat } of inputs) {
    if (valueSat === null) return null;
    feeSat += valueSat;
  }
  for (const { valueSat } of outputs) feeSat -= valueSat;
  // Below zero only in a damaged file, which `case verify` is to report and not to stumble over.
  return feeSat < 0 ? null : satoshi(feeSat);
}
