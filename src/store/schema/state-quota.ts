/** How many requests a day a token may make (null: as many as the service allows), and what it used of its latest day. */
export const QUOTA_STATE = `
ALTER TABLE token ADD COLUMN day_quota INTEGER;
CREATE TABLE token_use (
  token TEXT PRIMARY KEY NOT NULL, day INTEGER NOT NULL, used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
