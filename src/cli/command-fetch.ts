/** `fetch`: parse, call the verb, render. */
import type { Argv } from 'yargs';
import {
  type BlockRange,
  type BlocksOutcome,
  type CaseContext,
  DEFAULT_MAX_PAGES,
  type FetchOutcome,
  fetchBlocks,
  fetchSubjects,
  parseBlocks,
  parseSubject,
  withCaseAsync,
} from '../case/index.ts';
import type { ChainSource } from '../chain/bitcoin/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { type CrossCheckArgs, crossCheckOptions, openSecond, runCrossCheck } from './cross-check.ts';
import { fetchAccounts } from './fetch-account.ts';
import { blocksText, fetchedText, reorganisationText } from './fetch-text.ts';
import { type GlobalOptions, handler, parseCount, print, printJson, progressBar, say } from './io.ts';
import { isAccountSource } from './source-kinds.ts';
import { askedAbout, openSource, sayWhoSaw, sourceOptions } from './source-options.ts';

/** Adds the command. */
export function fetchCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'fetch [subjects..]',
    'ask a source about subjects or for blocks, record its answers, ingest them',
    fetchOptions,
    handler(runFetch),
  );
}

function fetchOptions(yargs: Argv): Argv {
  return crossCheckOptions(sourceOptions(yargs))
    .positional('subjects', {
      type: 'string',
      array: true,
      default: [],
      describe: 'txid, txid:vout, address or tag:TEXT',
    })
    .option('blocks', {
      type: 'string',
      requiresArg: true,
      describe: 'whole blocks FROM..TO by height; TO may be tip or tip-N',
    })
    .option('max-pages', {
      type: 'string',
      requiresArg: true,
      default: String(DEFAULT_MAX_PAGES),
      coerce: (text: string) => parseCount('--max-pages', text),
      describe: 'pages of 25 transactions for one address',
    })
    .option('balances', {
      type: 'boolean',
      default: false,
      describe:
        'Ethereum: also balances, before and after each block of what moved in it, or of each account as of now',
    })
    .example(
      '$0 fetch --blocks 17000000..17000100 --balances --source eth-rpc --url http://127.0.0.1:8545',
      'blocks of an Ethereum node with receipts and traces, proved by balances',
    )
    .example(
      '$0 fetch 0xACCOUNT --source etherscan --key-query apikey --url https://HOST/v2/api',
      'the history of an account; the key is read from SPOOR_KEY',
    )
    .example(
      '$0 fetch ADDRESS --url https://HOST/api --cross-check https://OTHER/api',
      'two sources compared; exit 6 when they disagree',
    )
    .example('$0 fetch ADDRESS --url https://HOST/api', 'the history of an address; a second run asks nothing')
    .example(
      '$0 fetch --blocks 0..tip-6 --source core-rpc --cookie-file ~/.bitcoin/.cookie --url http://127.0.0.1:8332',
      'every block of a node but the last six',
    );
}

/** What the user says. */
export interface FetchArgs extends CrossCheckArgs {
  subjects: string[];
  blocks?: string;
  maxPages: number;
  balances: boolean;
}

async function runFetch(args: FetchArgs): Promise<void> {
  if (isAccountSource(args.source)) return fetchAccounts(args);
  for (const text of args.subjects) parseSubject(text);
  const range = args.blocks === undefined ? null : parseBlocks(args.blocks);
  if (range === null && args.subjects.length === 0)
    throw new SpoorError('USAGE', 'nothing to fetch is named', {}, 'name subjects, or blocks by --blocks FROM..TO');
  const first = openSource(args);
  const { source, transport } = first;
  const second = args.crossCheck === undefined ? null : openSecond(args, first);
  try {
    await withCaseAsync(args.case, { create: true, network: args.network ?? null }, async (context) => {
      if (second !== null) {
        const subjects = args.subjects.map((text) => parseSubject(text, context.network));
        const request = { subjects, maxPages: args.maxPages, blocks: heights(range) };
        await runCrossCheck(context, { a: first, b: second }, { args, request });
        return;
      }
      const blocks = range === null ? null : await blocksOf(context, source, { range, args });
      const subjects = await subjectsOf(context, source, args);
      if (args.json) {
        const parts = blocks === null ? { subjects } : { blocks, subjects };
        const about = askedAbout([transport]);
        printJson({ schema: 'spoor.fetch/1', requests: transport.requests, ...parts, askedAbout: about });
        return;
      }
      if (blocks !== null) print(blocksText(blocks));
      for (const outcome of subjects) print(fetchedText(outcome));
    });
  } finally {
    sayWhoSaw(args, ...[transport, ...(second === null ? [] : [second.transport])]);
  }
}

/** Heights to compare. Throws USAGE where the range ends at a tip: two sources may have two. */
function heights(range: BlockRange | null): { from: number; to: number } | null {
  if (range === null || !range.fromTip) return range;
  throw new SpoorError(
    'USAGE',
    '--cross-check compares blocks by height, and --blocks ends at the tip',
    {},
    'name the last height',
  );
}

function subjectsOf(context: CaseContext, source: ChainSource, args: FetchArgs): Promise<FetchOutcome[]> {
  return fetchSubjects(context, source, {
    subjects: args.subjects.map((text) => parseSubject(text, context.network)),
    maxPages: args.maxPages,
    onFetched: (outcome) => say(args, fetchedText(outcome)),
  });
}

/** Blocks between two lines of progress where there is no terminal to draw a bar on. */
const BLOCKS_PER_LINE = 1000;

async function blocksOf(
  context: CaseContext,
  source: ChainSource,
  { range, args }: { range: BlockRange; args: FetchArgs },
): Promise<BlocksOutcome> {
  const { onProgress, stop } = progressBar(args);
  try {
    return await fetchBlocks(context, source, {
      range,
      network: args.network ?? null,
      onBlock: (height, to, fetched) => {
        onProgress('blocks', height - range.from + 1, to - range.from + 1);
        if (fetched && height % BLOCKS_PER_LINE === 0) say(args, `block ${height} of ${to}`);
      },
      onReorganisation: (met) => say(args, reorganisationText(met)),
    });
  } finally {
    stop();
  }
}
