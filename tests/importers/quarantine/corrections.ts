import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { type Edit, editEntry, type RepairOptions } from '../../../importers/quarantine/edit-entry.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { contact } from '../support/documents.ts';
import { now, type TestImporter } from '../support/importer.ts';

export const deps = ({ db, store }: TestImporter) => ({ db, store, clock: fixedClock(now) });
export const because = 'Asked her on the phone';

/** Dana's correction of an entry. */
export const edit = (importer: TestImporter, quarantineId: string, changes: Edit['changes'], options?: RepairOptions) =>
  editEntry(deps(importer), { quarantineId, changes, by: 'dana', because }, options);

/** The number of the only entry of a collection, also if it is resolved. */
export const entryOf = async ({ db }: TestImporter, collection: string): Promise<string> => {
  const { rows } = await sql<{ id: string }>`
    select quarantine_id::text as id from ops.quarantine where collection = ${collection}`.execute(db);
  assert.equal(rows.length, 1);
  return rows[0]!.id;
};

/** A contact that cannot be a lead, because nothing in it reaches anyone. */
export const unreachable = (fields: object = {}) => contact({ email: 'nobody', name: 'Ana López', ...fields });
