/** Door of the screen room: what one subject is exposed to, and what the rules say of it. */
export * from './schema.ts';
