/** The report of a trace over accounts as a sheet. */

import type { TagCitation } from '../model.ts';
import type { Sheet, SheetBlock, SheetSection, SheetTable } from '../sheet/sheet.ts';
import { tagText } from '../summary.ts';
import { utcTextOr } from '../time.ts';
import { countText, reasonText } from '../words.ts';
import type { AccountReport, AccountRuleRow } from './model.ts';
import { ACCOUNT_TERMS, AssetWords, accountEquation, accountImbalance, termWord } from './words.ts';

/** Everything the report says, laid out. */
export function accountSheet(report: AccountReport): Sheet {
  const { run } = report.trace;
  const words = new AssetWords(report.trace);
  return {
    kind: 'Trace report',
    title: report.title,
    facts: [
      ['Run', run.id],
      ['Engine', `spoor ${run.engine}, chain ${run.chain}, chain id ${run.chainId}`],
      ['Tip of the data', `block ${run.tip.height}${run.tip.hash === null ? ', hash not given' : ` ${run.tip.hash}`}`],
      ['Input digest', run.inputs],
    ],
    sections: [
      summary(report, words),
      services(report, words),
      flows(report, words),
      hops(report, words),
      books(report, words),
      agreement(report, words),
      conversions(report, words),
      conventions(report),
      gaps(report, words),
      inputs(report),
    ],
    footer:
      'Amounts are exact whole numbers of base units (wei, token units); decimals are printed from them. Labels, tags and symbols of tokens are claims by their sources; characters that hide or reorder text are shown as [U+XXXX].',
  };
}

/** Columns by their heads; a kind after a bar, words where none is given: `Account|identifier`. */
function columnsOf(...heads: ReadonlyArray<`${string}|${'identifier' | 'amount'}` | string>): SheetTable['columns'] {
  return heads.map((text) => {
    const [head = '', kind] = text.split('|');
    return { head, kind: kind === 'identifier' || kind === 'amount' ? kind : 'words' };
  });
}

/** A section of one table. */
function tableSection(section: Omit<SheetSection, 'blocks'>, table: Omit<SheetTable, 'kind'>): SheetSection {
  return { ...section, blocks: [{ kind: 'table', ...table }] };
}

function summary(report: AccountReport, words: AssetWords): SheetSection {
  const { seeds, rules, gaps, hidden } = report.trace;
  const wrong = rules.flatMap(({ books: rows }) => rows).filter((row) => accountImbalance(row) !== 0n).length;
  const rows = rules.flatMap(({ rule, conserves, books: own }) =>
    conserves
      ? own.map((row) => [
          rule,
          row.label,
          ...[row.seeded, row.convertedIn, row.stopped, row.held, row.unresolved].map((amount) =>
            words.amount(row.asset, amount),
          ),
        ])
      : [],
  );
  const items = [
    ...seeds.map(
      ({ label, subject, asset, amount, outputs }) =>
        `${label}: ${words.amount(asset, amount)} in ${countText(outputs, 'receipt', 'receipts')} of ${subject}`,
    ),
    wrong === 0 ? 'every book adds up, per label and asset' : `${countText(wrong, 'book does', 'books do')} NOT add up`,
    countText(gaps.length, 'gap in the data', 'gaps in the data'),
    `${countText(hidden.moves, 'move', 'moves')} of ${countText(hidden.tokens, 'token', 'tokens')} not on the list (${countText(hidden.fakes, 'fake', 'fakes')}) kept and not followed; ${countText(hidden.zeroTransfers, 'transfer', 'transfers')} of nothing, ${countText(hidden.lookAlikes, 'look-alike account', 'look-alike accounts')}`,
  ];
  return {
    id: 'totals',
    heading: 'Summary',
    lead: '',
    blocks: [
      { kind: 'list', items, empty: '' },
      {
        kind: 'table',
        caption: 'Where the taint is, by rule',
        columns: [
          { head: 'Rule', kind: 'words' },
          { head: 'Label', kind: 'words' },
          ...['Seeded', 'Converted in', 'Stopped', 'Held', 'Unresolved'].map((head) => ({
            head,
            kind: 'amount' as const,
          })),
        ],
        rows,
        empty: 'No rule of this run keeps books.',
      },
    ],
  };
}

function tagsText(tags: readonly TagCitation[]): string {
  return tags.map(tagText).join('; ');
}

function ruleColumns(rules: readonly AccountRuleRow[]): SheetTable['columns'] {
  return rules.map(({ rule }) => ({ head: `Taint, ${rule}`, kind: 'amount' }));
}

function byRule(
  rules: readonly AccountRuleRow[],
  amounts: Readonly<Record<string, string>>,
  words: (amount: string) => string,
): string[] {
  return rules.map(({ rule }) => (Object.hasOwn(amounts, rule) ? words(amounts[rule]) : ''));
}

