/** Door of the pattern room: what a transaction looks like. */
export { isCoinjoin } from './coinjoin.ts';
