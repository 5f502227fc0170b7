/** Actors and campaigns as packs describe them, one row each: `content` is the tag room's own value as JSON, `kind` is actor or campaign. */
export const ACTOR_SCHEMA = `
CREATE TABLE dossier (
  pack INTEGER NOT NULL REFERENCES tag_pack(id), kind TEXT NOT NULL, id TEXT NOT NULL, label TEXT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (pack, kind, id)
) STRICT, WITHOUT ROWID;
`;
