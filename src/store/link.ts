/**
 * Links inputs to the outputs they spend, across files and sources, and refuses what cannot be: a prevout that differs from what the
 * spender says of it, one output spent twice, a vout the parent does not have, a child before its parent.
 *
 * Three ways to name a prevout, tried in this order: txid and vout; the source's own number of the parent (blockchain.info) with a vout;
 * txid with address and value (WalletExplorer gives no vout). The last links only when one output of the parent fits: of two equal outputs
 * either could be meant, and order rules would rest on the guess.
 */
import type Database from 'better-sqlite3';
import { locate, outpoint, SpoorError, type TxId, type Txid, txId, txid } from '../ledger/index.ts';
import { hex } from './bytes.ts';
import type { CaseStore } from './open.ts';
import { plucked, prepared } from './statement.ts';

interface OpenInput {
  tx: number;
  vin: number;
  prev_txid: Buffer | null;
  prev_vout: number | null;
  prev_alias: string | null;
  value: number | null;
  prev_script: Buffer | null;
  prev_address: number | null;
}

interface ParentRow {
  id: number;
  txid: Buffer;
  height: number | null;
}

interface ParentOutput {
  id: number;
  vout: number;
  value: number;
  script: Buffer | null;
  address: number | null;
  spender_txid: Buffer | null;
}

const OPEN_INPUT =
  'SELECT tx, vin, prev_txid, prev_vout, prev_alias, value, prev_script, prev_address FROM input WHERE prev_output IS NULL';

/** Links inputs and outputs of one open case; statements are prepared once. */
export class Linker {
  private readonly statements;

  constructor(store: CaseStore) {
    const { db } = store;
    this.statements = {
      ofTx: prepared<[number], OpenInput>(db, `${OPEN_INPUT} AND tx = ? ORDER BY vin`),
      byTxid: prepared<[Buffer], OpenInput>(db, `${OPEN_INPUT} AND prev_txid = ? ORDER BY tx, vin`),
      byAlias: prepared<[number], OpenInput>(
        db,
        `${OPEN_INPUT} AND (tx, vin) IN (SELECT i.tx, i.vin FROM tx_alias a JOIN input_alias i ON i.name = a.name WHERE a.tx = ?)
         ORDER BY tx, vin`,
      ),
      tx: prepared<[number], { txid: Buffer; height: number | null }>(db, 'SELECT txid, height FROM tx WHERE id = ?'),
      parentsByTxid: prepared<[Buffer], ParentRow>(
        db,
        'SELECT id, txid, height FROM tx WHERE txid = ? ORDER BY height',
      ),
      parentByAlias: prepared<[number, number], ParentRow>(
        db,
        `SELECT DISTINCT t.id, t.txid, t.height FROM input_alias i JOIN tx_alias a ON a.name = i.name JOIN tx t ON t.id = a.tx
         WHERE i.tx = ? AND i.vin = ?`,
      ),
      outputs: prepared<[number], ParentOutput>(
        db,
        'SELECT id, vout, value, script, address, spender_txid FROM output WHERE tx = ? ORDER BY vout',
      ),
      output: prepared<[number, number], ParentOutput>(
        db,
        'SELECT id, vout, value, script, address, spender_txid FROM output WHERE tx = ? AND vout = ?',
      ),
      spender: prepared<[number], { tx: number }>(db, 'SELECT tx FROM input WHERE prev_output = ?'),
      unlink: prepared(db, 'UPDATE input SET prev_output = NULL WHERE prev_txid = ? AND prev_vout IS NOT NULL'),
      link: prepared(
        db,
        `UPDATE input SET prev_output = ?, prev_txid = ?, prev_vout = ?, value = ?, prev_script = coalesce(prev_script, ?),
         prev_address = coalesce(prev_address, ?) WHERE tx = ? AND vin = ?`,
      ),
      contradicted: prepared<[number], { parent: Buffer; vout: number; child: Buffer; vin: number }>(
        db,
        `SELECT p.txid AS parent, o.vout, c.txid AS child, i.vin FROM output o JOIN tx p ON p.id = o.tx JOIN input i ON i.prev_output = o.id
         JOIN tx c ON c.id = i.tx WHERE o.tx = ? AND (i.value <> o.value OR i.prev_script <> o.script OR i.prev_address <> o.address
         OR o.spender_txid <> c.txid) ORDER BY o.vout`,
      ),
      refresh: prepared(
        db,
        `UPDATE input SET prev_script = coalesce(prev_script, o.script), prev_address = coalesce(prev_address, o.address)
         FROM output o WHERE o.tx = ? AND o.id = input.prev_output`,
      ),
      addressText: plucked<[number], string>(db, 'SELECT text FROM address WHERE id = ?') as Database.Statement<
        [number],
        string
      >,
    };
  }

  /** Opens the links to outputs of this txid again: a second coinbase with the same txid may be what they spend. */
  reopen(id: Txid): void {
    this.statements.unlink.run(Buffer.from(id, 'hex'));
  }

