/** Version of the engine, printed with every result: two versions may differ in their numbers, one never does. */
export const ENGINE_VERSION = '0.1.0';
