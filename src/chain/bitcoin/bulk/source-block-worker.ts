/** A thread that works off blocks. */
import { parentPort, workerData } from 'node:worker_threads';
import { type WorkerStart, workOff } from './source-block-work.ts';

parentPort?.postMessage(await workOff(workerData as WorkerStart));
