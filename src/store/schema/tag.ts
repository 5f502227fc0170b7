/**
 * Tags in columns, with two clocks: when a claim holds (valid_*) and since when it is known (known_since, valid_to_known, retracted). Days are `YYYY-MM-DD`
 * text, so they compare as text; '' stands before every day.
 *
 * `id` of a tag is its pack's number times 2^32 plus its place among the tags kept of it; `item` is its place in the file. A claim holds for certain from `valid_from` (null: always) up to `maybe_to`, and
 * ends before `valid_to` (null: never). Between `maybe_from` and `valid_from`, and between `maybe_to` and `valid_to`, the sources do not say: a list held on one
 * day and gone from the next list held. `maybe_from`, `maybe_to` are null where the day is exact.
 *
 * Tags of before this step came from TagPacks read for Bitcoin alone, which `options` keeps.
 */
export const TAG_SCHEMA = `
CREATE TABLE tag_list (
  id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL REFERENCES body(sha256), name TEXT NOT NULL, title TEXT NOT NULL, creator TEXT NOT NULL,
  format TEXT NOT NULL, options TEXT NOT NULL, series TEXT, covers TEXT, listed TEXT, retracted TEXT, retract_reason TEXT
) STRICT;
INSERT INTO tag_list (sha256, name, title, creator, format, options)
  SELECT sha256, name, title, creator, 'tagpack', '{"chains":"bitcoin"}' FROM tag_pack ORDER BY sha256;
CREATE TABLE tag_claim (
  id INTEGER PRIMARY KEY, pack INTEGER NOT NULL REFERENCES tag_list(id), subject TEXT NOT NULL, kind TEXT NOT NULL, network TEXT NOT NULL,
  currency TEXT NOT NULL, label TEXT NOT NULL, source TEXT NOT NULL, confidence TEXT NOT NULL, confidence_defaulted INTEGER NOT NULL, category TEXT,
  abuse TEXT, actor TEXT, concepts TEXT, tag_type TEXT NOT NULL, definer INTEGER NOT NULL, context TEXT, lastmod TEXT, item INTEGER NOT NULL,
  maybe_from TEXT, valid_from TEXT, maybe_to TEXT, valid_to TEXT, valid_to_known TEXT, known_since TEXT, retracted TEXT
) STRICT;
INSERT INTO tag_claim
  SELECT p.id * 4294967296 + t.place, p.id, t.subject, json_extract(t.content, '$.subject.kind'), json_extract(t.content, '$.network'),
    json_extract(t.content, '$.currency'), json_extract(t.content, '$.label'), json_extract(t.content, '$.source'),
    json_extract(t.content, '$.confidence'), json_extract(t.content, '$.confidenceDefaulted'), json_extract(t.content, '$.category'),
    json_extract(t.content, '$.abuse'), json_extract(t.content, '$.actor'), nullif(json_extract(t.content, '$.concepts'), '[]'),
    json_extract(t.content, '$.tagType'), json_extract(t.content, '$.isClusterDefiner'), json_extract(t.content, '$.context'),
    json_extract(t.content, '$.lastmod'), json_extract(t.content, '$.index'), NULL, NULL, NULL, NULL, NULL, json_extract(t.content, '$.lastmod'), NULL
  FROM tag t JOIN tag_list p ON p.sha256 = t.pack;
DROP TABLE tag;
DROP TABLE tag_pack;
ALTER TABLE tag_list RENAME TO tag_pack;
ALTER TABLE tag_claim RENAME TO tag;
CREATE INDEX tag_pack_sha256 ON tag_pack(sha256);
CREATE INDEX tag_subject ON tag(subject);
`;
