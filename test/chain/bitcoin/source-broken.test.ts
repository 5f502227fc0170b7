import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FileFormat } from '../../../src/chain/bitcoin/source-file-record.ts';
import { SpoorError } from '../../../src/ledger/index.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';
import { readContent } from './source-content.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What each value of a recorded body is replaced by, one at a time; undefined takes the key away. */
const REPLACEMENTS: readonly (Json | undefined)[] = [
  undefined,
  null,
  [],
  {},
  '',
  'x',
  -1,
  1.5,
  2 ** 52,
  true,
  [[]],
  [null],
];
const CODES = new Set(['MALFORMED', 'FORMAT_UNKNOWN', 'NOT_ENRICHED', 'HASH_MISMATCH', 'SOURCES_DISAGREE']);

const BODIES: readonly { format: FileFormat; folder: string; file: string; take: (body: Json) => Json }[] = [
  { format: 'esplora', folder: 'esplora-fixtures', file: 'taproot-op-return.json', take: (body) => body },
  {
    format: 'blockchain-info',
    folder: 'wannacry-2017',
    file: 'blockchain_info.rawaddr.115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn.json.gz',
    take: (body) => ({ ...(body as object), txs: ((body as { txs: Json[] }).txs ?? []).slice(0, 1) }),
  },
  {
    format: 'walletexplorer',
    folder: 'wannacry-2017',
    file: 'walletexplorer.12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw.txs_outs.json.gz',
    take: (body) => (body as Json[])[0],
  },
  {
    format: 'bitcoin-core',
    folder: 'bitcoin-etl-blocks',
    file: 'stream_50001_50002/rpc_response_getblock_000000001c920d495e1eeef2452b6d1c6c229a919b28196c103ecffebabee141_2.json',
    take: (body) => body,
  },
  {
    format: 'bitcoin-etl',
    folder: 'bitcoin-etl-blocks',
    file: 'stream_50001_50002/expected_transactions.json',
    take: (body) => body,
  },
];

/** Every copy of `value` in which one value, at any depth, is replaced. */
function* broken(value: Json, replacement: Json | undefined): Generator<Json | undefined> {
  yield replacement;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    for (const other of broken(member as Json, replacement)) {
      // In a list, JSON writes an absent item as null.
      if (Array.isArray(value)) yield value.map((item, index) => (String(index) === key ? (other ?? null) : item));
      else yield { ...value, [key]: other } as Json;
    }
  }
}

function textOf(name: string): string {
  const bytes = readFileSync(sharedData(name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Reads, or is refused by a SpoorError that names the file. Anything else fails. */
function readOrRefused(text: string, format: FileFormat | 'auto'): 'read' | 'refused' {
  try {
    readContent(text, { format });
    return 'read';
  } catch (error) {
    assert.ok(error instanceof SpoorError, `${String(error)} for ${text.slice(0, 300)}`);
    assert.ok(CODES.has(error.code), `${error.code}: ${error.message}`);
    assert.equal(error.place.file, 'facts.json');
    return 'refused';
  }
}

describe('chain/bitcoin source-file, broken bodies', () => {
  for (const { format, folder, file, take } of BODIES) {
    itWithData(`reads or refuses a ${format} body in which any one value is wrong`, folder, function () {
      this.timeout(60_000);
      const text = textOf(`${folder}/${file}`);
      const lines = format === 'bitcoin-etl' ? text.split('\n').slice(1, 2) : [text];
      const body = take(JSON.parse(lines[0]));
      const outcomes = { read: 0, refused: 0 };
      for (const replacement of REPLACEMENTS) {
        for (const value of broken(body, replacement)) {
          const changed = JSON.stringify(value) ?? '';
          outcomes[readOrRefused(changed, format)] += 1;
          if (replacement === null) readOrRefused(changed, 'auto');
        }
      }
      assert.ok(outcomes.refused > 50, JSON.stringify(outcomes));
      assert.ok(outcomes.read > 0, 'keys that nobody needs may hold anything');
    });

    itWithData(`refuses a ${format} body cut anywhere`, folder, () => {
      const text = textOf(`${folder}/${file}`).trim();
      const body = format === 'bitcoin-etl' ? text : JSON.stringify(take(JSON.parse(text)));
      // A cut right behind a line leaves whole lines; the last line is where cuts must show.
      const from = body.lastIndexOf('\n') + 2;
      const step = Math.ceil((body.length - from) / 300);
      for (let length = from; length < body.length; length += step) {
        assert.equal(readOrRefused(body.slice(0, length), 'auto'), 'refused', `cut at ${length}`);
      }
    });
  }
});
