/** A case held open for a service: many short questions, while another process may write. */
import { statSync } from 'node:fs';
import { ENGINE_VERSION } from '../ledger/index.ts';
import { closeCase, guarded, isCurrentCase, openExistingCase, packs, runs, type StoredPack } from '../store/index.ts';
import { type CaseContext, caseNetwork, contextOf, inputsDigest } from './context.ts';
import { caseTipTimes, type DataAge, dataAge } from './data-age.ts';

/** What an answer of the service rests on. */
export interface DataDocument {
  readonly schema: 'spoor.data/1';
  readonly engine: string;
  readonly network: string;
  readonly tip: { readonly height: number; readonly hash: string | null };
  readonly inputs: string;
  readonly packs: readonly StoredPack[];
  readonly age: DataAge;
}

/** Tip, packs and input digest of the case, and how old it is at a moment. */
export function dataDocument(context: CaseContext, nowSec: number, maxAgeSec: number | null): DataDocument {
  return {
    schema: 'spoor.data/1',
    engine: ENGINE_VERSION,
    network: context.network,
    tip: context.view.tip(),
    inputs: inputsDigest(context.store),
    packs: packs(context.store),
    age: dataAge(caseTipTimes(context), nowSec, maxAgeSec),
  };
}

/** Whether the case can be asked: it has the schema this program reads, and its tips are found. Throws what reading a case throws. */
export function isCaseReady(context: CaseContext): boolean {
  return isCurrentCase(context.store) && caseTipTimes(context).length >= 0;
}

/** A trace that was run, in a list. */
export interface TraceRow {
  readonly id: string;
  readonly engine: string;
  readonly tip: { readonly height: number; readonly hash: string | null };
  readonly inputs: string;
}

/** Traces that were run, the latest first. */
export function traceRows({ store }: CaseContext): TraceRow[] {
  return runs(store)
    .filter(({ verb }) => verb === 'trace')
    .map(({ id, engine, tipHeight, tipHash, inputs }) => ({
      id,
      engine,
      tip: { height: tipHeight, hash: tipHash },
      inputs,
    }));
}

/** A case that stays open. What a view remembers is forgotten as soon as the file has changed. */
export class OpenCase {
  private readonly file: string;
  private context: CaseContext;
  private version: number;
  private inode: number;

  /** Throws FILE_NOT_FOUND and what else opening a case throws. */
  constructor(file: string) {
    this.file = file;
    this.context = this.openFile();
    this.version = this.dataVersion();
    this.inode = statSync(file).ino;
  }

  /** Asks one question of the case as it is now: a file put in its place, or written to by another process, is seen. */
  ask<T>(question: (context: CaseContext) => T): T {
    this.refresh();
    return guarded(this.file, () => question(this.context));
  }

  /** Closes the file. */
  close(): void {
    closeCase(this.context.store);
  }

  private refresh(): void {
    const inode = statSync(this.file, { throwIfNoEntry: false })?.ino ?? null;
    if (inode !== this.inode) {
      const next = this.openFile();
      closeCase(this.context.store);
      this.context = next;
      this.inode = statSync(this.file).ino;
      this.version = this.dataVersion();
      return;
    }
    const version = this.dataVersion();
    if (version === this.version) return;
    this.version = version;
    const { store } = this.context;
    const network = caseNetwork(store, null);
    this.context = contextOf(store, network);
  }

  private openFile(): CaseContext {
    const store = openExistingCase(this.file);
    const network = caseNetwork(store, null);
    return contextOf(store, network);
  }

  private dataVersion(): number {
    return this.context.store.db.pragma('data_version', { simple: true }) as number;
  }
}
