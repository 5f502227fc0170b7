import { KEY_AGE_STATE } from './state-key.ts';
import { QUOTA_STATE } from './state-quota.ts';

/**
 * Tables of the state file (state.ts). Tokens are kept as digests only. A screening is a row from the moment it is accepted; `answer` is what is given back,
 * byte for byte. An alert has one row for ever; what happened to it is in `alert_event`, each row chained to the one before by its digest. The key of an
 * alert names its event, so the same event cannot make two. Deliveries are made in the transaction that makes what they tell of.
 */
const FIRST_STATE = `
CREATE TABLE token (
  id TEXT PRIMARY KEY NOT NULL, sha256 BLOB NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL, created_sec INTEGER NOT NULL,
  expires_sec INTEGER, revoked_sec INTEGER, last_used_sec INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE screening (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, request TEXT NOT NULL, status TEXT NOT NULL, answer TEXT,
  accepted_ms INTEGER NOT NULL, finished_ms INTEGER
) STRICT;
CREATE INDEX screening_open ON screening(seq) WHERE status = 'accepted';
CREATE TABLE idempotency (
  owner TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, screenings TEXT NOT NULL, created_ms INTEGER NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, level TEXT NOT NULL, state TEXT NOT NULL,
  subject TEXT NOT NULL, source TEXT NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0, content TEXT NOT NULL,
  created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_source ON alert(source);
CREATE TABLE alert_event (
  seq INTEGER PRIMARY KEY, alert TEXT NOT NULL REFERENCES alert(id), at_ms INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  from_state TEXT, to_state TEXT, comment TEXT, digest TEXT NOT NULL
) STRICT;
CREATE INDEX alert_event_alert ON alert_event(alert, seq);

CREATE TABLE watch (
  id TEXT PRIMARY KEY NOT NULL, seq INTEGER NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL, created_ms INTEGER NOT NULL, removed_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE watch_seen (
  watch TEXT NOT NULL REFERENCES watch(id), event TEXT NOT NULL, PRIMARY KEY (watch, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE watch_verdict (
  watch TEXT NOT NULL REFERENCES watch(id), subject TEXT NOT NULL, digest TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (watch, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY, event TEXT NOT NULL, watch TEXT NOT NULL REFERENCES watch(id), channel TEXT NOT NULL, body TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL, done_ms INTEGER, problem TEXT, UNIQUE (event, channel)
) STRICT;
CREATE INDEX delivery_open ON delivery(due_ms) WHERE done_ms IS NULL;
`;

/** Step n brings a state file from version n to n + 1. Published steps never change. */
export const STATE_STEPS: readonly string[] = [FIRST_STATE, KEY_AGE_STATE, QUOTA_STATE];
