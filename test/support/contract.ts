/** Answers of the service against the OpenAPI document: every object that lists members is taken as closed, so that nothing is sent that is not listed. */
import { Compile } from 'typebox/compile';
import type { Reply } from './service.ts';

type Json = { readonly [key: string]: unknown };

/** What a document promises of the answers of its operations. */
export class Contract {
  /** Statuses of success that the document lists, as `operationId status`. */
  readonly promised: readonly string[];
  /** Those that were checked. */
  readonly seen = new Set<string>();
  private readonly checkers = new Map<string, ReturnType<typeof Compile>>();
  private readonly document: Json;
  private readonly operations: ReadonlyMap<string, Json>;

  constructor(text: string) {
    this.document = JSON.parse(text) as Json;
    const paths = Object.values(this.document.paths as Json) as Json[];
    const all = paths.flatMap((path) => Object.values(path) as Json[]);
    this.operations = new Map(all.map((operation) => [String(operation.operationId), operation]));
    this.promised = all.flatMap(({ operationId, responses }) =>
      Object.keys(responses as Json).flatMap((status) =>
        /^\d+$/.test(status) ? [`${String(operationId)} ${status}`] : [],
      ),
    );
  }

  /** What is wrong with an answer of an operation; empty when it is as promised. */
  problems(operation: string, { status, headers, text }: Reply): string[] {
    const responses = this.operations.get(operation)?.responses as Json;
    const key = String(status) in responses ? String(status) : `${Math.floor(status / 100)}XX`;
    const response = responses[key] as Json | undefined;
    if (response === undefined) return [`${operation} ${status} is not listed`];
    const [media, content] = Object.entries(response.content as Json)[0] as [string, { schema: Json }];
    if (!String(headers['content-type']).startsWith(media))
      return [`${operation} is ${String(headers['content-type'])}`];
    this.seen.add(`${operation} ${key}`);
    if (media === 'text/plain') return [];
    const name = `${operation} ${key}`;
    const checker = this.checkers.get(name) ?? Compile(this.closed(content.schema) as Json);
    this.checkers.set(name, checker);
    const value: unknown = JSON.parse(text);
    if (checker.Check(value)) return [];
    return checker
      .Errors(value)
      .slice(0, 5)
      .map(({ instancePath, message, params }) => `${name} ${instancePath} ${message} ${JSON.stringify(params)}`);
  }

  /** Every schema of the document that lists members and says outright that there may be others. */
  open(): string[] {
    const found: string[] = [];
    const walk = (value: unknown, at: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if ((value as Json).additionalProperties === true) found.push(at);
      for (const [key, part] of Object.entries(value)) walk(part, `${at}/${key}`);
    };
    walk((this.document.components as Json).schemas, '');
    return found;
  }

  private closed(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((part) => this.closed(part));
    if (typeof schema !== 'object' || schema === null) return schema;
    const { $ref, ...rest } = schema as Json;
    if (typeof $ref === 'string') {
      const name = $ref.replace('#/components/schemas/', '');
      return this.closed((this.document.components as { schemas: Json }).schemas[name]);
    }
    const parts = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, this.closed(part)]));
    const lists = rest.type === 'object' && typeof rest.properties === 'object' && !('additionalProperties' in rest);
    return lists ? { ...parts, additionalProperties: false } : parts;
  }
}
