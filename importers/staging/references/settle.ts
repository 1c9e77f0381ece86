import { sql } from 'kysely';
import { pagesBy } from '../../../platform/database/pages.ts';
import { storableJson } from '../../../platform/database/storable.ts';
import { collectionPlans, recordKeyOf, type StagedCollection } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import type { Reference } from '../../legacy/fields/ids/reference.ts';
import { leaveQuarantine } from '../documents/quarantine.ts';
import { markPending } from '../documents/write-documents.ts';
import { type AgentDirectory, resolveContacts } from './references.ts';

type Row = {
  legacy_id: string;
  record_key: string | null;
  contact_ref: Reference | null;
  agent_ref: Reference | null;
  unresolved: string[];
};

/**
 * Checks again whether documents whose references pointed nowhere now have their target, including documents that are
 * not in today's dump.
 */
export const settleReferences = async (
  db: AnyDatabase,
  collection: StagedCollection,
  agents: AgentDirectory,
  now: Date,
): Promise<void> => {
  const unresolved = async (after: string, limit: number): Promise<readonly Row[]> => {
    const { rows } = await sql<Row>`
      select legacy_id, record_key, contact_ref, agent_ref, unresolved from ops.import_document
      where collection = ${collection} and unresolved is not null and legacy_id > ${after}
      order by legacy_id limit ${limit}`.execute(db);
    return rows;
  };
  for await (const rows of pagesBy(({ legacy_id }) => legacy_id, 1_000, unresolved))
    await settlePage(db, collection, rows, agents, now);
};

const settlePage = async (
  db: AnyDatabase,
  collection: StagedCollection,
  rows: readonly Row[],
  agents: AgentDirectory,
  now: Date,
): Promise<void> => {
  const plan = collectionPlans[collection];
  const contacts = await resolveContacts(
    db,
    rows.flatMap(({ contact_ref }) => contact_ref ?? []),
  );
  const settled = rows.flatMap((row) => {
    const contactKey = contacts.keyOf(row.contact_ref);
    const agentKey = agents.keyOf(row.agent_ref);
    const found = { contact: contactKey, agent: agentKey };
    const lost = [
      ...(row.contact_ref !== null && contactKey === undefined ? [row.contact_ref] : []),
      ...(row.agent_ref !== null && agentKey === undefined ? [row.agent_ref] : []),
    ];
    if (lost.length === row.unresolved.length) return [];
    const complete = plan.needs.every((need) => found[need] !== undefined);
    const recordKey =
      row.record_key ??
      (complete ? (plan.record === 'lead' ? contactKey! : recordKeyOf(collection, row.legacy_id)) : null);
    return [{ ...row, lost, contactKey: contactKey ?? null, recordKey }];
  });
  if (settled.length === 0) return;
  const rowsNow = settled.map(({ legacy_id, recordKey, contactKey, lost }) => ({
    legacy_id,
    recordKey,
    contactKey,
    lost: lost.length === 0 ? null : lost,
  }));
  const ready = settled.filter(({ recordKey }) => recordKey !== null);
  await db.transaction().execute(async (transaction) => {
    await sql`
      update ops.import_document d set
        record_key = x."recordKey", contact_key = coalesce(x."contactKey", d.contact_key), unresolved = x.lost
      from json_to_recordset(${storableJson(rowsNow)}::json) as x (
        legacy_id text, "recordKey" text, "contactKey" text, lost text[])
      where d.collection = ${collection} and d.legacy_id = x.legacy_id`.execute(transaction);
    await markPending(
      transaction,
      plan.aggregate,
      ready.map(({ recordKey }) => recordKey!),
    );
    const settledIds = ready.filter(({ record_key }) => record_key === null).map(({ legacy_id }) => legacy_id);
    await leaveQuarantine(transaction, collection, settledIds, now);
  });
};
