/** Hop table of the fixture case. */
import type { HopRow, TagCitation } from '../../src/report/model.ts';
import {
  A1,
  A2,
  A3,
  A4,
  A5,
  A6,
  B1,
  BLOCKS,
  C1,
  C2,
  CHANGELLY,
  changellyTag,
  fixtureId,
  HITBTC,
  hitbtcTag,
  sat,
  W1,
  W2,
  W3,
} from './fixture-words.ts';

interface HopShape {
  tx: string;
  vout: number;
  from: Array<[string, string]>;
  to: string | null;
  value: string;
  hops: number;
  taint: Record<string, [taint: string, share: string]>;
  status: string;
  reason: string | null;
  tags?: TagCitation[];
}

function hop(shape: HopShape): HopRow {
  const [height, timestampSec] = BLOCKS[shape.tx] ?? [0, 0];
  const byRule: HopRow['byRule'] = {};
  for (const [rule, [taint, share]] of Object.entries(shape.taint)) {
    byRule[rule] = { taint: sat(taint), share, status: shape.status, reason: shape.reason };
  }
  return {
    txid: fixtureId(shape.tx),
    vout: shape.vout,
    height,
    timestampSec,
    from: shape.from.map(([address, value]) => ({ address, value: sat(value) })),
    moreFrom: shape.tx === 'tx1' ? 27 : 0,
    to: shape.to,
    value: sat(shape.value),
    hops: shape.hops,
    byRule,
    tags: shape.tags ?? [],
    proof: shape.tx === 'tx5' || shape.tx === 'tx6' ? 'asserted' : 'verified',
  };
}

function full(value: string): HopShape['taint'] {
  return { haircut: [value, '1.000000'], fifo: [value, '1.000000'], poison: [value, '1.000000'] };
}

const passed = { status: 'passed', reason: null };
const stopped = { status: 'stopped', reason: 'service' };

/** The twelve tainted outputs. */
export function fixtureHops(): HopRow[] {
  const in1: Array<[string, string]> = [[W1, '20']];
  const in2: Array<[string, string]> = [[W2, '14']];
  const in3: Array<[string, string]> = [
    [W3, '10'],
    ['1CleanMoneyxxxxxxxxxxxxxxxxxxxxxxx', '10'],
  ];
  const in4: Array<[string, string]> = [
    [A1, '12'],
    [A3, '8'],
  ];
  const in5: Array<[string, string]> = [[A5, '15']];
  const in6: Array<[string, string]> = [[B1, '5.999']];
  return [
    hop({ tx: 'tx1', vout: 0, from: in1, to: A1, value: '12', hops: 1, taint: full('12'), ...passed }),
    hop({
      tx: 'tx1',
      vout: 1,
      from: in1,
      to: A2,
      value: '7.999',
      hops: 1,
      taint: full('7.999'),
      status: 'unresolved',
      reason: 'spender-missing',
    }),
    hop({ tx: 'tx2', vout: 0, from: in2, to: A3, value: '8', hops: 1, taint: full('8'), ...passed }),
    hop({
      tx: 'tx2',
      vout: 1,
      from: in2,
      to: A4,
      value: '5.9995',
      hops: 1,
      taint: full('5.9995'),
      status: 'unspent',
      reason: null,
    }),
    hop({
      tx: 'tx3',
      vout: 0,
      from: in3,
      to: A5,
      value: '15',
      hops: 1,
      ...passed,
      taint: { haircut: ['7.5', '0.500000'], fifo: ['10', '0.666666'], poison: ['15', '1.000000'] },
    }),
    hop({
      tx: 'tx3',
      vout: 1,
      from: in3,
      to: A6,
      value: '4.999',
      hops: 1,
      status: 'stopped',
      reason: 'coinjoin',
      taint: { haircut: ['2.4995', '0.500000'], poison: ['4.999', '1.000000'] },
    }),
    hop({
      tx: 'tx4',
      vout: 0,
      from: in4,
      to: HITBTC,
      value: '19.9985',
      hops: 2,
      taint: full('19.9985'),
      ...stopped,
      tags: [hitbtcTag],
    }),
    hop({
      tx: 'tx4',
      vout: 1,
      from: in4,
      to: null,
      value: '0.0005',
      hops: 2,
      taint: full('0.0005'),
      status: 'burned',
      reason: 'unspendable',
    }),
    hop({
      tx: 'tx5',
      vout: 0,
      from: in5,
      to: CHANGELLY,
      value: '9',
      hops: 2,
      ...stopped,
      tags: [changellyTag],
      taint: { haircut: ['4.5', '0.500000'], fifo: ['9', '1.000000'], poison: ['9', '1.000000'] },
    }),
    hop({
      tx: 'tx5',
      vout: 1,
      from: in5,
      to: B1,
      value: '5.999',
      hops: 2,
      ...passed,
      taint: { haircut: ['2.9995', '0.500000'], fifo: ['1', '0.166694'], poison: ['5.999', '1.000000'] },
    }),
    hop({
      tx: 'tx6',
      vout: 0,
      from: in6,
      to: C1,
      value: '3',
      hops: 3,
      status: 'unspent',
      reason: null,
      taint: { haircut: ['1.5', '0.500000'], fifo: ['1', '0.333333'], poison: ['3', '1.000000'] },
    }),
    hop({
      tx: 'tx6',
      vout: 1,
      from: in6,
      to: C2,
      value: '2.998',
      hops: 3,
      status: 'cut',
      reason: 'max-hops',
      taint: { haircut: ['1.499', '0.500000'], poison: ['2.998', '1.000000'] },
    }),
  ];
}
