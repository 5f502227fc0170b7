/**
 * The verb `study`: seeds against controls under every rule asked for, as tables, pictures and a manifest; and the manifest made again. Nothing
 * in the files depends on a clock, so the same case and parameters give the same bytes.
 */
import { join } from 'node:path';
import { ENGINE_VERSION, SpoorError } from '../../ledger/index.ts';
import { type DataTable, metricSvg, tableCsv, tableObjects } from '../../report/index.ts';
import { inOneTransaction } from '../../store/index.ts';
import { type CaseContext, inputsDigest, sha256Hex } from '../context.ts';
import { runId } from '../run.ts';
import { makeUserFolder, readUserJson, writeUserFile } from '../user-file.ts';
import { METRICS } from './metric.ts';
import { tableParquet } from './parquet.ts';
import { checkStudyRequest, paramsOfStudy, requestOfParams, type StudyParams, type StudyRequest } from './request.ts';
import { agreementTable, type Comparison, comparisons, overlapTable, plotsOf, testTable, unitTable } from './tables.ts';
import { type Group, measureUnits, type Unit, unitsOf } from './units.ts';

/** A file of a study. */
interface StudyFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A group: its outputs, their value in decimal satoshi, and how many of them were spent by a transaction the case does not hold. */
export interface StudyGroup {
  readonly outputs: number;
  readonly amount: string;
  readonly unseen: number;
}

/** `manifest.json`, schema spoor.study/1: everything that decides the files, and their digests. */
export interface StudyManifest {
  readonly schema: 'spoor.study/1';
  /** First 64 bits of the digest of engine, parameters, tip, inputs and groups. */
  readonly id: string;
  readonly engine: string;
  readonly chain: string;
  readonly network: string;
  readonly tip: { readonly height: number; readonly hash: string | null };
  readonly inputs: string;
  readonly params: StudyParams;
  readonly groups: Readonly<Record<Group, StudyGroup>>;
  readonly digits: string;
  readonly files: ReadonlyArray<{ readonly name: string; readonly bytes: number; readonly sha256: string }>;
}

/** A study done: its manifest, the comparisons for people, and its files. */
export interface Study {
  readonly manifest: StudyManifest;
  readonly compared: readonly Comparison[];
  readonly files: readonly StudyFile[];
}

/** Name of the manifest in the folder of a study. */
export const MANIFEST_NAME = 'manifest.json';

const DIGITS = 'ratios 6 decimals, p 6 significant digits, satoshi whole';
const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

/** Runs a study. `onUnit` is told how many outputs of how many are traced. Throws USAGE, NOT_FOUND. */
export function runStudy(
  context: CaseContext,
  request: StudyRequest,
  onUnit?: (done: number, total: number) => void,
): Study {
  checkStudyRequest(request, context.network);
  return inOneTransaction(context.store, () => {
    const units = unitsOf(context, request);
    const measurements = measureUnits(context, request, { units, onUnit: (done) => onUnit?.(done, units.length) });
    const { rules } = request.trace;
    const compared = comparisons(rules, measurements);
    const tables = [
      unitTable(measurements),
      testTable(compared, request.alpha),
      overlapTable(rules, measurements),
      agreementTable(rules, measurements),
    ];
    const head = headOf(context, request, units);
    const files = [
      ...tables.flatMap((table) => tableFiles(table)),
      jsonFile('study.json', resultsDocument(head.id, tables)),
      ...plotsOf(compared).map((plot) => textFile(`plots/${plot.name}.svg`, metricSvg(plot))),
    ];
    const listed = files.map(({ name, bytes }) => ({ name, bytes: bytes.length, sha256: sha256Hex(bytes) }));
    return { manifest: { ...head, files: listed }, compared, files };
  });
}

function headOf(context: CaseContext, request: StudyRequest, units: readonly Unit[]): Omit<StudyManifest, 'files'> {
  const tip = context.view.tip();
  const group = (name: Group): StudyGroup => {
    const own = units.filter((unit) => unit.group === name);
    const amount = own.reduce((total, { valueSat }) => total + BigInt(valueSat), 0n);
    return { outputs: own.length, amount: String(amount), unseen: own.filter(({ unseen }) => unseen).length };
  };
  const head = {
    engine: ENGINE_VERSION,
    chain: context.view.chain,
    network: context.network,
    tip: { height: tip.height, hash: tip.hash },
    inputs: inputsDigest(context.store),
    params: paramsOfStudy(request),
    groups: { seed: group('seed'), control: group('control') },
    digits: DIGITS,
  };
  return { schema: 'spoor.study/1', id: studyId(head), ...head };
}

