/** Threads that are started before it is known what they are to do, because starting one takes as long as the index of a large folder. */
import { Worker } from 'node:worker_threads';
import type { WorkerWait } from './source-block-ahead.ts';
import type { WorkerOrder, WorkerStart } from './source-block-work.ts';

/** Threads load plain JavaScript, so the worker is always the built one. */
const WORKER_FILE = new URL(import.meta.resolve('#built/chain/bitcoin/bulk/source-block-worker.js'));

/** Threads without work. They keep no process alive. */
export class IdleWorkers {
  private readonly waiting: Worker[];
  private readonly stop = new SharedArrayBuffer(4);

  constructor(folder: string, count: number) {
    this.waiting = Array.from({ length: count }, (_, at) =>
      startWorker({ ahead: at === 0 ? { folder, stop: this.stop } : null }),
    );
    for (const worker of this.waiting) worker.unref();
  }

  /** Ends the reading ahead. */
  pause(): void {
    Atomics.store(new Int32Array(this.stop), 0, 1);
  }

  /** Sets so many threads to work, new ones where none is left. */
  take(count: number, start: WorkerStart): Worker[] {
    this.pause();
    const taken = this.waiting.splice(0, count);
    for (const worker of taken) worker.ref();
    while (taken.length < count) taken.push(startWorker({ ahead: null }));
    for (const worker of taken) order(worker, { start });
    return taken;
  }

  /** Ends those that got no work. */
  dismiss(): void {
    this.pause();
    for (const worker of this.waiting.splice(0)) order(worker, { start: null });
  }
}

function startWorker(wait: WorkerWait): Worker {
  return new Worker(WORKER_FILE, { workerData: wait, stdout: false, stderr: false });
}

function order(worker: Worker, what: WorkerOrder): void {
  worker.postMessage(what);
}
