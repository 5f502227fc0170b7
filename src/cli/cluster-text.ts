/** Documents of `spoor cluster` as text for people. */
import type {
  BridgeDocument,
  ChangeDocument,
  ClusterDocument,
  ClusteringDocument,
  ClusterRunDocument,
  ConflictsDocument,
  ErrorRatesDocument,
  ExplainDocument,
  VoteRow,
  WhatIfDocument,
} from '../case/index.ts';
import { visibleText } from '../report/index.ts';

/** What decided the run, in words. */
function paramsLine({ params }: ClusterRunDocument): string {
  const until = params.untilHeight === null ? 'all facts' : `facts up to block ${params.untilHeight}`;
  const coinjoins = `coinjoins ${params.coinjoins === 'exclude' ? 'are left out' : 'join their inputs'}`;
  const apart =
    params.keepApart.length === 0
      ? ''
      : `; kept apart: ${params.keepApart.map((pair) => pair.join(' and ')).join('; ')}`;
  return `${coinjoins}; change by ${params.change ?? 'nothing'}; ${until}${apart}`;
}

/** What a run counted. */
export function clusteringText({ run, counts }: ClusteringDocument): string {
  const layer = (name: string, of: typeof counts.core): string =>
    `${name}: ${of.members} addresses in ${of.clusters} clusters, ${of.multiMember} of more than one; the largest has ${of.largest.size} (${of.largest.cluster ?? 'none'})`;
  return [
    layer('core', counts.core),
    ...(counts.extended === null ? [] : [layer('extended', counts.extended)]),
    `links: ${Object.entries(counts.links)
      .map(([heuristic, count]) => `${heuristic} ${count}`)
      .join(', ')}`,
    `${counts.transactions} transactions, ${counts.coinjoins} of them look like coinjoins; the signer of ${counts.unknownInputs} inputs is not known`,
    ...counts.refused.map(
      ({ heuristic, txid, addresses, pair }) =>
        `refused: ${heuristic} in ${txid} would join ${addresses.join(' and ')}, and so ${pair.join(' and ')}`,
    ),
    ...counts.alarms.map(
      ({ layer: of, txid, sizes }) => `alarm: ${txid} joins ${of} clusters of ${sizes[0]} and ${sizes[1]} addresses`,
    ),
    ...(counts.giants === null && counts.alarms.length > 0
      ? ['what those merges ended in was not kept: spoor cluster run makes it anew']
      : []),
    ...(counts.giants ?? []).map(({ layer: of, cluster, size, bridge }) =>
      bridge === null
        ? `giant: ${of} cluster:${cluster} of ${size} addresses; no transaction alone splits it`
        : `giant: ${of} cluster:${cluster} of ${size} addresses; without ${bridge.txid} ${bridge.comesOff} come off`,
    ),
    `run ${run.id}, ${paramsLine(run)}`,
  ].join('\n');
}

/** Basis points as a percentage with two decimals. */
function percent(basisPoints: number): string {
  return `${Math.floor(basisPoints / 100)}.${String(basisPoints % 100).padStart(2, '0')} %`;
}

/** Error rates, one line for each heuristic. */
function ratesText({ date, on, limits, rates }: ErrorRatesDocument): string[] {
  return [
    `error rates counted ${date} on ${on}`,
    ...rates.map(({ heuristic, statements, right, possible, precisionBp, recallBp }) => {
      const said =
        statements === 0
          ? 'never spoke'
          : `right in ${percent(Math.floor((10_000 * right) / statements))} of ${statements}, which covers ${percent(
              Math.floor((10_000 * right) / Math.max(1, possible)),
            )}`;
      return `  ${heuristic}: ${said}; pairs precision ${percent(precisionBp)}, recall ${percent(recallBp)}`;
    }),
    `  ${limits}`,
  ];
}

/** One cluster with its tags. */
export function clusterText(document: ClusterDocument): string {
  const { cluster, size, addresses, tags, conflicts, layer, run, claim, errorRates } = document;
  const tagLines = tags.map(
    (tag) =>
      `  ${tag.direct ? 'direct   ' : 'inherited'}  ${tag.label}  (${[tag.category, tag.abuse].filter((kind) => kind !== null).join(', ')}; ${tag.confidence} ${tag.level}; ${tag.source}; ${tag.pack})  of ${tag.address}`,
  );
  return [
    `cluster:${cluster}  ${size} ${size === 1 ? 'address' : 'addresses'}  ${layer}`,
    claim,
    `run ${run.id}, ${paramsLine(run)}`,
    '',
    ...addresses.map((address) => `  ${address}`),
    '',
    tags.length === 0 ? 'no tag of the case is about any of them' : 'tags',
    ...tagLines,
    ...conflicts.map((conflict) => `conflict: ${conflict}; spoor cluster conflicts says what ties them`),
    '',
    ...ratesText(errorRates),
  ]
    .map(visibleText)
    .join('\n');
}

