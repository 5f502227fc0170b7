/** Questions the service puts to the case: each runs in a thread of the pool, so that one that takes long keeps no other client waiting. */
import { alertsOfScreening, type CaseContext, dataDocument, type FoundAlert, screenSubject } from '../case/index.ts';
import type { ErrorCode, ErrorPlace } from '../ledger/index.ts';
import type { ScreeningRequest } from '../screen/index.ts';

/** A question as it crosses to a thread. `args` is plain JSON that the schema of its route has checked. */
export interface Job {
  readonly verb: string;
  readonly args: unknown;
}

/** What came of a job: the document as JSON text, or a coded error. `unexpected` is a bug: its stack is for the log only. */
export type JobAnswer =
  | { readonly ok: true; readonly text: string; readonly alerts: readonly FoundAlert[] }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly place: ErrorPlace;
      readonly hint: string | null;
      readonly unexpected: string | null;
    };

/** What a verb answers: its document, and the alerts it gives rise to. */
export interface Answered {
  readonly document: unknown;
  readonly alerts?: readonly FoundAlert[];
}

/** A verb of the service. */
export type Verb = (context: CaseContext, args: unknown) => Answered;

/** The verbs of the service by name. */
export const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['data', (context) => ({ document: dataDocument(context) })],
  ['screen', screen],
]);

function screen(context: CaseContext, args: unknown): Answered {
  const document = screenSubject(context, args as ScreeningRequest);
  return { document, alerts: alertsOfScreening(document) };
}
