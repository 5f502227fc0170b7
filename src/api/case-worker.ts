/** A thread of the pool: holds the case open and answers jobs one by one, in the order they come. */
import { parentPort, workerData } from 'node:worker_threads';
import { OpenCase, readAssetPrices, readRules } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { type Job, type JobAnswer, type ScreenBy, VERBS } from './job.ts';
import type { WorkerData } from './pool.ts';

const { file, rulesFile, prices } = workerData as WorkerData;
const held = new OpenCase(file);
const by: ScreenBy = { rules: readRules(rulesFile), prices: readAssetPrices(prices.files, prices.price) };

function answer({ verb, args }: Job): JobAnswer {
  const ask = VERBS.get(verb);
  try {
    if (ask === undefined) throw new Error(`no verb ${verb}`);
    const { document, alerts = [] } = held.ask((context) => ask(context, args, by));
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