/** The chain between two addresses, step by step. */
export function explainText({ path, hangsOn, cluster, layer, run, claim, errorRates }: ExplainDocument): string {
  const steps = path.flatMap(({ heuristic, txid, addresses, height, proof, separates, weakest, change }, place) => [
    ...(place === 0 ? [`  ${addresses[0]}`] : []),
    `    ${heuristic}  ${txid}  block ${height ?? 'unknown'}  ${proof}${separates ? '  all hangs on it' : ''}${
      weakest ? '  weakest link' : ''
    }`,
    ...(change === null ? [] : votesText(change.votes, change.vout).map((line) => `      ${line}`)),
    `  ${addresses[1]}`,
  ]);
  const hangs =
    hangsOn.length === 0
      ? 'no single transaction holds them together: without any one of them they stay joined'
      : `without ${hangsOn.join(', or without ')} they fall apart`;
  return [
    `cluster:${cluster}  ${layer}  ${path.length} ${path.length === 1 ? 'link' : 'links'}`,
    ...steps,
    path.length === 0 ? 'the same address' : hangs,
    claim,
    `run ${run.id}, ${paramsLine(run)}`,
    ...ratesText(errorRates),
  ].join('\n');
}

/** Clusters whose tags contradict each other, with the pairs that may be kept apart. */
export function conflictsText({ clusters, moreClusters, layer, run, note }: ConflictsDocument): string {
  const rows = clusters.flatMap(({ cluster, size, conflicts }) => [
    `cluster:${cluster}  ${size} addresses  ${layer}`,
    ...conflicts.flatMap(({ why, proposals, morePairs }) => [
      `  ${why}`,
      ...proposals.flatMap(({ addresses, tags, links, weakest, hangsOn }) => [
        `    --keep-apart ${addresses.join(',')}`,
        ...tags.map(({ address, label, source, level }) => `      ${address}  ${label}  (level ${level}; ${source})`),
        `      joined by ${links} ${links === 1 ? 'link' : 'links'}, the weakest ${weakest.heuristic} in ${weakest.txid}`,
        `      ${hangsOn.length === 0 ? 'no single transaction holds them together' : `all hangs on ${hangsOn.join(', and on ')}`}`,
      ]),
      ...(proposals.length === 0 ? ['    the names are on one address: nothing can be kept apart'] : []),
      ...(morePairs > 0 ? [`    and ${morePairs} more pairs`] : []),
    ]),
  ]);
  return [
    ...(clusters.length === 0 ? [`no ${layer} cluster has tags that contradict each other`] : rows),
    ...(moreClusters > 0 ? [`and ${moreClusters} more clusters`] : []),
    ...(clusters.length === 0 ? [] : [note]),
    `run ${run.id}, ${paramsLine(run)}`,
  ]
    .map(visibleText)
    .join('\n');
}

/** What falls apart. */
export function whatIfText({ without, links, clustersSplit, splits, limit, layer, run }: WhatIfDocument): string {
  const rows = splits.flatMap(({ cluster, size, pieceCount, pieces }) => [
    `cluster:${cluster}  ${size} addresses would be ${pieceCount} clusters`,
    ...pieces.map((piece) => `  ${piece.size}  ${piece.cluster}`),
    ...(pieceCount > pieces.length ? [`  and ${pieceCount - pieces.length} more`] : []),
  ]);
  return [
    `without ${without}: ${links} ${links === 1 ? 'link goes' : 'links go'}, ${clustersSplit} ${layer} ${
      clustersSplit === 1 ? 'cluster falls' : 'clusters fall'
    } apart`,
    ...rows,
    ...(clustersSplit > splits.length ? [`the ${limit} largest are listed`] : []),
    `run ${run.id}, ${paramsLine(run)}`,
  ].join('\n');
}

/** What heuristics say of each output of a transaction. */
export function changeText({ txid, height, coinjoin, asOfHeight, votes, outputs, agree }: ChangeDocument): string {
  const dynamic = votes.filter(({ kind }) => kind === 'dynamic').map(({ heuristic }) => heuristic);
  return [
    `${txid}  block ${height ?? 'unknown'}${coinjoin ? '  looks like a coinjoin: no change is taken from it' : ''}`,
    ...outputs.flatMap(({ vout, address, amount }) => [
      `  ${vout}  ${amount} sat  ${address ?? 'no address'}`,
      ...votesText(votes, vout).map((line) => `     ${line}`),
    ]),
    agree
      ? 'no two heuristics name different outputs'
      : 'heuristics contradict each other: they name different outputs',
    `as of block ${asOfHeight}, which matters for ${dynamic.join(', ')}`,
  ].join('\n');
}

/** For one output: who names it, who leaves it among others, who rules it out, who is silent. */
function votesText(votes: readonly VoteRow[], vout: number): string[] {
  const names = (rows: readonly VoteRow[]): string => rows.map(({ heuristic }) => heuristic).join(', ');
  const speaking = votes.filter(({ says }) => says !== 'silent');
  const groups = [
    ['named as change by', speaking.filter(({ says, vouts }) => says === 'names' && vouts[0] === vout)],
    ['left with others by', speaking.filter(({ says, vouts }) => says === 'leaves' && vouts.includes(vout))],
    ['ruled out by', speaking.filter(({ vouts }) => !vouts.includes(vout))],
    ['no word from', votes.filter(({ says }) => says === 'silent')],
  ] as const;
  return groups.flatMap(([title, rows]) => (rows.length === 0 ? [] : [`${title} ${names(rows)}`]));
}

/** The transaction that holds most of a cluster together. */
export function bridgeText({ bridge, cluster, size, layer, run }: BridgeDocument): string {
  const held =
    bridge === null
      ? 'no transaction alone splits it'
      : `without ${bridge.txid}, ${bridge.comesOff} of them come off the largest piece`;
  return [`cluster:${cluster}  ${size} addresses  ${layer}`, held, `run ${run.id}, ${paramsLine(run)}`].join('\n');
}
