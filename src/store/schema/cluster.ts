/**
 * Links of clusters by the cluster they are in, so that a question about one cluster reads that one alone: `root` is the first member of the cluster in the
 * coarsest layer of the run. `votes` is what change heuristics said of the transaction of a link by change (change.ts of the case room); null for other links,
 * and for runs made before votes were kept. The members of a link are all in one cluster; the digits of the first one are least significant byte first.
 */
const DIGIT = (place: number): string => `(instr('0123456789ABCDEF', substr(hex(members), ${place}, 1)) - 1)`;
const FIRST_MEMBER = [0, 1, 2, 3]
  .map((byte) => `(${DIGIT(2 * byte + 1)} * 16 + ${DIGIT(2 * byte + 2)}) * ${256 ** byte}`)
  .join(' + ');

/** Adds both columns, fills in the first for the runs there are, and indexes it. */
export const CLUSTER_ROOT_SCHEMA = `
ALTER TABLE cluster_link ADD COLUMN root INTEGER;
ALTER TABLE cluster_link ADD COLUMN votes TEXT;
UPDATE cluster_link SET root = (
  SELECT coalesce(m.extended, m.core) FROM cluster_member m WHERE m.run = cluster_link.run AND m.member = ${FIRST_MEMBER}
);
CREATE INDEX cluster_link_root ON cluster_link(run, root);
`;
