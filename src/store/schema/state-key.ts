/** Keys of submissions by age, so that those whose time is over are found without reading the others. */
export const KEY_AGE_STATE = 'CREATE INDEX idempotency_created ON idempotency(created_ms);';
