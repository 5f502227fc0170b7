import assert from 'node:assert/strict';
import { DecimalText, jsonLines, nanToNull, parseJson, textOfBytes } from '../../../src/chain/file/json.ts';
import { MAX_JSON_DEPTH } from '../../../src/chain/transport/depth.ts';
import { refusalOf } from '../bitcoin/source-content.ts';

describe('chain/bitcoin json', () => {
  it('makes numbers of safe integers and keeps the text of every other number', () => {
    // 9007199254740991 is 2^53-1; the next integer but one has no float of its own.
    const value = parseJson('[0, -5, 9007199254740991, 9007199254740993, 50.0, 5.96e-05, -0, 1e8]', 'f');
    assert.deepEqual(value, [
      0,
      -5,
      9007199254740991,
      new DecimalText('9007199254740993'),
      new DecimalText('50.0'),
      new DecimalText('5.96e-05'),
      new DecimalText('-0'),
      new DecimalText('1e8'),
    ]);
  });

  it('keeps a key named __proto__ as a plain key', () => {
    const value = parseJson('{"__proto__": {"txid": "x"}}', 'f');
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.deepEqual(Object.keys(value as object), ['__proto__']);
  });

  const places: [string, string, RegExp][] = [
    ['truncated text', '{"a": [1,\n  2', /line 2, column 4: .*end of input/],
    ['a missing comma', '{\n "a": 1\n "b": 2}', /line 3, column 2: Comma/],
    ['a raw control character', '{"a": "x\ty"}', /line 1, column 9: Invalid character '\\t'/],
    ['a key with two values', '{"a": 1, "a": 2}', /line 1, column \d+: Duplicate key 'a'/],
    ['a leading zero', '[01]', /line 1, column 3/],
    ['an empty text', '', /line 1, column 1/],
  ];
  for (const [title, text, says] of places) {
    it(`names line and column of ${title}`, () => {
      const error = refusalOf(() => parseJson(text, 'f.json'));
      assert.equal(error.code, 'MALFORMED');
      assert.equal(error.place.file, 'f.json');
      assert.match(error.message, says);
    });
  }

  it('counts lines from the first line given', () => {
    const error = refusalOf(() => parseJson('{"a"', 'f', 12));
    assert.equal(error.place.record, 'line 12');
    assert.match(error.message, /line 12, column 5/);
  });

  it('takes the deepest nesting allowed and refuses one more, also at depths that would end the stack', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    assert.doesNotThrow(() => parseJson(nested(MAX_JSON_DEPTH), 'f'));
    for (const depth of [MAX_JSON_DEPTH + 1, 1_000_000]) {
      const error = refusalOf(() => parseJson(nested(depth), 'f'));
      assert.equal(error.code, 'MALFORMED');
      assert.match(error.message, /column 65: nested deeper than 64/);
    }
  });

  it('does not count brackets inside strings', () => {
    assert.deepEqual(parseJson(`["${'['.repeat(100)}\\"[["]`, 'f'), [`${'['.repeat(100)}"[[`]);
  });

  it('says what to do about NaN', () => {
    const error = refusalOf(() => parseJson('{"a": NaN}', 'f'));
    assert.match(error.message, /line 1, column 7/);
    assert.match(error.hint ?? '', /--format walletexplorer/);
  });

  it('turns bare NaN to null and leaves strings alone', () => {
    assert.equal(nanToNull('{"a":NaN,"NaN":"a \\"NaN\\" b","c":[NaN]}'), '{"a":null,"NaN":"a \\"NaN\\" b","c":[null]}');
  });

  it('turns NaN in linear time, even in text that never ends its string', () => {
    const text = `"${'\\"'.repeat(500_000)}`;
    assert.equal(nanToNull(text), text);
  });

  it('drops a byte order mark and refuses what is not UTF-8', () => {
    assert.equal(textOfBytes(Buffer.from('\ufeff{}'), {}), '{}');
    assert.equal(refusalOf(() => textOfBytes(Uint8Array.of(0x7b, 0xff), {})).code, 'MALFORMED');
  });

  it('reads lines with their numbers, skipping blank ones, whatever ends them', () => {
    const lines = [...jsonLines(Buffer.from('{"a":1}\r\n\n{"b":2}\n  \n[3]'), 'f')];
    assert.deepEqual(lines, [
      { line: 1, value: { a: 1 } },
      { line: 3, value: { b: 2 } },
      { line: 5, value: [3] },
    ]);
  });

  it('names the line of a file of lines that is wrong', () => {
    const error = refusalOf(() => [...jsonLines(Buffer.from('{"a":1}\n{"a":'), 'f')]);
    assert.deepEqual(error.place, { file: 'f', record: 'line 2' });
    assert.match(error.message, /line 2, column 6/);
  });
});
