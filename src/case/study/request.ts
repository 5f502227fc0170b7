/** What a study is asked, and the same read back from the parameters of its manifest. */
import { SpoorError } from '../../ledger/index.ts';
import type { CaseContext } from '../context.ts';
import { heightOrDate, parseSubject } from '../subject.ts';
import { parseSeed } from '../trace/seed.ts';
import { parseRules, type TraceRequest } from '../trace/trace.ts';
import { SAMPLE_NODES } from './measure.ts';

/** Seeds against controls, traced one output at a time. */
export interface StudyRequest {
  /** Seeds, rules, limits, stops and conventions; as of a trace. */
  readonly trace: TraceRequest;
  /** Subjects whose outputs are controls. */
  readonly controls: readonly string[];
  /** As many outputs of the case as further controls, drawn by `key`; null draws none. */
  readonly randomControls: number | null;
  /** At most so many outputs of each group, drawn by `key`; null takes all. */
  readonly sample: number | null;
  /** Text that decides what is drawn: the outputs whose SHA-256 of `key outpoint` is lowest. */
  readonly key: string;
  /** p below which a difference is called significant, decimal text. */
  readonly alpha: string;
}

/** Parameters as kept in the manifest. */
export interface StudyParams extends Omit<StudyRequest, 'trace'>, Omit<TraceRequest, 'seeds' | 'splitBelowSat'> {
  readonly seeds: ReadonlyArray<{ readonly label: string; readonly subject: string }>;
  /** Most nodes that distances are measured from. */
  readonly sampleNodes: number;
}

/** Parameters of a request, in the order the manifest prints them. */
export function paramsOfStudy(request: StudyRequest): StudyParams {
  const { trace, ...own } = request;
  const { seeds, splitBelowSat: _splitBelowSat, ...rest } = trace;
  return {
    seeds: seeds.map(({ label, subject }) => ({ label, subject: subject.text })),
    ...own,
    ...rest,
    sampleNodes: SAMPLE_NODES,
  };
}

/** Checks a request for form. Throws USAGE and what `parseSubject` throws. */
export function checkStudyRequest(request: StudyRequest, network?: CaseContext['network']): void {
  for (const control of request.controls) parseSubject(control, network);
  if (request.controls.length === 0 && request.randomControls === null)
    throw new SpoorError('USAGE', 'a study compares: give --control SUBJECT, or --random-controls COUNT, or both');
  if (request.sample === 0 || request.randomControls === 0)
    throw new SpoorError('USAGE', 'a group of 0 outputs cannot be compared; --sample and --random-controls start at 1');
  if (!/^0\.\d*[1-9]\d*$/.test(request.alpha))
    throw new SpoorError('USAGE', `--alpha is a decimal between 0 and 1, for example 0.001, not "${request.alpha}"`);
}

/**
 * The request that parameters of a manifest stand for. The id of the manifest, which is a digest of them, must have been checked before: it
 * is what makes their shape known; subjects, rules and bounds are read again as if they had been typed.
 */
export function requestOfParams(params: StudyParams, network: CaseContext['network']): StudyRequest {
  const { seeds, controls, randomControls, sample, key, alpha, sampleNodes, ...trace } = params;
  if (sampleNodes !== SAMPLE_NODES)
    throw new SpoorError(
      'VERIFY_FAILED',
      `the study measured distances from ${sampleNodes} nodes, this version from ${SAMPLE_NODES}`,
    );
  if (trace.until !== null) heightOrDate(trace.until, 'last');
  const request: StudyRequest = {
    trace: {
      ...trace,
      rules: parseRules(trace.rules.join(',')),
      seeds: seeds.map(({ label, subject }) => parseSeed(`${label}=${subject}`, network)),
      splitBelowSat: null,
    },
    controls,
    randomControls,
    sample,
    key,
    alpha,
  };
  checkStudyRequest(request, network);
  return request;
}
