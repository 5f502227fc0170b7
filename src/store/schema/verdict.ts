/**
 * Verdicts of screenings: beside the manifest of the run, what was asked as it was resolved, every fact and claim that was read for it (`reads`, packed JSON), and the
 * digest of the answer. From the first two the answer is made again, whatever the case has learned since. `made_sec` is the clock of whoever asked.
 */
export const VERDICT_SCHEMA = `
CREATE TABLE verdict (
  run TEXT PRIMARY KEY NOT NULL REFERENCES run(id) ON DELETE CASCADE, subject TEXT NOT NULL, level TEXT NOT NULL, request TEXT NOT NULL,
  reads BLOB NOT NULL, answer_sha256 TEXT NOT NULL, made_sec INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_subject ON verdict(subject);
`;
