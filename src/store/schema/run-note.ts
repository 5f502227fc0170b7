/** Notes are of any run by now, not of runs of clustering alone. */
export const RUN_NOTE_SCHEMA = 'ALTER TABLE cluster_note RENAME TO run_note;';
