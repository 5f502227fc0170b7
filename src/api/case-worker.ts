/** A thread of the pool: holds the case open and answers jobs one by one, in the order they come. */
import { parentPort, workerData } from 'node:worker_threads';
import { OpenCase, readRules } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { type Job, type JobAnswer, VERBS } from './job.ts';

const { file, rulesFile } = workerData as { readonly file: string; readonly rulesFile: string | null };
const held = new OpenCase(file);
const rules = readRules(rulesFile);

function answer({ verb, args }: Job): JobAnswer {
  const ask = VERBS.get(verb);
  try {
    if (ask === undefined) throw new Error(`no verb ${verb}`);
    const { document, alerts = [] } = held.ask((context) => ask(context, args, rules));
    return { ok: true, text: JSON.stringify(document), alerts };
  } catch (error) {
    if (error instanceof SpoorError) {
      const { code, message, place, hint } = error;
      return { ok: false, code, message, place, hint, unexpected: null };
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ok: false, code: 'UNEXPECTED', message: 'unexpected failure', place: {}, hint: null, unexpected: stack };
  }
}

parentPort?.on('message', (jobs: readonly Job[]) => {
  parentPort?.postMessage(jobs.map(answer));
});
