/** Conversions in a real heist: what EasyFi's table, which holds no events, lets one say. */
import assert from 'node:assert/strict';
import { conversionsOf } from '../../src/pattern/index.ts';
import { viewOf } from '../support/account-history.ts';
import { heistRecords } from '../support/heist-table.ts';
import { itWithData } from '../support/shared-data.ts';

describe('conversions in real heists', () => {
  itWithData('EasyFi: swaps of listed assets by net change, the rest refused with its reason', 'easyfi-2021', () => {
    const view = viewOf(heistRecords('easyfi-2021'));
    const convert = conversionsOf(view);
    const counts = new Map<string, number>();
    const count = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const frame of view.frames()) {
      const { conversions, refusals } = convert(frame);
      for (const { kind, account, outAsset, inAsset, protocol } of conversions) {
        count(kind);
        if (kind !== 'swap') continue;
        assert.equal(account, frame.sender);
        assert.notEqual(outAsset, inAsset);
        assert.equal(protocol, null, 'the table has no events that could name one');
      }
      for (const { reason } of refusals) count(reason);
    }
    process.stdout.write(`      ${[...counts].map(([kind, number]) => `${kind} ${number}`).join(', ')}\n`);
    assert.ok((counts.get('swap') ?? 0) > 0);
    assert.ok((counts.get('incomplete') ?? 0) > 0, 'wraps lack their other half in this table');
  });
});
