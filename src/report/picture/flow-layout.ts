/**
 * Claim: places the nodes and links of one rule's flow from left to right, link width by taint, no two labels over each other.
 * Source: layered layout of d3-sankey 0.12 (iterative relaxation of node positions, after Sankey diagrams in d3).
 * Parameters: picture size in pixels, below. Cost: O(iterations * (nodes + links)); meant for up to about 60 nodes.
 * Fails when: links form a circle or name a missing node; that is answered with a reason, not an exception.
 * Pixel geometry is the one place of this room with fractions; amounts enter as satoshi integers and are printed from text.
 */
import { sankey, sankeyJustify, sankeyLeft } from 'd3-sankey';
import type { FlowLink, FlowNode } from '../model.ts';
import { satoshiOrNull } from '../money.ts';

/** Width of a node's bar. */
export const NODE_WIDTH_PX = 10;
/** Height of a node's label: four lines of text. */
export const LABEL_HEIGHT_PX = 58;
const PICTURE_WIDTH_PX = 1150;
const SMALLEST_COLUMN_PX = 212;
const LAST_LABEL_PX = 216;
const MARGIN_PX = 34;
const VALUE_HEIGHT_PX = 230;
const SMALLEST_HEIGHT_PX = 240;
/** Deeper flows end each branch beside its parent; shallow ones line all ends up at the right, which reads as a list of answers. */
const MOST_COLUMNS_JUSTIFIED = 6;

/** A node with its place in pixels and its amount in satoshi (what enters it, or what leaves it where nothing enters). */
export interface PlacedNode {
  node: FlowNode;
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  amountSat: bigint;
}

/** A link with its ends and width in pixels. */
export interface PlacedLink {
  from: FlowNode;
  to: FlowNode;
  amountSat: bigint;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  width: number;
}

/** A picture's geometry, or the sentence that stands in its place. */
export type FlowLayout =
  | { kind: 'drawn'; width: number; height: number; labelWidth: number; nodes: PlacedNode[]; links: PlacedLink[] }
  | { kind: 'empty'; reason: string };

/** A link that carries taint under the rule. */
interface UsedLink {
  from: FlowNode;
  to: FlowNode;
  amountSat: bigint;
}

/** Links with an amount above zero under a rule, ends resolved. Links that name a node the report does not hold are counted, not drawn. */
export function usedLinks(
  flow: { nodes: readonly FlowNode[]; links: readonly FlowLink[] },
  rule: string,
): { links: UsedLink[]; dangling: number } {
  const byId = new Map(flow.nodes.map((node) => [node.id, node]));
  const links: UsedLink[] = [];
  let dangling = 0;
  for (const link of flow.links) {
    const amountSat = satoshiOrNull(Object.hasOwn(link.amount, rule) ? (link.amount[rule] ?? '') : '');
    if (amountSat === null || amountSat === 0n) continue;
    const from = byId.get(link.from);
    const to = byId.get(link.to);
    if (from === undefined || to === undefined) dangling += 1;
    else links.push({ from, to, amountSat });
  }
  return { links, dangling };
}

