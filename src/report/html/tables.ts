/** Tables of the HTML report: services, hops, books, conventions, gaps, inputs, proofs. */
import { coinjoinLines } from '../coinjoin.ts';
import { coverageLines, followLines } from '../coverage.ts';
import { EMPTY, html, type Markup } from '../escape.ts';
import type { BookRow, HopRow, RuleDocument, ServiceRow, TraceReport } from '../model.ts';
import { BOOK_TERMS, balanceText, bookBalance, btcOf, equationText, percentOf } from '../money.ts';
import { ruleNames } from '../summary.ts';
import { utcTextOr } from '../time.ts';
import { countText, reasonText, TERM_MEANINGS } from '../words.ts';
import { amountCell, emptyNote, fullId, sectionMarkup, shortId, tableMarkup, tagMarkup } from './parts.ts';

function heightText(height: number | null): string {
  return height === null ? 'no block' : `block ${height}`;
}

function serviceRow(service: ServiceRow, rules: readonly string[]): Markup {
  const shares = rules.map((rule) => {
    const taint = service.byRule[rule];
    return html`<td class="num right">${taint === undefined ? '–' : amountCell(taint)}</td>`;
  });
  const outpoints = service.outpoints.map((outpoint) => html`<span class="sub">${fullId(outpoint)}</span>`);
  const category = service.category === null ? EMPTY : html`<span class="sub">${service.category}</span>`;
  return html`<tr><th scope="row">${service.service}${category}</th><td class="col-tx">${fullId(service.address)}${outpoints}</td><td><span class="num">${heightText(service.height)}</span><span class="sub">${utcTextOr(service.timestampSec)}</span></td><td class="num right">${amountCell(service.value)}</td>${shares}<td>${service.tags.map(tagMarkup)}</td></tr>
`;
}

/** Where to send a request: service, deposit address, outputs, time, value, amount by rule, tags. */
export function servicesSection(report: TraceReport): Markup {
  const rules = ruleNames(report);
  const heads = [
    { text: 'Service' },
    { text: 'Deposit address and outputs (txid:vout)', className: 'col-tx' },
    { text: 'First seen', className: 'when' },
    { text: 'Value of the outputs', className: 'right' },
    ...rules.map((rule) => ({ text: `Taint, ${rule}`, className: 'right' })),
    { text: 'Tag and its source', className: 'col-tag' },
  ];
  const rows = report.services.map((service) => serviceRow(service, rules));
  const caption = 'Deposits at services, with the amount that arrived under each rule';
  const lead =
    'Places that may know a customer: each deposit address with its outputs is what a legal request can cite.';
  return sectionMarkup(
    { id: 'services', heading: 'Services reached', lead },
    rows.length === 0
      ? emptyNote('No service was reached in this trace.')
      : tableMarkup({ caption, heads, className: 'hops' }, rows),
  );
}

function ruleCell(hop: HopRow, rule: string): Markup {
  const result = hop.byRule[rule];
  if (result === undefined) return html`<td>–<span class="sub">no taint</span></td>`;
  const { taint, share, status, reason } = result;
  const why = reason === null ? EMPTY : html`<span class="sub">${reasonText(reason)}</span>`;
  const known = /^[a-z]+$/.test(status) ? ` s-${status}` : '';
  return html`<td><span class="num"><b>${percentOf(share)}</b><span class="sub">${btcOf(taint)} BTC</span></span><span class="status${known}">${status}</span>${why}</td>`;
}

function payerCell(hop: HopRow): Markup {
  const payers = hop.from.map((payer) => {
    const name = payer.address === null ? html`<i>no address</i>` : fullId(payer.address);
    return html`<span class="payer">${name}<span class="sub num">${btcOf(payer.value)} BTC</span></span>`;
  });
  const more = hop.moreFrom > 0 ? html`<span class="payer sub">and ${hop.moreFrom} more</span>` : EMPTY;
  return html`<td>${payers}${more}</td>`;
}

function hopRow(hop: HopRow, rules: readonly string[]): Markup {
  const to = hop.to === null ? html`<i>no address</i>` : fullId(hop.to);
  const tags = hop.tags.length === 0 ? html`<span class="sub">no tag</span>` : hop.tags.map(tagMarkup);
  return html`<tr><td class="num">${hop.hops}</td><th scope="row" class="col-tx"><span class="id">${hop.txid}</span><span class="sub">output ${hop.vout}, ${hop.proof}</span></th><td><span class="num">${heightText(hop.height)}</span><span class="sub">${utcTextOr(hop.timestampSec)}</span></td>${payerCell(hop)}<td>${to}</td><td class="num right">${amountCell(hop.value)}</td>${rules.map((rule) => ruleCell(hop, rule))}<td>${tags}</td></tr>
`;
}

