/**
 * A pool of threads over one case. Clients take turns, the jobs of each are begun in the order they came, and the service's own questions go first. Short
 * jobs travel several in one message, because the message costs more than they do; a long one travels alone, so that none waits behind it while a thread is free.
 */
import { Worker } from 'node:worker_threads';
import type { DayPrice } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { Job, JobAnswer } from './job.ts';
import { FairQueue } from './queue.ts';

/** Threads load plain JavaScript, so the worker is always the built one. */
const WORKER_FILE = new URL(import.meta.resolve('#built/api/case-worker.js'));

/** As many jobs travel together as are done in about this time, and at most MAX_BATCH. */
const BATCH_MS = 4;
const MAX_BATCH = 64;
/** Weight of the latest message in the running mean of the time of a job. */
const MEAN_WEIGHT = 0.2;
/** A job whose thread ended is begun once more; the second time it is the job that ends threads. */
const MAX_TRIES = 2;

/** Files of daily prices, as `FILE` or `ASSET=FILE`, and which price of a day counts. */
export interface PriceFiles {
  readonly files: readonly string[];
  readonly price: DayPrice;
}

/** What a thread is started with. */
export interface WorkerData {
  readonly file: string;
  readonly rulesFile: string | null;
  readonly prices: PriceFiles;
}

/** How a pool is set up. */
export interface PoolOptions {
  readonly caseFile: string;
  /** File of rules; null is the bundled one. */
  readonly rulesFile: string | null;
  readonly prices: PriceFiles;
  readonly threads: number;
  /** Jobs waiting at most, of everybody and of one client; more are refused as BUSY. */
  readonly maxWaiting: number;
  readonly maxWaitingOfOne: number;
  /** A message whose jobs take longer is given up: its thread is ended and another takes its place. */
  readonly jobTimeoutMs: number;
  /** Another program for the threads; tests use it. */
  readonly workerFile?: URL;
}

interface Waiting {
  readonly job: Job;
  readonly settle: (answer: JobAnswer) => void;
  tries: number;
}

interface Thread {
  /** Null after its end, until it has something to do. */
  worker: Worker | null;
  busy: Waiting[];
  since: number;
  timer: NodeJS.Timeout | null;
}

/** The threads, and what waits for them. */
export class Pool {
  private readonly options: PoolOptions;
  private readonly threads: Thread[] = [];
  private readonly waiting = new FairQueue<Waiting>();
  private meanMs = BATCH_MS;
  private closed = false;
  private pumping = false;

  constructor(options: PoolOptions) {
    this.options = options;
    for (let thread = 0; thread < options.threads; thread += 1) {
      this.threads.push({ worker: null, busy: [], since: 0, timer: null });
      this.spawn(this.threads[thread]);
    }
  }

  /** Jobs that wait, and jobs under way. */
  get depth(): { readonly waiting: number; readonly running: number } {
    return {
      waiting: this.waiting.length,
      running: this.threads.reduce((sum, { busy }) => sum + busy.length, 0),
    };
  }

  /** Whether another job of this client would be refused. */
  isFullFor(owner: string): boolean {
    const { maxWaiting, maxWaitingOfOne } = this.options;
    return this.closed || this.waiting.length >= maxWaiting || this.waiting.lengthOf(owner) >= maxWaitingOfOne;
  }

  /** Runs a job of a client; `always` takes it even when the pool is full, for what was accepted already. Throws BUSY. */
  run(job: Job, owner: string, always = false): Promise<JobAnswer> {
    if (this.closed || (!always && this.isFullFor(owner)))
      throw new SpoorError('BUSY', 'the service has as much work as it takes', {}, 'ask again later');
    return new Promise((settle) => {
      this.waiting.push(owner, { job, settle, tries: 0 });
      this.pumpSoon();
    });
  }

  /** A short question of the service itself: begun before all that waits, also when the pool is full. Null when no thread answered in time. */
  async ask(job: Job, waitMs: number): Promise<JobAnswer | null> {
    if (this.closed) return null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), waitMs);
    });
    const answered = new Promise<JobAnswer>((settle) => {
      this.waiting.pushFirst({ job, settle, tries: 0 });
      this.pumpSoon();
    });
    return Promise.race([answered, late]).finally(() => clearTimeout(timer));
  }

  /** Jobs of one turn of the event loop are given out together. */
  private pumpSoon(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      this.pump();
    });
  }

  /** Ends the threads; jobs that were not answered never are. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(
      this.threads.map(({ worker, timer }) => {
        if (timer !== null) clearTimeout(timer);
        return worker?.terminate();
      }),
    );
  }

  private spawn(thread: Thread): Worker {
    const { workerFile = WORKER_FILE, caseFile, rulesFile, prices } = this.options;
    const workerData: WorkerData = { file: caseFile, rulesFile, prices };
    const worker = new Worker(workerFile, { workerData, stdout: false, stderr: false });
    thread.worker = worker;
    worker.on('message', (answers: readonly JobAnswer[]) => this.settle(thread, answers));
    // What ended it is told by its end; without a listener it would end the service.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (!this.closed && thread.worker === worker) this.lose(thread, 'UNEXPECTED', 'a thread of the service ended');
    });
    return worker;
  }

  private pump(): void {
    for (const thread of this.threads) {
      const left = this.waiting.length;
      if (left === 0) break;
      if (thread.busy.length > 0) continue;
      const fair = Math.ceil(left / this.threads.length);
      const count = Math.max(1, Math.min(MAX_BATCH, fair, Math.floor(BATCH_MS / this.meanMs)));
      thread.busy = this.waiting.take(count);
      thread.since = performance.now();
      thread.timer = setTimeout(
        () => this.lose(thread, 'TIMED_OUT', 'the question took longer than the service allows'),
        this.options.jobTimeoutMs,
      );
      const worker = thread.worker ?? this.spawn(thread);
      worker.postMessage(thread.busy.map(({ job }) => job));
    }
  }

  private settle(thread: Thread, answers: readonly JobAnswer[]): void {
    const { busy } = thread;
    const eachMs = (performance.now() - thread.since) / Math.max(1, busy.length);
    this.meanMs += MEAN_WEIGHT * (eachMs - this.meanMs);
    this.rest(thread);
    answers.forEach((answer, index) => {
      busy[index].settle(answer);
    });
    this.pump();
  }

  private rest(thread: Thread): void {
    if (thread.timer !== null) clearTimeout(thread.timer);
    thread.timer = null;
    thread.busy = [];
  }

  /** Gives up a thread that ended or takes too long; another takes its place when there is work for it. */
  private lose(thread: Thread, code: 'UNEXPECTED' | 'TIMED_OUT', message: string): void {
    const { busy, worker } = thread;
    this.rest(thread);
    thread.worker = null;
    void worker?.terminate();
    // Of a message only its first open job can be to blame, but which that is nobody knows: several are tried again one by one.
    const again: Waiting[] = [];
    for (const one of busy) {
      one.tries += 1;
      if (one.tries < MAX_TRIES && (code === 'UNEXPECTED' || busy.length > 1)) again.push(one);
      else one.settle({ ok: false, code, message, place: {}, hint: null, unexpected: null });
    }
    this.meanMs = BATCH_MS;
    this.waiting.pushFirst(...again);
    this.pump();
  }
}
