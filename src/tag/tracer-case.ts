/**
 * Cases of TRacer (BlockchainSpider, test/cases): one theft each, with the account it began at and the accounts it is known to have reached. Sources carry the
 * name of the case as their label, so that `--seed LABEL=tag:NAME` starts there; targets say what was done at them.
 */
import { ETHEREUM } from './asset-code.ts';
import { type Claim, TagCollector, type TagFileOptions } from './collect.ts';
import type { ParsedTags } from './parsed.ts';
import { isMap, type Json } from './tag-text.ts';
import { fieldError } from './text.ts';

/** Chains by the names of the cases; others stay by their name. */
const NETS: ReadonlyMap<string, string> = new Map([['eth', ETHEREUM]]);

/** Whether a value is such a case. */
export function isTracerCase(value: Json): boolean {
  return isMap(value) && typeof value.net === 'string' && Array.isArray(value.source) && Array.isArray(value.target);
}

/** Reads a case; wrong records are refused one by one. */
export function readTracerCase(json: Json, options: TagFileOptions): ParsedTags {
  const collector = new TagCollector(options);
  const found = isMap(json) ? json : {};
  const word = (name: string): string => (typeof found[name] === 'string' ? String(found[name]) : '');
  const net = word('net');
  for (const list of ['source', 'target'] as const) {
    const rows = found[list];
    (Array.isArray(rows) ? (rows as readonly Json[]) : []).forEach((row, place) => {
      collector.add(`${list}[${place}]`, (): Claim => {
        if (!isMap(row) || typeof row.address !== 'string') throw fieldError('address', 'the record has no address');
        const said = typeof row.label === 'string' ? row.label.trim() : '';
        const label = list === 'source' ? word('name') : `${word('name')}: ${said || 'reached'}`;
        return {
          ...{ code: NETS.get(net) ?? net, address: row.address, label },
          ...{ source: word('url') || `TRacer case ${word('name')}`, confidence: 'untrusted_transaction' },
          ...{ abuse: 'service_hack', context: JSON.stringify({ role: list, said, reporter: word('reporter') }) },
        };
      });
    });
  }
  return collector.finish({ title: word('name') || options.name, creator: word('reporter') || 'TRacer' });
}