/** The hop table: every tainted output with its transaction, payers, amount, share under each rule, end and tags. */
export function hopsSection(report: TraceReport): Markup {
  const rules = ruleNames(report);
  const heads = [
    { text: 'Hop' },
    { text: 'Transaction and output', className: 'col-tx' },
    { text: 'Block and time', className: 'when' },
    { text: 'From', className: 'col-side' },
    { text: 'To', className: 'col-side' },
    { text: 'Amount', className: 'right' },
    ...rules.map((rule) => ({ text: `Share, ${rule}` })),
    { text: 'Tag and its source', className: 'col-tag' },
  ];
  const caption = `${countText(report.hops.length, 'tainted output', 'tainted outputs')}, in the order of the chain; share is taint over the output's value`;
  const lead =
    '“Verified” means that the bytes of the transaction hash to its txid; “asserted” means that a source says so. A status other than “passed” names where the branch ended and why.';
  return sectionMarkup(
    { id: 'hops', heading: 'Hop table', lead },
    report.hops.length === 0
      ? emptyNote('No tainted output: the seeds did not move.')
      : tableMarkup(
          { caption, heads, className: 'hops' },
          report.hops.map((hop) => hopRow(hop, rules)),
        ),
  );
}

function bookRow(row: BookRow): Markup {
  const terms = BOOK_TERMS.map((term) => html`<td class="num right">${btcOf(row[term])}</td>`);
  const balance = bookBalance(row);
  const verdict = balance.addsUp
    ? html`<span class="ok">✓ ${balanceText(balance)}</span>`
    : html`<span class="bad">✗ ${balanceText(balance)}</span>`;
  return html`<tr><th scope="row">${row.label}</th><td class="num right">${btcOf(row.seeded)}</td>${terms}<td>${verdict}<span class="sub equation">${equationText(row)} sat</span></td></tr>
`;
}

function ruleBooks(document: RuleDocument): Markup {
  if (!document.conserves) {
    return html`<h3>${document.rule}</h3>${emptyNote('This rule marks every output a tainted coin touches in full, so it counts coins more than once and keeps no books.')}`;
  }
  const heads = ['Label', 'Seeded', ...BOOK_TERMS.map((term) => term[0].toUpperCase() + term.slice(1)), 'Check'];
  const table = tableMarkup(
    {
      caption: `Books of the rule ${document.rule}, in BTC; the equation in satoshi`,
      heads: heads.map((text, index) => ({ text, className: index > 0 && index < heads.length - 1 ? 'right' : '' })),
    },
    document.books.map(bookRow),
  );
  return html`<h3>${document.rule}</h3>${document.books.length === 0 ? emptyNote('No label was seeded.') : table}`;
}

/** The books: where every satoshi of every label is, per rule, with the conservation equation. */
export function booksSection(report: TraceReport): Markup {
  const meanings = TERM_MEANINGS.map(([term, meaning]) => `${term}: ${meaning}`).join('; ');
  const lead = `For every label, seeded = ${BOOK_TERMS.join(' + ')}, to the last satoshi. ${meanings}.`;
  return sectionMarkup({ id: 'books', heading: 'Books', lead }, report.trace.rules.map(ruleBooks));
}

function parameterText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'not set');
}

/** Conventions in words, and the parameters of the run as they were given. */
export function conventionsSection(report: TraceReport): Markup {
  const rows = report.conventions.map(
    (row) => html`<tr><th scope="row">${row.name}</th><td><code>${row.value}</code></td><td>${row.meaning}</td></tr>
`,
  );
  const names = Object.keys(report.trace.run.params).sort();
  const parameters = names.map(
    (
      name,
    ) => html`<tr><th scope="row">${name}</th><td class="id">${parameterText(report.trace.run.params[name])}</td></tr>
`,
  );
  const heads = [{ text: 'Convention' }, { text: 'Value' }, { text: 'What it means' }];
  return sectionMarkup(
    {
      id: 'conventions',
      heading: 'Conventions used',
      lead: 'Choices on which tools differ. Another choice can give another amount.',
    },
    html`${rows.length === 0 ? emptyNote('None recorded.') : tableMarkup({ caption: 'Conventions', heads }, rows)}${
      parameters.length === 0
        ? EMPTY
        : tableMarkup(
            { caption: 'Parameters of the run', heads: [{ text: 'Parameter' }, { text: 'Value' }] },
            parameters,
          )
    }`,
  );
}