  /** Links everything that became linkable by the given transactions. Returns the spenders that gained a link. */
  link(touched: Iterable<TxId>): Set<TxId> {
    const changed = new Set<TxId>();
    for (const tx of touched) {
      const row = this.statements.tx.get(tx);
      if (row === undefined) throw new Error(`no transaction has row ${tx}`);
      const linkAll = (waiting: readonly OpenInput[]): void => {
        for (const input of waiting) if (this.linkInput(input)) changed.add(txId(input.tx));
      };
      // One after the other: an input may be found by txid and by alias, and is open only once.
      linkAll(this.statements.ofTx.all(tx));
      linkAll(this.statements.byTxid.all(row.txid));
      linkAll(this.statements.byAlias.all(tx));
      this.refresh(tx);
    }
    return changed;
  }

  /** A parent may learn a script, an address or a spender after it was linked: its spenders must agree, and learn what they lack. */
  private refresh(parent: TxId): void {
    const wrong = this.statements.contradicted.get(parent);
    if (wrong !== undefined) {
      throw new SpoorError(
        'SOURCES_DISAGREE',
        `what is said of ${hex(wrong.parent)}:${wrong.vout} differs from what its spender says`,
        {
          record: `transaction ${hex(wrong.child)}`,
          field: `inputs[${wrong.vin}]`,
        },
      );
    }
    this.statements.refresh.run(parent);
  }

  private linkInput(input: OpenInput): boolean {
    const child = this.statements.tx.get(input.tx);
    const parent = child === undefined ? undefined : this.parentOf(input, child.height);
    if (child === undefined || parent === undefined) return false;
    const place = { record: `transaction ${hex(child.txid)}`, field: `inputs[${input.vin}]` };
    return locate(place, () => {
      const output = input.prev_vout === null ? this.outputByContent(input, parent) : this.outputByVout(input, parent);
      if (output === null) return false;
      this.checkAgreement(input, output);
      this.checkSpender(output, { parent, childTxid: child.txid, childRow: input.tx });
      this.statements.link.run(
        output.id,
        parent.txid,
        output.vout,
        output.value,
        output.script,
        output.address,
        input.tx,
        input.vin,
      );
      return true;
    });
  }

  /** Of two transactions with one txid, the later that is still below the spender: the earlier was overwritten (src/taint/README.md). */
  private parentOf(input: OpenInput, childHeight: number | null): ParentRow | undefined {
    if (input.prev_txid === null) return this.statements.parentByAlias.get(input.tx, input.vin);
    const parents = this.statements.parentsByTxid.all(input.prev_txid);
    return parents
      .filter(({ height }) => parents.length < 2 || height === null || childHeight === null || height < childHeight)
      .at(-1);
  }

  private outputByVout(input: OpenInput, parent: ParentRow): ParentOutput {
    const output = this.statements.output.get(parent.id, input.prev_vout as number);
    if (output !== undefined) return output;
    const count = this.statements.outputs.all(parent.id).length;
    throw new SpoorError(
      'LEDGER_INVALID',
      `it spends ${hex(parent.txid)}:${input.prev_vout}, but that transaction has ${count} outputs`,
    );
  }

  /** The one output that fits what the spender says of it; null when several do, or when too little is said to refuse. */
  private outputByContent(input: OpenInput, parent: ParentRow): ParentOutput | null {
    const all = this.statements.outputs.all(parent.id);
    const fitting = all.filter(
      ({ value, address }) =>
        (input.value === null || input.value === value) &&
        (input.prev_address === null || address === null || input.prev_address === address),
    );
    if (fitting.length === 1 && (input.value !== null || input.prev_address !== null || all.length === 1))
      return fitting[0];
    if (fitting.length > 0 || input.value === null) return null;
    const address =
      input.prev_address === null ? 'an unstated address' : this.statements.addressText.get(input.prev_address);
    throw new SpoorError(
      'SOURCES_DISAGREE',
      `it spends ${input.value} satoshi of ${address}, but no output of ${hex(parent.txid)} is that`,
    );
  }

  private checkAgreement(input: OpenInput, output: ParentOutput): void {
    const disagree = (field: string, said: unknown, is: unknown): never => {
      throw new SpoorError('SOURCES_DISAGREE', `the spender says ${field} ${said}, the spent output has ${is}`);
    };
    if (input.value !== null && input.value !== output.value) disagree('valueSat', input.value, output.value);
    if (input.prev_script !== null && output.script !== null && !input.prev_script.equals(output.script)) {
      disagree('script', hex(input.prev_script), hex(output.script));
    }
    if (input.prev_address !== null && output.address !== null && input.prev_address !== output.address) {
      disagree(
        'address',
        this.statements.addressText.get(input.prev_address),
        this.statements.addressText.get(output.address),
      );
    }
  }

  private checkSpender(output: ParentOutput, at: { parent: ParentRow; childTxid: Buffer; childRow: number }): void {
    const spent = outpoint(txid(hex(at.parent.txid)), output.vout);
    const other = this.statements.spender.get(output.id);
    if (other !== undefined) {
      const otherTxid = this.statements.tx.get(other.tx)?.txid ?? null;
      const who = other.tx === at.childRow ? 'another input of this transaction' : `transaction ${hex(otherTxid)}`;
      throw new SpoorError('LEDGER_INVALID', `it spends ${spent}, which ${who} spends already`);
    }
    if (output.spender_txid !== null && !output.spender_txid.equals(at.childTxid)) {
      throw new SpoorError(
        'SOURCES_DISAGREE',
        `it spends ${spent}, but a source says that ${hex(output.spender_txid)} does`,
      );
    }
  }
}
