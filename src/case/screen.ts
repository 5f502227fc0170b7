/** The verb `screen`: one subject against tags, exposure and rules. */
import { SpoorError } from '../ledger/index.ts';
import type { Screening, ScreeningRequest } from '../screen/index.ts';
import type { CaseContext } from './context.ts';

/**
 * Screens one subject; see schema spoor.screening/1. Throws SUBJECT_INVALID and what the parts of a subject throw; a subject of right form that the
 * case does not hold is answered with status `not_indexed`, level `unknown`.
 */
export function screenSubject(_context: CaseContext, request: ScreeningRequest): Screening {
  throw new SpoorError('USAGE', `screening of ${request.subject.type} is being built`);
}
