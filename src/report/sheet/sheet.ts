/**
 * A document as headings, paragraphs, lists and tables, before it is text, HTML or Markdown. What a verb found is laid out once, as a sheet; the three renderers
 * cannot say different things then. Values are plain text: each renderer escapes them.
 */
import type { TraceReport } from '../model.ts';

/** How a column is shown: identifiers in full, amounts to the right, words as they are. */
export type SheetColumnKind = 'words' | 'identifier' | 'amount';

/** One column of a table. */
export interface SheetColumn {
  readonly head: string;
  readonly kind: SheetColumnKind;
}

/** A table. Rows are shown in the order given; an empty table shows its `empty` sentence. */
export interface SheetTable {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly SheetColumn[];
  readonly rows: ReadonlyArray<readonly string[]>;
  readonly empty: string;
}

/** A flow picture: drawn in HTML, its links as a table elsewhere. */
export interface SheetFlow {
  readonly kind: 'flow';
  readonly caption: string;
  readonly rule: string;
  /** What an amount of its links is in text: exact in tables, cut short in the picture. */
  readonly amountText: (amount: bigint) => string;
  readonly pictureText: (amount: bigint) => string;
  readonly flow: TraceReport['flow'];
}

/** A part of a section. */
export type SheetBlock =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[]; readonly empty: string }
  | SheetTable
  | SheetFlow;

/** A section; `lead` may be empty. */
export interface SheetSection {
  readonly id: string;
  readonly heading: string;
  readonly lead: string;
  readonly blocks: readonly SheetBlock[];
}

/** The whole document. `facts` stand on the cover. */
export interface Sheet {
  readonly kind: string;
  readonly title: string;
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>;
  readonly sections: readonly SheetSection[];
  readonly footer: string;
}

/** The links of a flow picture as a table. */
export function flowAsTable(block: SheetFlow): SheetTable {
  const names = new Map(block.flow.nodes.map((node) => [node.id, `${node.title} (${node.kind})`]));
  return {
    kind: 'table',
    caption: block.caption,
    columns: [
      { head: 'From', kind: 'words' },
      { head: 'To', kind: 'words' },
      { head: 'Amount', kind: 'amount' },
    ],
    rows: block.flow.links.flatMap((link) => {
      const amount = link.amount[block.rule];
      if (amount === undefined) return [];
      return [[names.get(link.from) ?? link.from, names.get(link.to) ?? link.to, block.amountText(BigInt(amount))]];
    }),
    empty: 'No taint moved.',
  };
}
