/** The few words of WebAssembly that the project speaks: Node has them, the types of Node 20 do not, and those of browsers would bring a DOM. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Global<Kind extends number | bigint = number> {
    value: Kind;
  }
}
