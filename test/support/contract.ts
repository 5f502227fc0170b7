/** Answers of the service against the OpenAPI document, taken word by word. */
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
    const checker = this.checkers.get(name) ?? Compile(this.resolved(content.schema) as Json);
    this.checkers.set(name, checker);
    const value: unknown = JSON.parse(text);
    if (checker.Check(value)) return [];
    return checker
      .Errors(value)
      .slice(0, 5)
      .map(({ instancePath, message, params }) => `${name} ${instancePath} ${message} ${JSON.stringify(params)}`);
  }

  /** Where the document leaves an object open: neither its members nor the type of them all is fixed. */
  open(): string[] {
    const found: string[] = [];
    const walk = (value: unknown, at: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const { type, properties, additionalProperties: more } = value as Json;
      if (type === 'object' && (properties === undefined ? typeof more !== 'object' : more !== false)) found.push(at);
      if (Object.keys(value).every((key) => key === 'description')) found.push(at);
      for (const [key, part] of Object.entries(value)) walk(part, `${at}/${key}`);
    };
    walk((this.document.components as Json).schemas, '');
    return found;
  }

  /** A schema without references. */
  private resolved(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((part) => this.resolved(part));
    if (typeof schema !== 'object' || schema === null) return schema;
    const { $ref, ...rest } = schema as Json;
    if (typeof $ref !== 'string')
      return Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, this.resolved(part)]));
    const name = $ref.replace('#/components/schemas/', '');
    return this.resolved((this.document.components as { schemas: Json }).schemas[name]);
  }
}

/** A JSON document once more for each of its objects, with a member too many there. */
export function* widened(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value, surprise: true };
  for (const [key, part] of Object.entries(value))
    for (const other of widened(part))
      yield Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other };
}
