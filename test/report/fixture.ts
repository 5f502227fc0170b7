/**
 * A small case by hand: three wallets, six transactions, two services, three rules. Amounts are chosen so that every share is a whole number
 * of satoshi and the books can be checked with a pencil (all in BTC):
 *   tx1 W1 20 -> a1 12, a2 7.999, fee .001            tx4 a1 12 + a3 8 -> HitBTC 19.9985, OP_RETURN .0005, fee .001
 *   tx2 W2 14 -> a3 8, a4 5.9995, fee .0005           tx5 a5 15 -> Changelly 9, b1 5.999, fee .001
 *   tx3 W3 10 + clean 10 -> a5 15, a6 4.999, fee .001 tx6 b1 5.999 -> c1 3, c2 2.998, fee .001
 * Haircut: W3 is one half of tx3, so a5 7.5, a6 2.4995, then Changelly 4.5, b1 2.9995, c1 1.5, c2 1.499.
 * FIFO, tainted input first: a5 10, a6 0, Changelly 9, b1 1, c1 1, c2 0. In tx4 label A fills the first 12, B the rest.
 */
import type { TraceReport } from '../../src/report/model.ts';
import { fixtureLinks, fixtureNodes, fixtureTimeline } from './fixture-flow.ts';
import { fixtureHops } from './fixture-hops.ts';
import {
  BIDI_LABEL,
  CHANGELLY,
  changellyTag,
  fixtureId,
  HITBTC,
  hitbtcTag,
  LABELS,
  sat,
  W1,
  W2,
  W3,
} from './fixture-words.ts';

function book(label: string, amounts: string): TraceReport['trace']['rules'][number]['books'][number] {
  const [seeded = '', held = '', fee = '', stoppedAt = '', cut = '', burned = '', unresolved = ''] = amounts
    .split(' ')
    .map(sat);
  return { label, seeded, held, fee, stopped: stoppedAt, cut, burned, unresolved };
}

