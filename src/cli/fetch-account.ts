/** `fetch` from a source of an account chain: parse, call the verb, render. */
import {
  type AccountBlocksOutcome,
  type AccountFetchOutcome,
  accountChainId,
  type BlockRange,
  type CaseContext,
  fetchAccountBlocks,
  fetchAccountSubjects,
  parseAccountSubject,
  parseBlocks,
  withCaseAsync,
} from '../case/index.ts';
import type { AccountSource } from '../chain/ethereum/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { FetchArgs } from './command-fetch.ts';
import { blocksText, reorganisationText } from './fetch-text.ts';
import { print, printJson, progressBar, say } from './io.ts';
import { askedAbout, openAccountSource, sayWhoSaw } from './source-options.ts';

/** Runs it. Throws USAGE, and what source, importer and store throw. */
export async function fetchAccounts(args: FetchArgs): Promise<void> {
  const subjects = args.subjects.map(parseAccountSubject);
  const range = args.blocks === undefined ? null : parseBlocks(args.blocks);
  if (range === null && subjects.length === 0)
    throw new SpoorError(
      'USAGE',
      'nothing to fetch is named',
      {},
      'name accounts or transactions, or --blocks FROM..TO',
    );
  if (args.crossCheck !== undefined)
    throw new SpoorError(
      'USAGE',
      '--cross-check compares sources of Bitcoin',
      {},
      'fetch from both: what differs is refused',
    );
  if (args.chainId !== undefined && !(Number.isSafeInteger(args.chainId) && args.chainId > 0))
    throw new SpoorError('USAGE', '--chain-id is a whole number above 0');
  await withCaseAsync(args.case, { create: true, network: null }, async (context) => {
    const { source, transport } = openAccountSource(args, args.chainId ?? accountChainId(context));
    try {
      const blocks = range === null ? null : await blocksOf(context, source, { range, args });
      const outcomes = await fetchAccountSubjects(context, source, {
        subjects,
        maxPages: args.maxPages,
        balances: args.balances,
        onFetched: ({ subject, transactions }) => say(args, `${subject}: ${transactions} transactions`),
      });
      const chainId = await source.chainId();
      if (args.json) {
        const parts = blocks === null ? { subjects: outcomes } : { blocks, subjects: outcomes };
        const asked = askedAbout([transport]);
        printJson({ schema: 'spoor.fetch/1', chainId, requests: transport.requests, ...parts, askedAbout: asked });
      } else {
        if (blocks !== null) printBlocks(blocks);
        for (const outcome of outcomes) printSubject(outcome);
      }
    } finally {
      sayWhoSaw(args, transport);
    }
  });
}

async function blocksOf(
  context: CaseContext,
  source: AccountSource,
  { range, args }: { range: BlockRange; args: FetchArgs },
): Promise<AccountBlocksOutcome> {
  const { onProgress, stop } = progressBar(args);
  try {
    return await fetchAccountBlocks(context, source, {
      range,
      balances: args.balances,
      onBlock: (height, to) => onProgress('blocks', height - range.from + 1, to - range.from + 1),
      onReorganisation: (met) => say(args, reorganisationText(met)),
    });
  } finally {
    stop();
  }
}

function printBlocks(blocks: AccountBlocksOutcome): void {
  print(blocksText(blocks));
  const methods = Object.entries(blocks.traced).map(([method, count]) => `${count} by ${method}`);
  if (methods.length > 0) print(`moves inside of transactions: ${methods.join(', ')}`);
  if (blocks.unproved > 0)
    print(`${blocks.unproved} blocks are the word of the source: their hashes could not be checked`);
  if (blocks.balances > 0) print(`${blocks.balances} balances stated; spoor case balances shows what they correct`);
  for (const note of blocks.notes) print(`  ${note}`);
}

function printSubject({ subject, transactions, stated, complete, gaps }: AccountFetchOutcome): void {
  const counted = stated === null ? '' : ` of ${stated}`;
  const whole = complete === null ? '' : complete ? ', complete' : ', incomplete';
  print(`${subject}: ${transactions} transactions${counted}${whole}`);
  for (const gap of gaps) print(`  ${gap}`);
}