function services(report: AccountReport, words: AssetWords): SheetSection {
  const { rules } = report.trace;
  return {
    id: 'services',
    heading: 'Services, mixers and bridges reached',
    lead: 'Taint stops here: value of many mixes inside. An exchange that knows its customer is what a legal request can be sent to.',
    blocks: [
      {
        kind: 'table',
        caption: 'Arrivals of taint by account and asset',
        columns: [
          ...columnsOf('Name', 'Why it stops', 'Account|identifier', 'First arrival'),
          ...ruleColumns(rules),
          ...columnsOf('First transactions|identifier', 'Tag and its source'),
        ],
        rows: report.services.map((row) => [
          row.name,
          row.sanctioned === true
            ? `${reasonText(row.reason)}; on a sanctions list at the time`
            : reasonText(row.reason),
          row.account,
          `${row.firstHeight === null ? 'no block' : `block ${row.firstHeight}`}, ${utcTextOr(row.firstSec)}; ${countText(row.arrivals, 'arrival', 'arrivals')}`,
          ...byRule(rules, row.byRule, (amount) => words.amount(row.asset, amount)),
          row.transactions.join(' '),
          tagsText(row.tags),
        ]),
        empty: 'No service, mixer or bridge was reached in this trace.',
      },
      {
        kind: 'list',
        items: report.trace.mixers.map(({ pool, direction, asset, notes, amount, crowdAtMost }) => {
          const value = asset === null || amount === null ? 'of unknown amount' : words.amount(asset, amount);
          return `mixer ${pool}: ${countText(notes, direction, `${direction}s`)}, ${value}; each among at most ${crowdAtMost} notes at its time`;
        }),
        empty: 'No note of a mixer in a tainted transaction.',
      },
      {
        kind: 'list',
        items: report.trace.bridges.map(
          ({ protocol, transaction, asset, amount, toChain, toAddress, toAsset, id }) =>
            `${protocol}, ${transaction}: ${asset === null || amount === null ? 'an amount not told' : words.amount(asset, amount)} to ${toChain}${toAddress === null ? '' : ` ${toAddress}`}${toAsset === null ? '' : ` as ${toAsset}`}${id === null ? '' : `, number ${id}`}`,
        ),
        empty: 'No published pair of a bridge in a tainted transaction.',
      },
    ],
  };
}

function flows(report: AccountReport, words: AssetWords): SheetSection {
  const rule = report.trace.rules.find(({ conserves }) => conserves)?.rule ?? report.trace.rules[0]?.rule ?? '';
  const blocks = report.flows.map(
    ({ asset, flow }): SheetBlock => ({
      kind: 'flow',
      caption: `${words.name(asset)} under the rule ${rule}`,
      rule,
      flow,
      amountText: (amount) => words.amount(asset, amount),
      pictureText: (amount) => words.short(asset, amount),
    }),
  );
  return {
    id: 'flow',
    heading: 'Flow',
    lead: 'Money moves from left to right. Accounts are drawn once for each distance from the seed; small ones are taken together.',
    blocks: blocks.length === 0 ? [{ kind: 'paragraph', text: 'No taint moved.' }] : blocks,
  };
}

function hops(report: AccountReport, words: AssetWords): SheetSection {
  const { rules } = report.trace;
  return {
    id: 'hops',
    heading: 'Arrivals of taint',
    lead: 'Every transfer that brought taint, in the order of the chain.',
    blocks: [
      {
        kind: 'table',
        caption: countText(report.hops.length, 'arrival', 'arrivals'),
        columns: [
          ...columnsOf(
            'What',
            'Transaction|identifier',
            'Block and time',
            'From|identifier',
            'To|identifier',
            'Amount|amount',
          ),
          ...ruleColumns(rules),
          ...columnsOf('Tag of the receiver'),
        ],
        rows: report.hops.map((row) => [
          row.kind === 'convert' ? `converted from ${words.name(row.fromAsset)}` : row.kind,
          row.transaction,
          `${row.height === null ? 'no block' : `block ${row.height}`}, ${utcTextOr(row.timestampSec)}`,
          row.from ?? '',
          row.to,
          words.amount(row.asset, row.amount),
          ...byRule(rules, row.byRule, (amount) => words.amount(row.asset, amount)),
          tagsText(row.tags),
        ]),
        empty: 'No receipt was tainted.',
      },
    ],
  };
}

