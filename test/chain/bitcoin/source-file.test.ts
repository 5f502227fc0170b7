import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { readBitcoinFile } from '../../../src/chain/bitcoin/source-file.ts';
import { readContent, refusalOf, refused, TXID } from './source-content.ts';

const LINE = `{"txid":"${TXID}","inputs":[],"coinbase":true,"outputs":[{"valueSat":"5000000000"}]}`;

describe('chain/bitcoin source-file', () => {
  it('gives name, digest and the bytes as they lie on disk', () => {
    const bytes = gzipSync(Buffer.from(LINE));
    const parsed = readContent(bytes, { file: 'some.name' });
    assert.equal(parsed.name, 'some.name');
    assert.deepEqual(parsed.bodyBytes, bytes);
    assert.equal(parsed.transactions.length, 1);
    // printf '[]' | sha256sum
    const digest = '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945';
    assert.equal(readContent('[]', { format: 'esplora' }).sha256, digest);
  });

  it('uses the name given in messages and results', () => {
    assert.equal(readContent(LINE, { name: 'exhibit 7' }).name, 'exhibit 7');
    assert.equal(refused('', { name: 'exhibit 7' }).place.file, 'exhibit 7');
  });

  it('knows gzip by its bytes: packed without .gz, plain with it', () => {
    assert.equal(readContent(gzipSync(LINE), { file: 'packed.json' }).format, 'spoor');
    assert.equal(readContent(LINE, { file: 'plain.json.gz' }).format, 'spoor');
  });

  it('names a file that is not there, and what is no file', () => {
    const options = { format: 'auto', network: 'mainnet' } as const;
    assert.equal(refusalOf(() => readBitcoinFile('/no/such/file.json', options)).code, 'FILE_NOT_FOUND');
    const folder = refusalOf(() => readBitcoinFile(tmpdir(), options));
    assert.equal(folder.code, 'IO');
    assert.match(folder.message, /not a regular file/);
  });

  it('refuses empty and blank files', () => {
    for (const content of ['', gzipSync(''), '\n \n']) {
      const error = refused(content);
      assert.equal(error.code, 'MALFORMED');
      assert.match(error.message, /empty|nothing but blanks/);
    }
  });

  it('refuses a gzip file that is cut or damaged', () => {
    const packed = gzipSync(LINE.repeat(20));
    assert.match(refused(packed.subarray(0, -12)).message, /cut short/);
    const damaged = Buffer.from(packed);
    damaged[20] ^= 0xff;
    assert.equal(refused(damaged).code, 'MALFORMED');
  });

  it('refuses a gzip bomb, stating the limit', () => {
    const bomb = gzipSync(Buffer.alloc(3_000_000, 0x20));
    const error = refused(bomb, { limits: { maxBytes: 1_000_000 } });
    assert.equal(error.code, 'TOO_LARGE');
    assert.match(error.message, /limit is 1000000 bytes/);
  });

  it('refuses content that unpacks beyond the ratio once it is above 64 MiB', () => {
    // 65 MiB of blanks pack to about 66 kB; 250 times that is below 64 MiB, so 64 MiB (67108864 bytes) is the limit.
    const bomb = gzipSync(Buffer.alloc(65 * 2 ** 20, 0x20));
    const error = refused(bomb);
    assert.equal(error.code, 'TOO_LARGE');
    assert.match(error.message, /limit is 67108864 bytes/);
  });

  it('refuses a plain file above the limit', () => {
    assert.equal(refused(LINE, { limits: { maxBytes: 50 } }).code, 'TOO_LARGE');
  });

  const unknown: [string, string | Buffer, RegExp][] = [
    ['an object of other keys', '{"foo": 1, "bar": []}', /keys foo, bar/],
    ['a list of other objects', '[{"from": "x"}]', /first item: an object with the keys from/],
    ['an empty list', '[]', /empty list/],
    ['a number', '500000\n', /one number/],
    ['one hash in quotes', `"${TXID}"`, /one hash/],
    ['one plain hash', `${TXID}\n`, /one hash/],
    ['bzip2', Buffer.from('BZh91AY&SY'), /bzip2/],
    ['gzip inside gzip', gzipSync(gzipSync(LINE)), /gzip inside gzip/],
    ['UTF-16', Buffer.from(`\ufeff${LINE}`, 'utf16le'), /UTF-16/],
    ['an SQLite file', Buffer.from('SQLite format 3\0'), /SQLite/],
  ];
  for (const [title, content, says] of unknown) {
    it(`cannot tell the format of ${title}, and says what it saw`, () => {
      const error = refused(content);
      assert.equal(error.code, 'FORMAT_UNKNOWN');
      assert.match(error.message, says);
      assert.match(
        error.hint ?? '',
        /spoor, bitcoin-etl, esplora, blockchain-info, walletexplorer, bitcoin-core, core-rest, blk, blockchair/,
      );
    });
  }

  it('reads what it is told to read', () => {
    assert.equal(readContent('[]', { format: 'esplora' }).transactions.length, 0);
    assert.equal(refused(LINE, { format: 'esplora' }).place.field, 'status');
  });

  it('takes wrong JSON for wrong JSON, not for an unknown format', () => {
    const error = refused('{"txid": "aa", ');
    assert.equal(error.code, 'MALFORMED');
    assert.match(error.message, /line 1, column 16/);
    assert.equal(refused('hello').code, 'MALFORMED');
  });

  it('refuses deep nesting without a crash', () => {
    assert.match(refused('['.repeat(200_000)).message, /nested deeper/);
  });
});
