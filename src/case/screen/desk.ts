/**
 * Screenings a service accepted: kept before they are begun, finished once, and never asked twice under one key. What runs them is not known here: the
 * service has threads, and takes up after a restart what `open` gives.
 */
import { SpoorError } from '../../ledger/index.ts';
import { ScreeningTable, type StateStore, type StoredScreening } from '../../store/index.ts';
import { sha256Hex } from '../context.ts';
import { AlertBook, alertIdOf, type FoundAlert } from '../watch/alert.ts';

/** A client's key for one submission; `digest` is that of everything it asked. */
export interface SubmissionKey {
  readonly key: string;
  readonly digest: string;
}

/** Keys whose time is over are forgotten by the submissions that bring new ones, so many at a time: more than come, so that they never pile up. */
const KEYS_DROPPED = 10;

/** The screenings of a state file. */
export class ScreeningDesk {
  private readonly state: StateStore;
  private readonly keyRetentionMs: number;
  private readonly table: ScreeningTable;
  private readonly alerts: AlertBook;

  /** `keyRetentionMs` is how long a key stands for the submission it first came with; null: for ever. */
  constructor(state: StateStore, { keyRetentionMs }: { keyRetentionMs: number | null }) {
    this.state = state;
    this.keyRetentionMs = keyRetentionMs ?? Number.POSITIVE_INFINITY;
    this.table = new ScreeningTable(state);
    this.alerts = new AlertBook(state);
  }

  /**
   * Accepts requests (JSON texts) of one client; `committed` resolves when they are on disk, and only then may they be begun or
   * answered. Under a key that was used for the same submission, no longer ago than keys are kept, the ids of then are given
   * again, with `isNew` false; `admit` is asked before anything new is kept, and what it throws is thrown. Throws CONFLICT for a
   * key that was used for another.
   */
  accept(
    owner: string,
    requests: readonly string[],
    key: SubmissionKey | null,
    world: { nowMs: number; newId: () => string; admit: () => void },
  ): { readonly ids: readonly string[]; readonly isNew: boolean; readonly committed: Promise<void> } {
    const { value, committed } = this.state.write(() => {
      const kept = key === null ? null : this.table.key(owner, key.key, world.nowMs - this.keyRetentionMs);
      if (kept !== null && kept.digest !== key?.digest)
        throw new SpoorError('CONFLICT', 'this key was used for another request', { field: 'Idempotency-Key' });
      if (kept !== null) return { ids: kept.screenings, isNew: false };
      world.admit();
      const ids = requests.map((request) => {
        const id = world.newId();
        this.table.put(id, owner, request, world.nowMs);
        return id;
      });
      if (key !== null) {
        this.table.dropKeys(world.nowMs - this.keyRetentionMs, KEYS_DROPPED);
        this.table.putKey(owner, key.key, { digest: key.digest, screenings: ids }, world.nowMs);
      }
      return { ids, isNew: true };
    });
    return { ...value, committed };
  }

  /** Keeps what came of a screening with the alerts it gives rise to, all or nothing. Returns how many alerts are new. */
  finish(
    id: string,
    outcome: { status: 'complete' | 'failed'; answer: string; alerts: readonly FoundAlert[] },
    atMs: number,
  ): { readonly made: number; readonly committed: Promise<void> } {
    const { value, committed } = this.state.write(() => {
      if (!this.table.finish(id, outcome.status, outcome.answer, atMs)) return 0;
      return outcome.alerts.filter((found) => this.alerts.make(found, id, atMs)).length;
    });
    return { made: value, committed };
  }

  /** One screening. Throws NOT_FOUND. */
  get(id: string): StoredScreening {
    const row = this.table.get(id);
    if (row === null) throw new SpoorError('NOT_FOUND', 'there is no screening with this id');
    return row;
  }

  /** Accepted and not finished. */
  open(): StoredScreening[] {
    return this.table.open();
  }

  /** A page in the order of acceptance; `next` is where the next begins, null at the end. */
  page(after: number, status: string | null, limit: number): { rows: StoredScreening[]; next: number | null } {
    const rows = this.table.page(after, status, limit + 1);
    const shown = rows.slice(0, limit);
    return { rows: shown, next: rows.length > limit ? (shown.at(-1)?.seq ?? null) : null };
  }
}

/** Digest of a submission: whatever else the client asks under the same key is another. */
export function submissionDigest(parts: readonly string[]): string {
  return sha256Hex(JSON.stringify(parts));
}

/** Ids of alerts, for answers. */
export function alertIds(found: readonly FoundAlert[]): string[] {
  return found.map(({ key }) => alertIdOf(key));
}
