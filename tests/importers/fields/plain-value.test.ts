import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Binary, BSONSymbol, Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } from 'bson';
import { plainText, plainValue, withoutInvisible } from '../../../importers/legacy/plain-value.ts';
import { asNumber, isMissing } from '../../../importers/legacy/reading.ts';
import fc from '../../support/fast-check.ts';

test('numbers are read from every BSON type and every form of Extended JSON', () => {
  const forms = [
    650000,
    Long.fromNumber(650000),
    new Int32(650000),
    new Double(650000),
    Decimal128.fromString('6.5E+5'),
    Decimal128.fromString('650000.0'),
    { $numberLong: '650000' },
    { $numberInt: '650000' },
    { $numberInt: 650000 },
    { $numberDouble: '650000.0' },
    { $numberDecimal: '6.5E+5' },
    { low: 650000, high: 0, unsigned: false },
    { _bsontype: 'Long', low: 650000, high: 0, unsigned: false },
  ];
  for (const form of forms) assert.equal(plainValue(form), 650000, JSON.stringify(form));
  assert.equal(asNumber(Decimal128.fromString('0E+2')), 0);
  assert.equal(asNumber('6.5e5'), 650000);
  assert.equal(plainValue(Long.fromString('9007199254740993')), 9007199254740993n);
});

test('text is read from symbols and binary data, times from timestamps', () => {
  assert.equal(plainValue(new BSONSymbol('Boca')), 'Boca');
  assert.equal(plainValue({ $symbol: 'Boca' }), 'Boca');
  assert.equal(plainValue(new Binary(Buffer.from('Café'))), 'Café');
  assert.equal(plainValue(Buffer.from('Café')), 'Café');
  assert.equal(plainValue({ $binary: 'Qm9jYQ==', $type: '00' }), 'Boca');
  const time = new Date(1_700_000_000_000);
  assert.deepEqual(plainValue(new Timestamp({ t: 1_700_000_000, i: 1 })), time);
  assert.deepEqual(plainValue({ $date: { $numberLong: '1700000000000' } }), time);
  assert.deepEqual(plainValue({ $date: '2023-11-14T22:13:20Z' }), time);
});

test('IDs, other binary data and ordinary documents stay unchanged', () => {
  for (const kept of [new ObjectId(), new UUID(), new Binary(Buffer.from([255, 1])), new Date(0), true]) {
    assert.equal(plainValue(kept), kept);
  }
  for (const kept of [{ low: 1, high: 2 }, { $gte: 5 }, { $numberLong: 'many' }, { min: 1, max: 2 }, {}]) {
    assert.deepEqual(plainValue(kept), kept);
  }
  assert.deepEqual(plainValue({ a: [{ $numberLong: '5' }, ' x\u200b '] }), { a: [5, 'x'] });
});

test('text is read as it looks', () => {
  assert.equal(withoutInvisible('\u200bana@example.com\ufeff'), 'ana@example.com');
  assert.equal(withoutInvisible('Boca\u00a0Raton\u2009FL'), 'Boca Raton FL');
  assert.equal(withoutInvisible('so\u00adfa \u202eabc\u202c'), 'sofa abc');
  assert.equal(withoutInvisible('👨\u200d👩\u200d👧'), '👨\u200d👩\u200d👧');
  assert.equal(plainText('４５０，０００'), '450,000');
  assert.equal(plainText('٤٥٠٠٠٠'), '450000');
  assert.equal(plainText('CafÃ©'), 'Café');
  assert.equal(isMissing('\u200b \u00a0'), true);
});

test('digits that went through a spreadsheet are restored, unless some were lost', () => {
  assert.equal(plainText('33432.0'), '33432');
  assert.equal(plainText('5.615550134E+09'), '5615550134');
  assert.equal(plainText('5.61555E+09'), '5.61555E+09');
  assert.equal(plainText('450.000'), '450.000');
});

test('converting twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (text) => {
      const once = withoutInvisible(text);
      assert.equal(withoutInvisible(once), once);
    }),
  );
});
