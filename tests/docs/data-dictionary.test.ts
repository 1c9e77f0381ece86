import { test } from 'node:test';
import { knownCode } from '../../projections/engine/builds/code.ts';
import { projectionEntries } from '../../projections/registry.ts';
import { migratedDatabase } from '../support/postgres/migrated-database.ts';
import { dataDictionary } from './data-dictionary.ts';
import { opsSchemaText, readOpsOthers, readOpsTables } from './ops-schema.ts';
import { assertWritten } from './written-page.ts';

test('docs/data-dictionary.md is current', async (t) => {
  const db = await migratedDatabase(t);
  const projections = knownCode(projectionEntries).map(({ projection }) => projection);
  assertWritten('docs/data-dictionary.md', dataDictionary(projections, await readOpsTables(db)));
});

test('tests/docs/ops-schema.txt is current: a change of the schema ops is seen in review', async (t) => {
  const db = await migratedDatabase(t);
  assertWritten('tests/docs/ops-schema.txt', opsSchemaText(await readOpsTables(db), await readOpsOthers(db)));
});
