/** Door of the service. */
export { printOpenapi, type ServeOptions, type Service, serve } from './serve.ts';