/** The case as a report; a fresh object each call, so that a test may change it. */
export function fixtureReport(): TraceReport {
  const rows = fixtureHops();
  const holdings = (rule: string): TraceReport['trace']['rules'][number]['holdings'] =>
    rows.flatMap((row) => {
      const result = row.byRule[rule];
      if (result === undefined || result.status === 'passed') return [];
      const stop = result.reason === null ? undefined : { reason: result.reason, tag: row.tags[0]?.label ?? '' };
      return [
        {
          outpoint: `${row.txid}:${row.vout}`,
          address: row.to,
          height: row.height,
          value: row.value,
          taint: { [LABELS[0]]: result.taint },
          hops: row.hops,
          status: result.status,
          stop,
        },
      ];
    });
  return {
    title: 'WannaCry wallets, May to August 2017',
    trace: {
      schema: 'spoor.trace/1',
      run: {
        id: 'run_7f3a9c21d4e8',
        engine: '0.1.0',
        chain: 'bitcoin',
        tip: { height: 480_000, hash: `00000000000000000${fixtureId('tip').slice(17)}` },
        params: { rules: ['haircut', 'fifo', 'poison'], maxHops: 3, stopAt: 'service,coinjoin' },
        inputs: `sha256:${fixtureId('inputs')}`,
      },
      seeds: [
        { label: LABELS[0], subject: W1, outputs: 118, amount: sat('20') },
        { label: LABELS[1], subject: W2, outputs: 96, amount: sat('14') },
        { label: LABELS[2], subject: W3, outputs: 74, amount: sat('10') },
      ],
      rules: [
        {
          rule: 'haircut',
          conserves: true,
          books: [
            book(LABELS[0], '20 0 0.0016 11.9991 0 0.0003 7.999'),
            book(LABELS[1], '14 5.9995 0.0009 7.9994 0 0.0002 0'),
            book(LABELS[2], '10 1.5 0.0015 6.9995 1.499 0 0'),
          ],
          holdings: holdings('haircut'),
        },
        {
          rule: 'fifo',
          conserves: true,
          books: [
            book(LABELS[0], '20 0 0.001 12 0 0 7.999'),
            book(LABELS[1], '14 5.9995 0.0015 7.9985 0 0.0005 0'),
            book(LABELS[2], '10 1 0 9 0 0 0'),
          ],
          holdings: holdings('fifo'),
        },
        { rule: 'poison', conserves: false, books: [], holdings: holdings('poison') },
      ],
      gaps: [
        {
          kind: 'spender-missing',
          subject: `${fixtureId('tx1')}:1`,
          detail: 'spent by a transaction the case does not hold',
          value: sat('7.999'),
        },
      ],
      coverage: {
        complete: false,
        heldOutputs: 2,
        rests: [
          {
            basis: 'outspends',
            source: 'esplora',
            host: 'explorer.example',
            tip: { height: 480_000, hash: fixtureId('tip') },
            asOfSec: null,
            outputs: 1,
            held: { haircut: sat('5.9995'), fifo: sat('0') },
          },
          {
            basis: 'none',
            source: null,
            host: null,
            tip: null,
            asOfSec: null,
            outputs: 1,
            held: { haircut: sat('1.5'), fifo: sat('1') },
          },
        ],
        seedAddresses: { asked: 3, complete: 1 },
        incomplete: [
          {
            kind: 'address',
            subject: W1,
            source: 'esplora',
            host: 'explorer.example',
            stated: 1200,
            held: 500,
            tip: null,
          },
        ],
      },
    },
    story: [
      {
        heading: 'What happened',
        lines: [
          'Three wallets named in the ransom note received 44.00000000 BTC in 288 payments from 12 May 2017. They lay still until 3 August 2017, 03:06 UTC, when all three were emptied within 24 minutes.',
          'Of that, 24.49850000 BTC (haircut) to 28.99850000 BTC (fifo) reached two services within three hops.',
        ],
      },
      {
        heading: 'Where it ended',
        lines: [
          '- HitBTC: 19.99850000 BTC in one deposit, block 478801, under every rule.',
          `- ${BIDI_LABEL}: 4.50000000 BTC (haircut) or 9.00000000 BTC (fifo), block 478803.`,
          '- 7.99900000 BTC went on in a transaction this case does not hold.',
        ],
      },
    ],
    services: [
      {
        service: 'HitBTC',
        category: 'exchange',
        address: HITBTC,
        outpoints: [`${fixtureId('tx4')}:0`],
        height: 478_801,
        timestampSec: 1_501_734_204,
        value: sat('19.9985'),
        byRule: { haircut: sat('19.9985'), fifo: sat('19.9985'), poison: sat('19.9985') },
        tags: [hitbtcTag],
      },
      {
        service: BIDI_LABEL,
        category: 'exchange',
        address: CHANGELLY,
        outpoints: [`${fixtureId('tx5')}:0`],
        height: 478_803,
        timestampSec: 1_501_735_204,
        value: sat('9'),
        byRule: { haircut: sat('4.5'), fifo: sat('9'), poison: sat('9') },
        tags: [changellyTag],
      },
    ],
    hops: rows,
    flow: { nodes: fixtureNodes(), links: fixtureLinks() },
    timeline: fixtureTimeline(),
    conventions: [
      { name: 'fee taint', value: 'sink', meaning: 'taint in a fee is booked under fee and does not follow the miner' },
      { name: 'coinjoin', value: 'stop', meaning: 'a branch ends where a coinjoin begins' },
    ],
    inputs: [
      { name: 'wallets.jsonl.gz', sha256: fixtureId('file 1'), format: 'esplora', transactions: 288 },
      { name: 'spends.csv', sha256: fixtureId('file 2'), format: 'bitcoin-etl', transactions: 6 },
    ],
    proofs: { verified: 4, asserted: 2, verifiedTxids: ['tx1', 'tx2', 'tx3', 'tx4'].map(fixtureId) },
  };
}

/** The case with only the last events of its time line: every kind of field, and quick enough to render hundreds of times. */
export function smallReport(): TraceReport {
  const report = fixtureReport();
  return { ...report, timeline: report.timeline.slice(-8) };
}
