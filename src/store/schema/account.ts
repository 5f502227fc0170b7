/**
 * Tables of an account chain, beside those of Bitcoin: one chain a case. Amounts are decimal TEXT, because 9.3 ether are more wei than an INTEGER holds.
 * Accounts are lower-case TEXT, hashes 32-byte BLOBs. `approximate` marks an amount that went through a float before it was recorded.
 *
 * Derived from the facts whenever they change: `account_tx.order_key` and `placed` (account-order.ts), `account_tx.shadowed_by` (account-shadow.ts: a row of a
 * table without hashes that tells of the same transfer as a transaction with one), and `account_activity`.
 */
export const ACCOUNT_SCHEMA = `
CREATE TABLE account_chain (chain_id INTEGER PRIMARY KEY) STRICT;

CREATE TABLE account_name (id INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, is_contract INTEGER) STRICT;
CREATE TABLE account_asset (
  id INTEGER PRIMARY KEY, asset TEXT NOT NULL UNIQUE, symbol TEXT, name TEXT, decimals INTEGER
) STRICT;
INSERT INTO account_asset (id, asset) VALUES (1, 'native');

CREATE TABLE account_block (
  number INTEGER PRIMARY KEY, hash BLOB UNIQUE, parent_hash BLOB, timestamp_sec INTEGER, fee_recipient INTEGER REFERENCES account_name(id),
  base_fee TEXT, transaction_count INTEGER, stated INTEGER NOT NULL, credits_told INTEGER NOT NULL
) STRICT;
CREATE INDEX account_block_time ON account_block(timestamp_sec, number);
CREATE INDEX account_block_recipient ON account_block(fee_recipient) WHERE fee_recipient IS NOT NULL;
CREATE TABLE account_credit (
  block INTEGER NOT NULL REFERENCES account_block(number), place INTEGER NOT NULL, kind TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES account_name(id), amount TEXT NOT NULL, PRIMARY KEY (block, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_credit_account ON account_credit(account);

CREATE TABLE account_tx (
  id INTEGER PRIMARY KEY, hash BLOB UNIQUE, row_key TEXT UNIQUE, block_number INTEGER, block_hash BLOB, tx_index INTEGER, timestamp_sec INTEGER,
  sender INTEGER REFERENCES account_name(id), receiver INTEGER REFERENCES account_name(id), created INTEGER REFERENCES account_name(id),
  value TEXT, succeeded INTEGER, nonce INTEGER, type INTEGER, method_id TEXT, gas_price TEXT, fee TEXT, burnt TEXT, delegated TEXT,
  internal_told INTEGER NOT NULL, tokens_told INTEGER NOT NULL, events_told INTEGER NOT NULL,
  internal_whole INTEGER NOT NULL, tokens_whole INTEGER NOT NULL, approximate TEXT NOT NULL,
  shadowed_by INTEGER REFERENCES account_tx(id), order_key INTEGER NOT NULL DEFAULT 0, placed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX account_tx_order ON account_tx(order_key);
CREATE INDEX account_tx_block ON account_tx(block_number);
CREATE INDEX account_tx_block_hash ON account_tx(block_hash) WHERE block_number IS NULL AND block_hash IS NOT NULL;
CREATE INDEX account_tx_loose ON account_tx(timestamp_sec) WHERE block_number IS NULL;
CREATE INDEX account_tx_row ON account_tx(timestamp_sec) WHERE hash IS NULL;
CREATE INDEX account_tx_shadow ON account_tx(shadowed_by) WHERE shadowed_by IS NOT NULL;

CREATE TABLE account_internal (
  tx INTEGER NOT NULL REFERENCES account_tx(id), place INTEGER NOT NULL, kind TEXT NOT NULL, sender INTEGER NOT NULL REFERENCES account_name(id),
  receiver INTEGER REFERENCES account_name(id), amount TEXT NOT NULL, trace TEXT, step INTEGER, approximate INTEGER NOT NULL,
  PRIMARY KEY (tx, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE account_token_move (
  tx INTEGER NOT NULL REFERENCES account_tx(id), place INTEGER NOT NULL, asset INTEGER NOT NULL REFERENCES account_asset(id),
  sender INTEGER REFERENCES account_name(id), receiver INTEGER REFERENCES account_name(id), amount TEXT NOT NULL, log_index INTEGER, step INTEGER,
  approximate INTEGER NOT NULL, PRIMARY KEY (tx, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE account_event (
  tx INTEGER NOT NULL REFERENCES account_tx(id), place INTEGER NOT NULL, emitter INTEGER NOT NULL REFERENCES account_name(id), name TEXT NOT NULL,
  fields TEXT NOT NULL, log_index INTEGER, step INTEGER, PRIMARY KEY (tx, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE account_activity (
  account INTEGER NOT NULL REFERENCES account_name(id), tx INTEGER NOT NULL REFERENCES account_tx(id), PRIMARY KEY (account, tx)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_balance (
  account INTEGER NOT NULL REFERENCES account_name(id), asset INTEGER NOT NULL REFERENCES account_asset(id), block INTEGER NOT NULL,
  amount TEXT NOT NULL, PRIMARY KEY (account, asset, block, amount)
) STRICT, WITHOUT ROWID;
`;
