/** What a value that is not of a schema does wrong first, in words for people. */
import type { TLocalizedValidationError } from 'typebox/error';

/** The field that is wrong, by its path, and what is wrong with it. `form` says what the value was to be. */
export function firstProblem(
  errors: readonly TLocalizedValidationError[],
  form: string,
): [field: string, message: string] {
  const unknown = errors.find(({ keyword }) => keyword === 'additionalProperties');
  if (unknown !== undefined) {
    const { additionalProperties: names } = unknown.params as { additionalProperties: string[] };
    return [`${unknown.instancePath}/${names[0]}`, `there is no field "${names[0]}" here`];
  }
  const missing = errors.find(({ keyword }) => keyword === 'required');
  if (missing !== undefined) {
    const { requiredProperties: names } = missing.params as { requiredProperties: string[] };
    return [`${missing.instancePath}/${names[0]}`, `the field "${names[0]}" is missing`];
  }
  const [first] = errors;
  if (first === undefined) return ['', `the file is not of the form of ${form}`];
  const { allowedValues } = first.params as { allowedValues?: readonly string[] };
  return [
    first.instancePath,
    allowedValues === undefined ? first.message : `must be one of ${allowedValues.join(', ')}`,
  ];
}
