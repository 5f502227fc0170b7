/** Money paths between accounts: the JSON contract `spoor.path/1` on Ethereum, as text and as CSV. */
import { stringify } from 'csv-stringify/sync';
import { csvText } from '../csv.ts';
import type { RunRow, TagCitation } from '../model.ts';
import { labelsText, paramText, timeText } from '../path.ts';
import type { Sheet, SheetSection } from '../sheet/sheet.ts';
import { renderSheetText } from '../sheet/text.ts';
import { utcText, utcTextOr } from '../time.ts';
import { countText } from '../words.ts';
import type { AssetRow } from './model.ts';
import { AssetWords } from './words.ts';

/** One move of a path. */
export interface AccountPathStep {
  /** Hash, or the key of a row that names none. */
  transaction: string;
  height: number | null;
  timestampSec: number | null;
  from: string;
  to: string;
  asset: string;
  /** Decimal base units. */
  amount: string;
  /** Tags of the account that was paid. */
  tags: TagCitation[];
}

/** One path. */
export interface AccountPathRow {
  /** 1 is the best. */
  rank: number;
  hops: number;
  asset: string;
  /** Smallest amount on the path, decimal base units: no more than this can have gone all the way. */
  bottleneck: string;
  /** From the first move to the last; null where a time is not known. */
  elapsedSec: number | null;
  /** Tags of the account the path starts at. */
  tags: TagCitation[];
  steps: AccountPathStep[];
}

/** `spoor path --json` over accounts. */
export interface AccountPathDocument {
  schema: 'spoor.path/1';
  run: RunRow & { chain: 'ethereum'; chainId: number };
  from: { subject: string; accounts: number };
  to: { subject: string; accounts: number };
  assets: AssetRow[];
  paths: AccountPathRow[];
  explored: {
    /** Transactions from which moves were kept, those moves, and steps of the search. */
    transactions: number;
    moves: number;
    steps: number;
    /** Whether a limit ended the search: better paths may exist. */
    cutShort: boolean;
    /** Accounts reached and not passed through. */
    stoppedAccounts: number;
  };
}

function pathSection(path: AccountPathRow, words: AssetWords): SheetSection {
  const named = (account: string, tags: readonly TagCitation[]): string =>
    tags.length === 0 ? account : `${account} [${labelsText(tags)}]`;
  const took = path.elapsedSec === null ? 'time not known' : timeText(path.elapsedSec);
  return {
    id: `path-${path.rank}`,
    heading: `Path ${path.rank}: ${countText(path.hops, 'move', 'moves')}, at most ${words.amount(path.asset, path.bottleneck)}, ${took}`,
    lead: `from ${named(path.steps[0].from, path.tags)}`,
    blocks: [
      {
        kind: 'list',
        items: path.steps.map(
          ({ height, timestampSec, transaction, asset, amount, to, tags }) =>
            `${words.amount(asset, amount)} to ${named(to, tags)}; block ${height ?? 'unknown'}, ${utcTextOr(timestampSec)}, ${transaction}`,
        ),
        empty: '',
      },
    ],
  };
}

/** The paths for people, best first, with the conventions used and what was not seen. */
export function renderAccountPathText(document: AccountPathDocument): string {
  const { from, to, run, explored, paths } = document;
  const words = new AssetWords(document);
  const params = Object.entries(run.params)
    .filter(([name]) => name !== 'from' && name !== 'to')
    .map(([name, value]) => `${name} ${paramText(value)}`);
  const seen = `kept ${countText(explored.moves, 'move', 'moves')} of ${countText(explored.transactions, 'transaction', 'transactions')}, ${countText(explored.steps, 'step', 'steps')} of the search; not passed through: ${countText(explored.stoppedAccounts, 'account', 'accounts')} at which paths stop`;
  const cut = explored.cutShort ? '; a limit ended the search: better paths may exist' : '';
  const sheet: Sheet = {
    kind: 'Money paths',
    title: `Money paths from ${from.subject} to ${to.subject}`,
    facts: [
      ['Run', run.id],
      [
        'Start, end',
        `${countText(from.accounts, 'account', 'accounts')}, ${countText(to.accounts, 'account', 'accounts')}`,
      ],
      ['Asked', params.join('; ')],
      ['Looked at', `${seen}${cut}`],
    ],
    sections:
      paths.length === 0
        ? [{ id: 'none', heading: 'No path', lead: 'There is none within these bounds.', blocks: [] }]
        : paths.map((path) => pathSection(path, words)),
    footer: '',
  };
  return renderSheetText(sheet);
}

const COLUMNS = [
  'path',
  'hops',
  'bottleneck',
  'elapsed_sec',
  'step',
  'transaction',
  'height',
  'time_utc',
  'timestamp_sec',
  'from',
  'to',
  'asset',
  'amount',
  'to_tags',
];

/** The paths as CSV, one line per move. Amounts are base units; empty cells mean unknown. */
export function renderAccountPathCsv({ paths }: AccountPathDocument): string {
  const rows = paths.flatMap((path) =>
    path.steps.map((step, index) => [
      String(path.rank),
      String(path.hops),
      path.bottleneck,
      String(path.elapsedSec ?? ''),
      String(index + 1),
      csvText(step.transaction),
      String(step.height ?? ''),
      step.timestampSec === null ? '' : utcText(step.timestampSec),
      String(step.timestampSec ?? ''),
      step.from,
      step.to,
      step.asset,
      step.amount,
      csvText(labelsText(step.tags, ' | ')),
    ]),
  );
  return stringify([COLUMNS, ...rows]);
}
