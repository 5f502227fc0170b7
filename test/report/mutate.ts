/** Walks every text of a report, so that a test can put hostile text into each field in turn. */

/** Path of one text inside a value, and a function that replaces it. */
export interface TextField {
  path: string;
  set: (text: string) => void;
}

/** All string fields of a value, in order; keys are not fields. */
export function textFields(value: unknown, path = ''): TextField[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    const here = path === '' ? key : `${path}.${key}`;
    if (typeof item !== 'string') return textFields(item, here);
    return [{ path: here, set: (text: string) => void Reflect.set(value, key, text) }];
  });
}

/** The path without array positions: fields of one kind share it, so that one of each kind is enough. */
export function fieldKind(path: string): string {
  return path.replace(/\.\d+(?=\.|$)/g, '[]');
}