/** Column of each node: the longest way from a start. Null when the links form a circle. */
function columnsOf(nodes: readonly FlowNode[], links: readonly UsedLink[]): Map<string, number> | null {
  const waiting = new Map(nodes.map((node) => [node.id, 0]));
  const leaving = new Map<string, UsedLink[]>();
  for (const link of links) {
    waiting.set(link.to.id, (waiting.get(link.to.id) ?? 0) + 1);
    const list = leaving.get(link.from.id);
    if (list === undefined) leaving.set(link.from.id, [link]);
    else list.push(link);
  }
  const column = new Map<string, number>();
  const ready = nodes.filter((node) => waiting.get(node.id) === 0).map((node) => node.id);
  for (const id of ready) column.set(id, 0);
  for (let next = 0; next < ready.length; next += 1) {
    const id = ready[next] ?? '';
    for (const link of leaving.get(id) ?? []) {
      const target = link.to.id;
      column.set(target, Math.max(column.get(target) ?? 0, (column.get(id) ?? 0) + 1));
      const left = (waiting.get(target) ?? 0) - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return ready.length === nodes.length ? column : null;
}

/** Most nodes in one column, once ends are lined up at the right where that is wanted. */
function tallestColumn(columns: ReadonlyMap<string, number>, sinks: ReadonlySet<string>, justified: boolean): number {
  const last = Math.max(...columns.values());
  const count = new Map<number, number>();
  for (const [id, column] of columns) {
    const placed = justified && sinks.has(id) ? last : column;
    count.set(placed, (count.get(placed) ?? 0) + 1);
  }
  return Math.max(...count.values());
}

function amountsOf(links: readonly UsedLink[]): Map<string, bigint> {
  const entering = new Map<string, bigint>();
  const leaving = new Map<string, bigint>();
  for (const { from, to, amountSat } of links) {
    entering.set(to.id, (entering.get(to.id) ?? 0n) + amountSat);
    leaving.set(from.id, (leaving.get(from.id) ?? 0n) + amountSat);
  }
  return new Map([...leaving, ...entering]);
}

/** Size of the picture and how the columns are filled. */
interface Frame {
  width: number;
  height: number;
  justified: boolean;
  labelWidth: number;
}

function frameOf(links: readonly UsedLink[], columns: ReadonlyMap<string, number>): Frame {
  const columnCount = Math.max(...columns.values()) + 1;
  const justified = columnCount <= MOST_COLUMNS_JUSTIFIED;
  const starts = new Set(links.map((link) => link.from.id));
  const sinks = new Set([...columns.keys()].filter((id) => !starts.has(id)));
  const tallest = tallestColumn(columns, sinks, justified);
  const columnWidth = Math.max(SMALLEST_COLUMN_PX, Math.floor((PICTURE_WIDTH_PX - LAST_LABEL_PX) / (columnCount - 1)));
  return {
    width: columnWidth * (columnCount - 1) + LAST_LABEL_PX,
    height: Math.max(SMALLEST_HEIGHT_PX, 2 * MARGIN_PX + (tallest - 1) * LABEL_HEIGHT_PX + VALUE_HEIGHT_PX),
    justified,
    labelWidth: Math.min(columnWidth, LAST_LABEL_PX) - NODE_WIDTH_PX - 14,
  };
}

function drawn(nodes: readonly FlowNode[], links: readonly UsedLink[], frame: Frame): FlowLayout {
  const graph = sankey<{ id: string; node: FlowNode }, { used: UsedLink }>()
    .nodeId((datum) => datum.id)
    .nodeAlign(frame.justified ? sankeyJustify : sankeyLeft)
    .nodeWidth(NODE_WIDTH_PX)
    .nodePadding(LABEL_HEIGHT_PX)
    .iterations(24)
    .extent([
      [1, MARGIN_PX],
      [frame.width - LAST_LABEL_PX + NODE_WIDTH_PX, frame.height - MARGIN_PX],
    ])({
    nodes: nodes.map((node) => ({ id: node.id, node })),
    links: links.map((used) => ({
      source: used.from.id,
      target: used.to.id,
      value: Number(used.amountSat),
      used,
    })),
  });
  const amounts = amountsOf(links);
  const placedNodes = graph.nodes.map(({ node, x0 = 0, x1 = 0, y0 = 0, y1 = 0 }) => {
    return { node, x0, x1, y0, y1, amountSat: amounts.get(node.id) ?? 0n };
  });
  const placeOf = new Map(placedNodes.map((place) => [place.node.id, place]));
  const placedLinks = graph.links.map(({ used, y0 = 0, y1 = 0, width = 0 }) => {
    const x0 = placeOf.get(used.from.id)?.x1 ?? 0;
    const x1 = placeOf.get(used.to.id)?.x0 ?? 0;
    return { ...used, x0, y0, x1, y1, width };
  });
  const { width, height, labelWidth } = frame;
  return { kind: 'drawn', width, height, labelWidth, nodes: placedNodes, links: placedLinks };
}

/** Lays out the flow of one rule. */
export function layoutFlow(flow: { nodes: readonly FlowNode[]; links: readonly FlowLink[] }, rule: string): FlowLayout {
  const { links } = usedLinks(flow, rule);
  if (links.length === 0) {
    return { kind: 'empty', reason: `No taint moved under the rule ${rule}: there is no flow to draw.` };
  }
  const touched = new Set(links.flatMap((link) => [link.from.id, link.to.id]));
  const nodes = flow.nodes.filter((node) => touched.has(node.id));
  const columns = columnsOf(nodes, links);
  if (columns === null) {
    const reason = 'The links form a circle and cannot be drawn from left to right; the table lists them all.';
    return { kind: 'empty', reason };
  }
  return drawn(nodes, links, frameOf(links, columns));
}
