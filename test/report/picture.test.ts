import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { flowSvg, timelineSvg } from '../../src/report/index.ts';
import type { FlowLink, FlowNode, TimelineRow } from '../../src/report/model.ts';
import { LABEL_HEIGHT_PX, layoutFlow } from '../../src/report/picture/flow-layout.ts';
import { fitText, pixels, textWidthPx } from '../../src/report/picture/svg.ts';
import { layoutTimeline } from '../../src/report/picture/timeline-layout.ts';
import { fixtureReport } from './fixture.ts';

function node(id: string, kind: FlowNode['kind'] = 'transaction'): FlowNode {
  return { id, kind, title: id, subtitle: '', reference: id };
}

function link(from: string, to: string, amount: string): FlowLink {
  return { from, to, amount: { fifo: amount } };
}

function drawn(nodes: FlowNode[], links: FlowLink[]): Extract<ReturnType<typeof layoutFlow>, { kind: 'drawn' }> {
  const layout = layoutFlow({ nodes, links }, 'fifo');
  if (layout.kind !== 'drawn') return assert.fail(layout.reason);
  return layout;
}

describe('report: flow picture', () => {
  it('draws width in proportion to taint, from left to right', () => {
    const layout = drawn(
      [node('s', 'seed'), node('a', 'service'), node('b', 'unspent')],
      [link('s', 'a', '30'), link('s', 'b', '10')],
    );
    const [wide, thin] = layout.links;
    assert.ok(wide !== undefined && thin !== undefined);
    assert.ok(Math.abs(wide.width - 3 * thin.width) < 1e-6);
    for (const each of layout.links) assert.ok(each.x0 < each.x1);
    assert.deepEqual(
      layout.nodes.map((place) => place.amountSat),
      [40n, 30n, 10n],
    );
  });

  it('answers a circle, a self link and an empty rule with a sentence', () => {
    const nodes = [node('a'), node('b')];
    assert.equal(layoutFlow({ nodes, links: [link('a', 'b', '1'), link('b', 'a', '1')] }, 'fifo').kind, 'empty');
    assert.equal(layoutFlow({ nodes, links: [link('a', 'a', '1')] }, 'fifo').kind, 'empty');
    assert.equal(layoutFlow({ nodes, links: [link('a', 'b', '0')] }, 'fifo').kind, 'empty');
    assert.equal(layoutFlow({ nodes, links: [link('a', 'b', '1')] }, 'toString').kind, 'empty');
    const report = fixtureReport();
    report.flow.links.push({ from: 'tx6', to: 'tx3', amount: { haircut: '1' } });
    assert.ok(flowSvg(report, 'haircut').includes('form a circle'));
  });

  it('keeps labels of one column apart and everything inside the picture, on random flows', () => {
    // Acyclic by construction: links go from lower to higher numbers.
    const flows = fc.array(fc.tuple(fc.nat(39), fc.nat(39), fc.integer({ min: 1, max: 2_100_000_000 })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(flows, (edges) => {
        const links = edges
          .filter(([a, b]) => a !== b)
          .map(([a, b, amount]) => link(`n${Math.min(a, b)}`, `n${Math.max(a, b)}`, String(amount)));
        if (links.length === 0) return;
        const layout = drawn(
          Array.from({ length: 40 }, (_, index) => node(`n${index}`)),
          links,
        );
        const columns = new Map<number, Array<[number, number]>>();
        for (const place of layout.nodes) {
          assert.ok(place.y0 >= 0 && place.y1 <= layout.height && place.x1 <= layout.width);
          const middle = (place.y0 + place.y1) / 2;
          const column = Math.round(place.x0);
          columns.set(column, [...(columns.get(column) ?? []), [middle, place.y0]]);
        }
        for (const places of columns.values()) {
          places.sort(([a], [b]) => a - b);
          for (let index = 1; index < places.length; index += 1) {
            const gap = (places[index]?.[0] ?? 0) - (places[index - 1]?.[0] ?? 0);
            assert.ok(gap >= LABEL_HEIGHT_PX - 0.01, `labels ${gap} px apart`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('writes stable numbers: at most two decimals, no minus zero, no NaN', () => {
    for (const svg of [flowSvg(fixtureReport()), flowSvg(fixtureReport(), 'poison'), timelineSvg(fixtureReport())]) {
      assert.ok(!/NaN|Infinity|undefined|"-0"/.test(svg));
      const body = svg.replace(/<style>[\s\S]*?<\/style>/, '').replace(/>[^<]*</g, '><');
      assert.ok(!/\d\.\d{3}/.test(body), 'more than two decimals');
      assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    }
    assert.equal(pixels(-0.001), '0');
    assert.equal(pixels(1 / 3), '0.33');
  });

  it('fits text into its width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 60, max: 300 }), (text, width) => {
        assert.ok(textWidthPx(fitText(text, width, 11), 11) <= width);
      }),
    );
  });
});

describe('report: time line picture', () => {
  const at = (timestampSec: number, kind: TimelineRow['kind'], value: string, lane = 'w'): TimelineRow => {
    return { timestampSec, kind, lane, value, reference: `r${timestampSec}` };
  };

  it('sums receipts per day above 200 in a lane, losing none', () => {
    const rows = Array.from({ length: 201 }, (_, index) => at(index * 3600, 'receipt', '5'));
    const layout = layoutTimeline(rows);
    const lane = layout?.lanes[0];
    assert.ok(lane?.perDay);
    // 201 hours touch ceil(201 / 24) = 9 days.
    assert.equal(lane.signs.length, 9);
    assert.equal(
      lane.signs.reduce((sum, sign) => sum + sign.count, 0),
      201,
    );
    assert.equal(
      lane.signs.reduce((sum, sign) => sum + sign.valueSat, 0n),
      1005n,
    );
    assert.equal(layoutTimeline(rows.slice(1))?.lanes[0]?.signs.length, 200);
  });

  it('merges moves that would overlap and keeps those that would not', () => {
    const layout = layoutTimeline([at(0, 'move', '1'), at(10, 'move', '2'), at(1_000_000, 'move', '4')]);
    assert.deepEqual(
      layout?.lanes[0]?.signs.map((sign) => [sign.count, sign.valueSat]),
      [
        [2, 3n],
        [1, 4n],
      ],
    );
  });

  it('names the quiet stretch, and survives a single moment', () => {
    const day = 86_400;
    const rows = [at(0, 'receipt', '1'), at(day, 'receipt', '1'), at(80 * day, 'move', '2')];
    assert.deepEqual(layoutTimeline(rows)?.quiet, [{ fromSec: day, toSec: 80 * day }]);
    const report = fixtureReport();
    report.timeline = rows;
    assert.ok(timelineSvg(report).includes('79 days without an event'));
    report.timeline = [at(1_501_729_604, 'move', '1')];
    assert.ok(timelineSvg(report).includes('2017-08-03 03:06:44 UTC'));
  });
});
