/** What a run keeps of itself as JSON text, by name. It goes when the run goes. */
import type { CaseStore } from './open.ts';
import { plucked, prepared } from './statement.ts';

/** Keeps a note of a run that is kept already. */
export function putRunNote(store: CaseStore, run: string, name: string, content: string): void {
  prepared(store.db, 'INSERT INTO run_note (run, name, content) VALUES (?, ?, ?)').run(run, name, content);
}

/** A note of a run, or null. */
export function runNote(store: CaseStore, run: string, name: string): string | null {
  const text = plucked<[string, string], string>(
    store.db,
    'SELECT content FROM run_note WHERE run = ? AND name = ?',
  ).get(run, name);
  return text ?? null;
}
