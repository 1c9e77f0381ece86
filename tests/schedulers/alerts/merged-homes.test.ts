import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contact, search } from '../../importers/support/documents.ts';
import { newHome, openImporting } from '../support/import-and-alert.ts';

test('an edited description in one of two merged documents is not price news; an edited price is', async (t) => {
  const importing = await openImporting(t);
  const ana = contact({ email: 'ana@example.com' });
  const rest = { contacts: [ana], savedsearches: [search(ana._id, { frequency: 'instant' })] };
  await importing.import(rest);
  await importing.mailed();

  const on = (day: number) => ({ updatedAt: new Date(`2026-03-${day}T12:00:00Z`) });
  const [one, two] = [newHome({ price: 460_000, ...on(28) }), newHome({ price: 450_000, ...on(29) })];
  await importing.import({ ...rest, properties: [one, two] });
  assert.deepEqual(await importing.mailed(), ['ana@example.com']);

  const reworded = { ...one, description: 'Heated pool and dock', ...on(30) };
  await importing.import({ ...rest, properties: [reworded, two] });
  assert.deepEqual(await importing.mailed(), []);

  await importing.import({ ...rest, properties: [{ ...reworded, price: 470_000, ...on(31) }, two] });
  assert.deepEqual(await importing.mailed(), ['ana@example.com']);
});
