/** Flow picture and time line of the fixture case. */
import type { FlowLink, FlowNode, TimelineRow } from '../../src/report/model.ts';
import {
  A2,
  A4,
  A6,
  BIDI_LABEL,
  BLOCKS,
  C1,
  C2,
  CHANGELLY,
  fixtureId,
  HITBTC,
  LABELS,
  sat,
  W1,
  W2,
  W3,
} from './fixture-words.ts';

function short(text: string): string {
  return `${text.slice(0, 8)}…`;
}

/** Nodes of the flow picture. */
export function fixtureNodes(): FlowNode[] {
  const seed = (id: string, title: string, address: string, outputs: number): FlowNode => {
    return { id, kind: 'seed', title, subtitle: `${outputs} outputs of, ${short(address)}`, reference: address };
  };
  const move = (tx: string): FlowNode => {
    const [height] = BLOCKS[tx] ?? [0];
    const subtitle = `block ${height}, 2017-08-03`;
    return { id: tx, kind: 'transaction', title: short(fixtureId(tx)), subtitle, reference: fixtureId(tx) };
  };
  return [
    seed('s1', LABELS[0], W1, 118),
    seed('s2', LABELS[1], W2, 96),
    seed('s3', LABELS[2], W3, 74),
    ...['tx1', 'tx2', 'tx3', 'tx4', 'tx5', 'tx6'].map(move),
    {
      id: 'e1',
      kind: 'service',
      title: 'HitBTC',
      subtitle: `${short(HITBTC)}, block 478801`,
      reference: `${fixtureId('tx4')}:0`,
    },
    {
      id: 'e2',
      kind: 'service',
      title: BIDI_LABEL,
      subtitle: `${short(CHANGELLY)}, block 478803`,
      reference: `${fixtureId('tx5')}:0`,
    },
    {
      id: 'e3',
      kind: 'unresolved',
      title: short(A2),
      subtitle: 'spender not in the case',
      reference: `${fixtureId('tx1')}:1`,
    },
    {
      id: 'e4',
      kind: 'unspent',
      title: short(A4),
      subtitle: 'unspent at block 480000',
      reference: `${fixtureId('tx2')}:1`,
    },
    {
      id: 'e5',
      kind: 'coinjoin',
      title: short(A6),
      subtitle: 'coinjoin, block 478799',
      reference: `${fixtureId('tx3')}:1`,
    },
    { id: 'e6', kind: 'burned', title: 'OP_RETURN', subtitle: '', reference: `${fixtureId('tx4')}:1` },
    {
      id: 'e7',
      kind: 'unspent',
      title: short(C1),
      subtitle: 'unspent at block 480000',
      reference: `${fixtureId('tx6')}:0`,
    },
    { id: 'e8', kind: 'cut', title: short(C2), subtitle: 'after 3 hops', reference: `${fixtureId('tx6')}:1` },
    { id: 'fee', kind: 'fee', title: 'miner fees', subtitle: '', reference: 'fees of 6 transactions' },
  ];
}

/** Links of the flow picture. */
export function fixtureLinks(): FlowLink[] {
  const link = (from: string, to: string, [haircut, fifo, poison]: [string, string, string]): FlowLink => {
    const amount: Record<string, string> = {};
    for (const [rule, btc] of [
      ['haircut', haircut],
      ['fifo', fifo],
      ['poison', poison],
    ] as const) {
      if (btc !== '0') amount[rule] = sat(btc);
    }
    return { from, to, amount };
  };
  return [
    link('s1', 'tx1', ['20', '20', '20']),
    link('s2', 'tx2', ['14', '14', '14']),
    link('s3', 'tx3', ['10', '10', '10']),
    link('tx1', 'tx4', ['12', '12', '12']),
    link('tx1', 'e3', ['7.999', '7.999', '7.999']),
    link('tx1', 'fee', ['0.001', '0.001', '0']),
    link('tx2', 'tx4', ['8', '8', '8']),
    link('tx2', 'e4', ['5.9995', '5.9995', '5.9995']),
    link('tx2', 'fee', ['0.0005', '0.0005', '0']),
    link('tx3', 'tx5', ['7.5', '10', '15']),
    link('tx3', 'e5', ['2.4995', '0', '4.999']),
    link('tx3', 'fee', ['0.0005', '0', '0']),
    link('tx4', 'e1', ['19.9985', '19.9985', '19.9985']),
    link('tx4', 'e6', ['0.0005', '0.0005', '0.0005']),
    link('tx4', 'fee', ['0.001', '0.001', '0']),
    link('tx5', 'e2', ['4.5', '9', '9']),
    link('tx5', 'tx6', ['2.9995', '1', '5.999']),
    link('tx5', 'fee', ['0.0005', '0', '0']),
    link('tx6', 'e7', ['1.5', '1', '3']),
    link('tx6', 'e8', ['1.499', '0', '2.998']),
    link('tx6', 'fee', ['0.0005', '0', '0']),
  ];
}

/** Receipts from 2017-05-12 16:00 UTC (1494604800) on, thinning out; 230 in the first lane so that it is summed per day. */
export function fixtureTimeline(): TimelineRow[] {
  const rows: TimelineRow[] = [];
  const receipts = (lane: string, count: number, total: number): void => {
    for (let index = 0; index < count; index += 1) {
      const share = index / count;
      const timestampSec = 1_494_604_800 + Math.floor(share * share * 22 * 86_400);
      const value = String(Math.floor(total / count) + ((index * 7919) % 11) * 900_000);
      rows.push({ timestampSec, kind: 'receipt', lane, value, reference: `${fixtureId(`${lane} ${index}`)}:0` });
    }
  };
  receipts(W1, 230, 2_000_000_000);
  receipts(W2, 96, 1_400_000_000);
  receipts(W3, 40, 1_000_000_000);
  const move = (tx: string, lane: string, value: string, kind: 'move' | 'service' = 'move'): void => {
    rows.push({ timestampSec: BLOCKS[tx]?.[1] ?? 0, kind, lane, value: sat(value), reference: fixtureId(tx) });
  };
  move('tx1', W1, '20');
  move('tx2', W2, '14');
  rows.push({ timestampSec: 1_496_700_000, kind: 'move', lane: W3, value: '10000000', reference: fixtureId('early') });
  move('tx3', W3, '10');
  move('tx4', 'HitBTC', '19.9985', 'service');
  move('tx5', BIDI_LABEL, '9', 'service');
  rows.push({
    timestampSec: 1_501_935_204,
    kind: 'service',
    lane: 'HitBTC',
    value: '50000000',
    reference: fixtureId('late'),
  });
  return rows;
}