/** What is missing, with the amount that hangs on it. */
export function gapsSection(report: TraceReport): Markup {
  const rows = report.trace.gaps.map(
    (
      gap,
    ) => html`<tr><th scope="row">${gap.kind}</th><td>${fullId(gap.subject)}</td><td>${gap.detail}</td><td class="num right">${amountCell(gap.value)}</td></tr>
`,
  );
  const heads = [
    { text: 'Gap' },
    { text: 'Subject' },
    { text: 'Detail' },
    { text: 'Value behind it', className: 'right' },
  ];
  const lead = 'Missing data is stated, never counted as zero and never as clean.';
  return sectionMarkup(
    { id: 'gaps', heading: 'Gaps', lead },
    rows.length === 0
      ? emptyNote('No gap: every spend on the way was in the data.')
      : tableMarkup({ caption: 'Holes in the data', heads }, rows),
  );
}

/** Input files by digest. */
export function inputsSection(report: TraceReport): Markup {
  const rows = report.inputs.map(
    (
      input,
    ) => html`<tr><th scope="row">${input.name}</th><td>${input.format}</td><td class="num right">${input.transactions}</td><td>${fullId(input.sha256)}</td></tr>
`,
  );
  const heads = [
    { text: 'File' },
    { text: 'Format' },
    { text: 'Transactions', className: 'right' },
    { text: 'SHA-256' },
  ];
  const lead = `Digest of all inputs: ${report.trace.run.inputs}`;
  return sectionMarkup(
    { id: 'inputs', heading: 'Inputs and hashes', lead },
    rows.length === 0
      ? emptyNote('No input file recorded.')
      : tableMarkup({ caption: 'Files the case was fed', heads }, rows),
  );
}

/** What the held outputs rest on, and where following live stopped. */
export function coverageSection({ trace }: TraceReport): Markup {
  const items = (lines: readonly string[]): Markup => html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  const followed = trace.follow === undefined ? EMPTY : html`<h3>Following</h3>${items(followLines(trace.follow))}`;
  const lead = 'An output counts as held when nothing says that it is spent. This is who was asked, and when.';
  return sectionMarkup(
    { id: 'coverage', heading: 'Coverage', lead },
    html`${items(coverageLines(trace.coverage))}${followed}`,
  );
}

/** Bounds at coinjoins, where they were asked for. */
export function coinjoinSection({ trace }: TraceReport): Markup {
  if (trace.coinjoins === undefined) return EMPTY;
  const lead =
    'Least and most that each output can have, over every mapping of inputs to outputs. No book holds these.';
  const blocks = coinjoinLines(trace).map(
    ([head = '', ...lines]) => html`<li>${head}<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></li>`,
  );
  return sectionMarkup(
    { id: 'coinjoins', heading: 'Bounds at coinjoins', lead },
    blocks.length === 0 ? emptyNote('No taint stopped at a coinjoin.') : html`<ul>${blocks}</ul>`,
  );
}

/** How far the transactions are proven. */
export function proofsSection(report: TraceReport): Markup {
  const { verified, asserted, verifiedTxids } = report.proofs;
  const lead = `${countText(verified, 'transaction', 'transactions')} verified: the recorded bytes hash to the txid. ${asserted} asserted by a source only.`;
  const list = html`<details><summary>Verified transactions (${verifiedTxids.length} listed)</summary><ul class="txids">${verifiedTxids.map((id) => html`<li>${fullId(id)}</li>`)}</ul></details>`;
  return sectionMarkup({ id: 'proofs', heading: 'Proofs', lead }, verifiedTxids.length === 0 ? EMPTY : list);
}

/** Seeds: where taint starts. */
export function seedsTable(report: TraceReport): Markup {
  const rows = report.trace.seeds.map(
    (
      seed,
    ) => html`<tr><th scope="row">${seed.label}</th><td>${shortId(seed.subject)}</td><td class="num right">${seed.outputs}</td><td class="num right">${amountCell(seed.amount)}</td></tr>
`,
  );
  const heads = [
    { text: 'Label' },
    { text: 'Subject' },
    { text: 'Outputs', className: 'right' },
    { text: 'Amount', className: 'right' },
  ];
  return rows.length === 0
    ? emptyNote('No seed.')
    : tableMarkup({ caption: 'Seeds: where the trace starts', heads }, rows);
}
