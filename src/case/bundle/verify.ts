/**
 * The verb `bundle verify`: whether a bundle is the one that was made, and whether what it says follows from what it holds. Nothing in the folder is
 * changed: the case is worked on as a copy. What is wrong is in the document and named (file, step, run), not thrown.
 */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENGINE_VERSION, SpoorError } from '../../ledger/index.ts';
import { type Check, check, guardedCheck } from '../check.ts';
import { type CaseContext, sha256Hex, withCase } from '../context.ts';
import { copyUserFile, fileDigest, readUserFile } from '../user-file.ts';
import { verifyCase } from '../verify.ts';
import { caseSteps, chainLines, chainProblems, fileSteps } from './chain.ts';
import { bundleDocuments, CASE_NAME, CHAIN_NAME } from './create.ts';
import { BUNDLE_MANIFEST_NAME, type BundleManifest, readManifest } from './manifest.ts';

/** `spoor bundle verify --json`, schema spoor.bundle-check/1. */
export interface BundleCheck {
  readonly schema: 'spoor.bundle-check/1';
  readonly ok: boolean;
  readonly run: string;
  /** Digest of the manifest as it lies there. */
  readonly manifestSha256: string;
  readonly checks: readonly Check[];
}

const CHAIN_LIMIT_BYTES = 256 * 1024 * 1024;
const DIGEST_SHAPE = /^[0-9a-f]{64}$/;

/** What to check a bundle against. */
export interface BundleQuestion {
  readonly folder: string;
  /** Digest of the manifest that was noted when the bundle was made, or null. */
  readonly manifestSha256: string | null;
  /** Folders of block files that the case refers to and does not hold. */
  readonly bodies?: readonly string[];
}

/** Checks a bundle. Throws FILE_NOT_FOUND and MALFORMED where there is no manifest to check by, USAGE for what is no digest. */
export function verifyBundle({ folder, manifestSha256, bodies = [] }: BundleQuestion): BundleCheck {
  if (manifestSha256 !== null && !DIGEST_SHAPE.test(manifestSha256)) {
    throw new SpoorError('USAGE', `--manifest-sha256 takes 64 hex digits, not "${manifestSha256}"`);
  }
  const { manifest, bytes } = readManifest(join(folder, BUNDLE_MANIFEST_NAME));
  const found = sha256Hex(bytes);
  const outer = [
    guardedCheck('the manifest is the one that was noted', (name) => notedCheck(name, found, manifestSha256)),
    guardedCheck('files are those of the manifest', (name) => filesCheck(name, folder, manifest)),
    guardedCheck('every step of the chain follows from the one before', (name) => linkCheck(name, folder, manifest)),
  ];
  const checks = [...outer, ...innerChecks(folder, manifest, bodies)];
  const ok = checks.every((one) => one.ok);
  return { schema: 'spoor.bundle-check/1', ok, run: manifest.run, manifestSha256: found, checks };
}

function notedCheck(name: string, found: string, noted: string | null): Check {
  if (noted === null) return check(name, 0, [], [`not done: no digest was given; this manifest has sha256 ${found}`]);
  return check(name, 1, found === noted ? [] : [`${BUNDLE_MANIFEST_NAME} has sha256 ${found}, noted was ${noted}`]);
}

function filesCheck(name: string, folder: string, { files }: BundleManifest): Check {
  const problems = files.flatMap((file) => {
    const path = join(folder, file.name);
    const state = lstatSync(path, { throwIfNoEntry: false });
    if (state === undefined) return [`${file.name} is missing`];
    if (!state.isFile()) return [`${file.name} is no plain file`];
    const { bytes, sha256 } = fileDigest(path);
    if (bytes !== file.bytes) return [`${file.name} has ${bytes} bytes, the manifest says ${file.bytes}`];
    return sha256 === file.sha256 ? [] : [`${file.name} has sha256 ${sha256}, the manifest says ${file.sha256}`];
  });
  const known = new Set([BUNDLE_MANIFEST_NAME, ...files.map((file) => file.name)]);
  const foreign = readdirSync(folder)
    .filter((entry) => !known.has(entry))
    .sort();
  return check(name, files.length, [
    ...problems,
    ...foreign.map((entry) => `${entry} is in the folder, not in the manifest`),
  ]);
}

function chainOf(folder: string): string[] {
  const text = readUserFile(join(folder, CHAIN_NAME), CHAIN_LIMIT_BYTES).bytes.toString('utf8');
  return text.replace(/\n$/, '').split('\n');
}

function linkCheck(name: string, folder: string, { chain }: BundleManifest): Check {
  const lines = chainOf(folder);
  const head = `sha256:${sha256Hex(lines[lines.length - 1])}`;
  const problems = chainProblems(lines);
  if (lines.length !== chain.steps)
    problems.push(`the chain has ${lines.length} steps, the manifest says ${chain.steps}`);
  if (head !== chain.head) problems.push(`the last step has ${head}, the manifest says ${chain.head}`);
  return check(name, lines.length, problems);
}

/** Checks that open the case, on a copy of it. */
function innerChecks(folder: string, manifest: BundleManifest, bodies: readonly string[]): Check[] {
  const scratch = mkdtempSync(join(tmpdir(), 'spoor-bundle-'));
  const file = join(scratch, CASE_NAME);
  const opening = 'the case can be opened';
  try {
    const opened = guardedCheck(opening, (name) => {
      copyUserFile(join(folder, CASE_NAME), file);
      return withCase(file, { create: false }, () => check(name, 1, []));
    });
    if (!opened.ok) return [opened];
    return withCase(file, { create: false }, (context) => [
      opened,
      ...verifyCase(context, bodies).checks,
      guardedCheck('steps are what the case says when worked out again', (name) =>
        stepCheck(name, context, { folder, manifest }),
      ),
      guardedCheck('documents are the same when written again', (name) =>
        documentCheck(name, context, { folder, manifest }),
      ),
    ]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Lying {
  readonly folder: string;
  readonly manifest: BundleManifest;
}

/** A step is compared without its link: a change is named once, not at every step after it. */
function stepCheck(name: string, context: CaseContext, { folder, manifest }: Lying): Check {
  const kept = chainOf(folder);
  const again = chainLines([
    ...caseSteps(context, manifest),
    ...fileSteps(manifest.files.filter((file) => file.name !== CHAIN_NAME)),
  ]);
  const unlinked = (line: string | undefined): string =>
    (line ?? '').replace(/,"previous":(?:null|"[0-9a-f]*")\}$/, '}');
  const problems = Array.from({ length: Math.max(kept.length, again.length) }, (_, step) => step).flatMap((step) =>
    unlinked(kept[step]) === unlinked(again[step])
      ? []
      : [`step ${step}: kept ${unlinked(kept[step]) || 'nothing'}, worked out ${unlinked(again[step]) || 'nothing'}`],
  );
  const other =
    manifest.engine === ENGINE_VERSION
      ? []
      : [
          `the bundle was made by engine ${manifest.engine}, this is ${ENGINE_VERSION}: documents may differ by that alone`,
        ];
  return check(name, again.length, problems, other);
}

function documentCheck(name: string, context: CaseContext, { folder, manifest }: Lying): Check {
  const { documents } = bundleDocuments(context, manifest);
  const problems = [...documents].flatMap(([document, text]) => {
    const listed = manifest.files.some((file) => file.name === document);
    if (!listed) return [`${document} is not in the manifest`];
    const { sha256 } = fileDigest(join(folder, document));
    return sha256 === sha256Hex(text) ? [] : [`${document} is another when written again`];
  });
  return check(name, documents.size, problems);
}
