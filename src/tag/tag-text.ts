/** The text of a file of tags, and its JSON, which is parsed once: to tell its format, and to read it. */
import { SpoorError } from '../ledger/index.ts';

/** JSON of strangers: no field has the name of a part of JavaScript's objects. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A map of fields. */
export type JsonMap = { readonly [key: string]: Json };

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
/** Lists and maps in one another; formats of tags need 7. Deeper ones would exhaust the stack of whoever walks them. */
const DEEPEST = 40;

/** Whether a value is a map. */
export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses forbidden names of fields and too deep values, innermost first. */
function checkJson(value: Json, depth: number, file: string): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEEPEST) throw new SpoorError('TAGPACK_INVALID', `JSON nested deeper than ${DEEPEST} levels`, { file });
  if (!isMap(value)) {
    for (const item of value) checkJson(item, depth + 1, file);
    return;
  }
  for (const key of Object.keys(value)) {
    checkJson(value[key], depth + 1, file);
    if (FORBIDDEN.has(key)) throw new SpoorError('TAGPACK_INVALID', `a field named ${key} is refused`, { file });
  }
}

function parsed(text: string, file: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new SpoorError('TAGPACK_INVALID', `broken JSON: ${error.message.slice(0, 200)}`, { file });
    throw error;
  }
}

/** A file of tags as text. */
export class TagText {
  readonly text: string;
  /** File name, for messages. */
  readonly name: string;
  private value: Json | undefined;

  constructor(text: string, name: string) {
    this.text = text;
    this.name = name;
  }

  /** The text as JSON. Throws TAGPACK_INVALID: broken, nested without end, or with a field named like a part of JavaScript's objects. */
  get json(): Json {
    if (this.value === undefined) {
      const value = parsed(this.text.replace(/^\uFEFF/, ''), this.name);
      checkJson(value, 1, this.name);
      this.value = value;
    }
    return this.value;
  }
}
