/**
 * The verb `why` over accounts: from what rests on a balance back to the seeds. The stored run is made again from its manifest and must give the same books.
 */
import { type AccountId, type AssetId, SpoorError } from '../../ledger/index.ts';
import { type AccountRuleResult, type AccountWhyStep, accountWhy } from '../../taint/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { AccountNamer, type ArrivalRow } from './namer.ts';
import { parseAccountSubject } from './subject.ts';
import { answerAgain, loadAccountTrace } from './trace.ts';

/** One arrival of taint on the way. `share` is the part of it that is asked about, by label. */
export interface AccountWhyRow extends ArrivalRow {
  readonly taint: Record<string, string>;
  readonly share: Record<string, string>;
}

/** `spoor why --json` over accounts, schema spoor.why/1. Steps run from the seeds to the balance asked about. */
export interface AccountWhyDocument {
  readonly schema: 'spoor.why/1';
  readonly run: string;
  readonly rule: string;
  readonly outputs: ReadonlyArray<{
    readonly account: string;
    readonly asset: string;
    readonly taint: Record<string, string>;
    readonly steps: readonly AccountWhyRow[];
    readonly origins: readonly AccountWhyRow[];
  }>;
}

/** Explains a subject under one rule of a run. Throws NOT_FOUND when it carries no taint there, VERIFY_FAILED when the facts changed. */
export function whyAccount(
  context: CaseContext,
  request: { subject: string; rule: string | null; run: string | null },
): AccountWhyDocument {
  const subject = parseAccountSubject(request.subject);
  if (subject.kind !== 'account')
    throw new SpoorError(
      'USAGE',
      'why asks about an account, or account/asset, on this chain',
      {},
      'not about a transaction',
    );
  const { run, params } = loadAccountTrace(context, request.run);
  const rule = request.rule ?? params.rules[0];
  const asked = params.rules.find((name) => name === rule);
  if (asked === undefined)
    throw new SpoorError('USAGE', `run ${run.id} has no rule "${rule}"; it has ${params.rules.join(', ')}`);
  if (inputsDigest(context.store) !== run.inputs) {
    throw new SpoorError(
      'VERIFY_FAILED',
      `the facts or tags of the case changed since run ${run.id}`,
      {},
      'run spoor trace again, then ask why of the new run',
    );
  }
  const answer = answerAgain(context, params, [asked]);
  const result = answer.result.rules[0];
  const account = answer.view.findAccount(subject.account);
  const asset = subject.asset === null ? null : answer.view.findAsset(subject.asset);
  const namer = new AccountNamer(context, answer);
  const outputs = balancesOf(result, account).flatMap((own) => {
    if (account === null || (subject.asset !== null && own !== asset)) return [];
    const found = accountWhy(result, account, own);
    if (found === null) return [];
    const steps = found.steps.map((step) => rowOf(namer, step)).reverse();
    const origins = found.origins.map((step) => rowOf(namer, step)).reverse();
    return [
      { account: namer.account(account), asset: namer.asset(own), taint: namer.taint(found.asked), steps, origins },
    ];
  });
  if (outputs.length === 0) {
    throw new SpoorError(
      'NOT_FOUND',
      `${subject.text} carries no taint under ${rule} in run ${run.id}`,
      {},
      'clean as far as the facts of this case go',
    );
  }
  return { schema: 'spoor.why/1', run: run.id, rule, outputs };
}

/** Assets in which taint rests, or came to rest, on an account. */
function balancesOf({ holdings }: AccountRuleResult, account: AccountId | null): AssetId[] {
  return [...new Set(holdings.filter((held) => held.account === account).map(({ asset }) => asset))];
}

function rowOf(namer: AccountNamer, step: AccountWhyStep): AccountWhyRow {
  return { ...namer.arrival(step), taint: namer.taint(step.taint), share: namer.taint(step.share) };
}