function studyId({ engine, tip, inputs, params, groups }: Omit<StudyManifest, 'schema' | 'id' | 'files'>): string {
  return runId({
    verb: 'study',
    engine,
    params: JSON.stringify(params),
    tipHeight: tip.height,
    tipHash: tip.hash,
    inputs,
    seeds: JSON.stringify(groups),
  });
}

function textFile(name: string, text: string): StudyFile {
  return { name, bytes: Buffer.from(text, 'utf8') };
}

function jsonFile(name: string, document: unknown): StudyFile {
  return textFile(name, `${JSON.stringify(document, null, 2)}\n`);
}

function tableFiles(table: DataTable): StudyFile[] {
  return [
    textFile(`${table.name}.csv`, tableCsv(table)),
    { name: `${table.name}.parquet`, bytes: Buffer.from(tableParquet(table)) },
  ];
}

/** `study.json`, schema spoor.study-results/1: the tables as objects, and what each metric means. */
function resultsDocument(id: string, tables: readonly DataTable[]): Record<string, unknown> {
  const named = tables.map((table) => [table.name, tableObjects(table)] as const);
  return { schema: 'spoor.study-results/1', id, metrics: METRICS, ...Object.fromEntries(named) };
}

/** Writes a study into a new folder; the manifest last, so that a folder with one is whole. Throws USAGE, IO. */
export function writeStudy(study: Study, folder: string): void {
  makeUserFolder(folder);
  makeUserFolder(join(folder, 'plots'));
  for (const { name, bytes } of study.files) writeUserFile(join(folder, name), bytes);
  writeUserFile(join(folder, MANIFEST_NAME), jsonFile(MANIFEST_NAME, study.manifest).bytes);
}

/** One file of a study made again. */
export interface ReproducedFile {
  readonly name: string;
  readonly sha256: string;
  /** Digest of what this run made; null where it made no such file. */
  readonly again: string | null;
  readonly ok: boolean;
}

/** `spoor study reproduce --json`, schema spoor.study-check/1. */
export interface StudyCheck {
  readonly schema: 'spoor.study-check/1';
  readonly id: string;
  readonly ok: boolean;
  readonly files: readonly ReproducedFile[];
}

/**
 * Makes the study of a manifest again and compares every file. Throws MALFORMED for what is no manifest, VERIFY_FAILED when the manifest was
 * changed, or the case or the engine are not those it was made with.
 */
export function reproduceStudy(
  context: CaseContext,
  path: string,
  onUnit?: (done: number, total: number) => void,
): { check: StudyCheck; study: Study } {
  const manifest = readManifest(path);
  const wrong = (what: string, hint: string): SpoorError => new SpoorError('VERIFY_FAILED', what, { file: path }, hint);
  if (studyId(manifest) !== manifest.id)
    throw wrong('the manifest does not hash to its id: it was changed', 'use the manifest as it was written');
  if (manifest.engine !== ENGINE_VERSION)
    throw wrong(`the study was made by engine ${manifest.engine}, this is ${ENGINE_VERSION}`, 'install that version');
  const inputs = inputsDigest(context.store);
  if (manifest.inputs !== inputs)
    throw wrong(
      `the study was made from ${manifest.inputs}, the case holds ${inputs}`,
      'use a case with the same files and packs',
    );
  const study = runStudy(context, requestOfParams(manifest.params, context.network), onUnit);
  const made = new Map(study.manifest.files.map(({ name, sha256 }) => [name, sha256]));
  const listed = manifest.files.map(({ name, sha256 }): ReproducedFile => {
    const again = made.get(name) ?? null;
    return { name, sha256, again, ok: again === sha256 };
  });
  const whole = study.manifest.id === manifest.id && made.size === listed.length;
  const ok = whole && listed.every((file) => file.ok);
  return { check: { schema: 'spoor.study-check/1', id: manifest.id, ok, files: listed }, study };
}

function readManifest(path: string): StudyManifest {
  const { value } = readUserJson(path, {
    limitBytes: MANIFEST_LIMIT_BYTES,
    hint: `name the ${MANIFEST_NAME} that spoor study run wrote`,
  });
  const refuse = (what: string, field?: string): never => {
    throw new SpoorError('MALFORMED', what, { file: path, ...(field === undefined ? {} : { field }) });
  };
  const manifest = Object(value) as Partial<StudyManifest>;
  if (manifest.schema !== 'spoor.study/1') refuse('this is no manifest of a study (spoor.study/1)', 'schema');
  for (const field of ['id', 'engine', 'tip', 'inputs', 'params', 'groups', 'files'] as const)
    if (manifest[field] === undefined || manifest[field] === null) refuse('the manifest lacks a field', field);
  if (!Array.isArray(manifest.files)) refuse('the list of files is no list', 'files');
  return manifest as StudyManifest;
}
