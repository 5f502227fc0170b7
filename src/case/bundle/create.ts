/**
 * The verb `bundle create`: a case, one of its traces in every form, and the chain of steps from what was fed to what was written, in a folder that
 * can be handed on and checked by somebody else without a network. The same case gives the same bytes: no clock, no name of a machine.
 */
import { join } from 'node:path';
import { ENGINE_VERSION } from '../../ledger/index.ts';
import { REPORT_FORMATS, type ReportFormat } from '../../report/index.ts';
import { copyCase } from '../../store/index.ts';
import { type CaseContext, sha256Hex } from '../context.ts';
import { runReport } from '../report.ts';
import { fileDigest, makeUserFolder, writeUserFile } from '../user-file.ts';
import { caseSteps, chainLines, fileSteps } from './chain.ts';
import { BUNDLE_MANIFEST_NAME, type BundleFile, type BundleManifest } from './manifest.ts';

/** Name of the copy of the case. */
export const CASE_NAME = 'case.spoor';
/** Name of the chain of steps. */
export const CHAIN_NAME = 'chain.jsonl';
const README_NAME = 'README.md';

const ENDINGS: Readonly<Record<ReportFormat, string>> = {
  html: 'html',
  md: 'md',
  json: 'json',
  csv: 'csv',
  graphml: 'graphml',
  stix: 'stix.json',
  misp: 'misp.json',
  text: 'txt',
};

/** A bundle as written; `manifestSha256` is what to note elsewhere, or to sign. */
export interface BundleOutcome {
  readonly manifest: BundleManifest;
  readonly manifestSha256: string;
}

/** Documents of a bundle by name, in the order of their names. */
export function bundleDocuments(
  context: CaseContext,
  { run, title }: { readonly run: string | null; readonly title: string },
): { readonly run: string; readonly documents: ReadonlyMap<string, string> } {
  const report = runReport(context, { run, title });
  const named = REPORT_FORMATS.map((format) => [`report.${ENDINGS[format]}`, report.text(format)] as const);
  const all = [...named, [README_NAME, readme(report.run)] as const];
  return { run: report.run, documents: new Map(all.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Writes the bundle of a trace into a new folder; the manifest last, so that a folder with one is whole. Throws NOT_FOUND, USAGE, IO. */
export function createBundle(
  context: CaseContext,
  request: { readonly run: string | null; readonly title: string; readonly folder: string },
): BundleOutcome {
  const { title, folder } = request;
  const { run, documents } = bundleDocuments(context, request);
  makeUserFolder(folder);
  copyCase(context.store, join(folder, CASE_NAME));
  for (const [name, text] of documents) writeUserFile(join(folder, name), text);
  const made: BundleFile[] = [CASE_NAME, ...documents.keys()].map((name) => ({
    name,
    ...fileDigest(join(folder, name)),
  }));
  const lines = chainLines([...caseSteps(context, { run, title }), ...fileSteps(made)]);
  writeUserFile(join(folder, CHAIN_NAME), `${lines.join('\n')}\n`);
  const manifest: BundleManifest = {
    schema: 'spoor.bundle/1',
    engine: ENGINE_VERSION,
    run,
    title,
    chain: { steps: lines.length, head: `sha256:${sha256Hex(lines[lines.length - 1])}` },
    files: [...made, { name: CHAIN_NAME, ...fileDigest(join(folder, CHAIN_NAME)) }],
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  writeUserFile(join(folder, BUNDLE_MANIFEST_NAME), text);
  return { manifest, manifestSha256: sha256Hex(text) };
}

function readme(run: string): string {
  return `# Evidence bundle of run ${run}

| file | what |
|---|---|
| \`${CASE_NAME}\` | the case: every recorded answer and file as it came, the facts read from them, tags, runs |
| \`report.*\` | the trace as a document: page, Markdown, text, JSON, CSV, GraphML, STIX, MISP |
| \`${CHAIN_NAME}\` | what was fed, worked out and written, a line each; every line holds the digest of the line before |
| \`${BUNDLE_MANIFEST_NAME}\` | size and SHA-256 of every file here, and the head of the chain |

Check it, with no network: \`spoor bundle verify FOLDER --manifest-sha256 DIGEST\`, where DIGEST is what the maker of the bundle told you by another
way. Every file is hashed, every step recomputed, the facts read anew from the recorded bytes, every trace run again, every document
written again and compared.

Without that digest the check says that the bundle agrees with itself, not that it is the one that was made. A digest is no signature: sign
\`${BUNDLE_MANIFEST_NAME}\` to show who made it, have it time-stamped to show when. Copy \`${CASE_NAME}\` before you work in it: opening it to write changes its bytes.
`;
}
