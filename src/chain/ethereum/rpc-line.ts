/**
 * How answers of a JSON-RPC node are kept together as one body: JSON lines, each a question and the envelope of its answer as it came, so that nothing of
 * it goes through a float. The importer of format `ethereum-rpc` reads them.
 */

/** One line. `answer` is the envelope: `result` is what the node said. */
export interface RpcLine {
  readonly chainId: number;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly answer: { readonly result: unknown };
}

/** One line of a body; `envelope` is the text of the answer, whose line breaks lie between its tokens only. */
export function rpcLine(chainId: number, asked: Pick<RpcLine, 'method' | 'params'>, envelope: string): string {
  const head = JSON.stringify({ chainId, method: asked.method, params: asked.params }).slice(0, -1);
  return `${head},"answer":${envelope.trim().replace(/[\r\n]+/g, ' ')}}\n`;
}
