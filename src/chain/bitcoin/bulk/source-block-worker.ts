/** A thread that works off blocks, once it is told which. */
import { once } from 'node:events';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { readAhead, type WorkerWait } from './source-block-ahead.ts';
import { type WorkerOrder, workOff } from './source-block-work.ts';

const { ahead } = workerData as WorkerWait;
if (parentPort !== null) {
  if (ahead !== null) readAhead(ahead);
  const told = receiveMessageOnPort(parentPort)?.message ?? (await once(parentPort, 'message'))[0];
  const { start } = told as WorkerOrder;
  if (start !== null) parentPort.postMessage(await workOff(start));
  parentPort.close();
}
