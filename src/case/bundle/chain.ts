/**
 * The chain of a bundle: what went in, what was worked out and what was written, one JSON line a step; each line holds the SHA-256 of the line
 * before it. Whoever noted the digest of the last line can tell that no step was changed, left out or put in.
 * It does not say who wrote the chain, or when: a signature and a time stamp of a third party over the manifest do.
 */
import { ENGINE_VERSION } from '../../ledger/index.ts';
import { packs, runs, files as storedFiles } from '../../store/index.ts';
import { type CaseContext, inputsDigest, sha256Hex } from '../context.ts';
import { factsDigest } from '../facts.ts';
import type { BundleFile } from './manifest.ts';

/** One step, before it is chained. */
export type Step = Readonly<Record<string, string | number | boolean | null>>;

/** Steps as lines, each with its number and the digest of the line before; the first follows nothing. */
export function chainLines(steps: readonly Step[]): string[] {
  const lines: string[] = [];
  for (const [index, step] of steps.entries()) {
    const previous = index === 0 ? null : sha256Hex(lines[index - 1]);
    lines.push(JSON.stringify({ step: index, ...step, previous }));
  }
  return lines;
}

/** What is wrong with the links of a chain, by step; nothing if each line follows from the one before. */
export function chainProblems(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) => {
    const wanted = index === 0 ? null : sha256Hex(lines[index - 1]);
    const step = stepOf(line);
    if (step === null) return [`step ${index} is no JSON object`];
    if (step.step !== index) return [`line ${index + 1} holds step ${String(step.step)}, not step ${index}`];
    return step.previous === wanted
      ? []
      : [`step ${index} does not follow from step ${index - 1}: one of the two changed`];
  });
}

function stepOf(line: string): Partial<Step> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Partial<Step>) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Steps of a case up to its documents: engine, what it was fed in canonical order, its facts, its runs. */
export function caseSteps(context: CaseContext, about: { readonly run: string; readonly title: string }): Step[] {
  const { store, network } = context;
  const byDigest = (a: { name: string; sha256: string }, b: { name: string; sha256: string }): number =>
    a.sha256 === b.sha256 ? (a.name < b.name ? -1 : 1) : a.sha256 < b.sha256 ? -1 : 1;
  return [
    { kind: 'bundle', schema: 'spoor.bundle/1', engine: ENGINE_VERSION, network, run: about.run, title: about.title },
    ...[...storedFiles(store)].sort(byDigest).map(
      ({ name, sha256, format, transactions, complete, outside }): Step => ({
        kind: 'input',
        name,
        format,
        sha256: `sha256:${sha256}`,
        transactions,
        complete,
        outside,
      }),
    ),
    ...[...packs(store)]
      .sort(byDigest)
      .map(({ name, sha256 }): Step => ({ kind: 'tags', name, sha256: `sha256:${sha256}` })),
    { kind: 'inputs', digest: inputsDigest(store) },
    { kind: 'facts', digest: factsDigest(context) },
    ...[...runs(store)]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(
        ({ id, verb, engine, params, tipHeight, tipHash, inputs, seeds }): Step => ({
          kind: 'run',
          run: id,
          verb,
          engine,
          tipHeight,
          tipHash,
          inputs,
          params: `sha256:${sha256Hex(params)}`,
          seeds: `sha256:${sha256Hex(seeds)}`,
        }),
      ),
  ];
}

/** Steps of the files of a bundle. */
export function fileSteps(files: readonly BundleFile[]): Step[] {
  return files.map(({ name, bytes, sha256 }) => ({ kind: 'file', name, bytes, sha256: `sha256:${sha256}` }));
}
