/** Actors and campaigns of the packs of the case. */
import type { CaseStore } from '../open.ts';
import { prepared } from '../statement.ts';

/** One actor or campaign as a pack describes it. */
export interface DossierRow {
  readonly kind: 'actor' | 'campaign';
  readonly id: string;
  readonly label: string;
  /** The tag room's value, as JSON. */
  readonly content: string;
}

/** Keeps what a pack describes; ids are its own. */
export function putDossiers(store: CaseStore, pack: number, rows: Iterable<DossierRow>): void {
  const insert = prepared(store.db, 'INSERT INTO dossier (pack, kind, id, label, content) VALUES (?, ?, ?, ?, ?)');
  for (const { kind, id, label, content } of rows) insert.run(pack, kind, id, label, content);
}

/** Everything described by packs that hold, with the pack's name; by id, then pack. */
export function dossierRows(
  store: CaseStore,
  kind: DossierRow['kind'],
): (DossierRow & { readonly packName: string })[] {
  const sql = `SELECT d.kind, d.id, d.label, d.content, p.name AS packName FROM dossier d JOIN tag_pack p ON p.id = d.pack
    WHERE d.kind = ? AND p.retracted IS NULL ORDER BY d.id, p.name, p.sha256`;
  return prepared<[string], DossierRow & { packName: string }>(store.db, sql).all(kind);
}
