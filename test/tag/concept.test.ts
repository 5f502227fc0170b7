import assert from 'node:assert/strict';
import { CONCEPTS, conceptPlace } from '../../src/tag/index.ts';

describe('concepts', () => {
  it('the chain upwards is that of the published taxonomy, by hand', () => {
    // concepts.yaml: pyramid_scheme < ponzi_scheme < investment_fraud < financial_crime < abuse < behaviour < concept.
    assert.deepEqual(conceptPlace('pyramid_scheme').broader, [
      'ponzi_scheme',
      'investment_fraud',
      'financial_crime',
      'abuse',
      'behaviour',
      'concept',
    ]);
    assert.deepEqual(conceptPlace('coinjoin').broader, ['mixing', 'gray_usage', 'behaviour', 'concept']);
    assert.deepEqual(conceptPlace('extremism').narrower, ['terrorism', 'terrorism_financing']);
    assert.deepEqual(conceptPlace('website_mention').narrower, ['forum_mention']);
  });

  it('every concept but "unknown" hangs below the top, and broader and narrower are one relation', () => {
    for (const id of CONCEPTS) {
      const { known, broader, narrower } = conceptPlace(id);
      assert.equal(known, true, id);
      assert.equal(broader.at(-1), id === 'unknown' ? undefined : 'concept', id);
      for (const other of narrower) assert.ok(conceptPlace(other).broader.includes(id), `${id} ${other}`);
      for (const other of broader)
        assert.ok(!CONCEPTS.has(other) || conceptPlace(other).narrower.includes(id), `${id} ${other}`);
    }
  });

  it('INTERPOL ids are those of its lists, with how near they are', () => {
    // entities v0.3: tumbler, dark_market, crypto_atm; abuses v0.1: exactly these six.
    assert.deepEqual(conceptPlace('mixing_service').interpol, { list: 'entities', id: 'tumbler', match: 'exact' });
    assert.deepEqual(conceptPlace('market').interpol, { list: 'entities', id: 'dark_market', match: 'narrower' });
    const abuses = [...CONCEPTS].flatMap((id) => {
      const row = conceptPlace(id).interpol;
      return row?.list === 'abuses' ? [row.id] : [];
    });
    assert.deepEqual(abuses.sort(), ['phishing', 'ponzi_scheme', 'ransomware', 'scam', 'service_hack', 'sextortion']);
    assert.equal(conceptPlace('vpn').interpol, null);
  });

  it('a word outside the taxonomy is said to be unknown, names of Object included', () => {
    for (const word of ['exchange2', 'constructor', ''])
      assert.deepEqual(conceptPlace(word), { id: word, known: false, broader: [], narrower: [], interpol: null });
  });
});