function books(report: AccountReport, words: AssetWords): SheetSection {
  const lead = `For every label and asset: seeded + converted in = ${ACCOUNT_TERMS.map(termWord).join(' + ')}, to the last base unit.`;
  const blocks = report.trace.rules.map(({ rule, conserves, books: rows }): SheetBlock => {
    if (!conserves) return { kind: 'paragraph', text: `${rule}: counts value more than once and keeps no books.` };
    return {
      kind: 'list',
      items: rows.map((row) => {
        const off = accountImbalance(row);
        const terms = ACCOUNT_TERMS.filter((term) => row[term] !== '0').map(
          (term) => `${termWord(term)} ${words.amount(row.asset, row[term])}`,
        );
        const verdict = off === 0n ? 'adds up' : `DOES NOT ADD UP: off by ${off}`;
        const converted = row.convertedIn === '0' ? '' : ` + converted in ${words.amount(row.asset, row.convertedIn)}`;
        return `${rule}, ${row.label}: seeded ${words.amount(row.asset, row.seeded)}${converted} = ${terms.join(' + ') || '0'}; ${verdict}: ${accountEquation(row)}`;
      }),
      empty: `${rule}: no label was seeded.`,
    };
  });
  return { id: 'books', heading: 'Books', lead, blocks };
}

const MOST_INTERVALS = 60;

function agreement(report: AccountReport, words: AssetWords): SheetSection {
  const differing = report.trace.intervals.filter(({ least, most }) => least !== most);
  const shown = [...differing]
    .sort((a, b) => Number(BigInt(b.most) - BigInt(b.least) > BigInt(a.most) - BigInt(a.least)) * 2 - 1)
    .slice(0, MOST_INTERVALS);
  const left = differing.length - shown.length;
  return {
    id: 'agreement',
    heading: 'How far the rules agree',
    lead: `Least and most that the conserving rules of this run say: a spread of conventions, not a bound. They differ on ${differing.length} of ${report.trace.intervals.length} places${left > 0 ? `; the ${shown.length} widest are shown, the document has all` : ''}.`,
    blocks: [
      {
        kind: 'table',
        caption: 'Places on which rules differ',
        columns: columnsOf('Account|identifier', 'State', 'Label', 'Least|amount', 'Most|amount'),
        rows: shown.map((row) => [
          row.account,
          row.reason === null ? row.status : `${row.status}: ${reasonText(row.reason)}`,
          row.label,
          words.amount(row.asset, row.least),
          words.amount(row.asset, row.most),
        ]),
        empty: 'Every conserving rule of this run says the same of every place.',
      },
    ],
  };
}

function conversions(report: AccountReport, words: AssetWords): SheetSection {
  const { conversions: done, refusedConversions: refused } = report.trace;
  return {
    id: 'conversions',
    heading: 'Value that changed its asset',
    lead: 'Exactly one listed asset of the account went down and one up in the transaction, so the taint goes on in the other asset, in proportion.',
    blocks: [
      {
        kind: 'table',
        caption: 'Conversions of tainted value',
        columns: columnsOf('Kind', 'Transaction|identifier', 'Account|identifier', 'Out|amount', 'In|amount'),
        rows: done.map((row) => [
          row.protocol === null ? row.kind : `${row.kind}, ${row.protocol}`,
          row.transaction,
          row.account,
          words.amount(row.out.asset, row.out.amount),
          words.amount(row.in.asset, row.in.amount),
        ]),
        empty: 'No tainted value changed its asset.',
      },
      {
        kind: 'list',
        items: refused.map(
          ({ transaction, account, reason, detail }) => `${transaction}, ${account}: ${reason}: ${detail}`,
        ),
        empty: 'No conversion of tainted value was refused.',
      },
    ],
  };
}

function conventions(report: AccountReport): SheetSection {
  return tableSection(
    {
      id: 'conventions',
      heading: 'Conventions used',
      lead: 'Choices on which tools differ. Another choice can give another amount.',
    },
    {
      caption: 'Conventions',
      columns: columnsOf('Convention', 'Value', 'What it means'),
      rows: report.conventions.map(({ name, value, meaning }) => [name, value, meaning]),
      empty: 'None recorded.',
    },
  );
}

function gaps(report: AccountReport, words: AssetWords): SheetSection {
  return tableSection(
    { id: 'gaps', heading: 'Gaps', lead: 'Missing data is stated, never counted as zero and never as clean.' },
    {
      caption: 'Holes in the data',
      columns: columnsOf('Gap', 'Subject|identifier', 'Detail', 'Value behind it|amount'),
      rows: report.trace.gaps.map((row) => [
        row.kind,
        row.subject,
        row.detail,
        row.asset === null ? row.value : words.amount(row.asset, row.value),
      ]),
      empty: 'No gap.',
    },
  );
}

function inputs(report: AccountReport): SheetSection {
  return tableSection(
    { id: 'inputs', heading: 'Inputs and hashes', lead: `Digest of all inputs: ${report.trace.run.inputs}` },
    {
      caption: 'Files the case was fed',
      columns: columnsOf('File', 'Format', 'Transactions|amount', 'SHA-256|identifier'),
      rows: report.inputs.map(({ name, format, transactions, sha256 }) => [name, format, String(transactions), sha256]),
      empty: 'No input file recorded.',
    },
  );
}
