import { sql } from 'kysely';
import { chunksOf } from '../../../platform/chunks.ts';
import { pagesBy } from '../../../platform/database/pages.ts';
import { storableJson } from '../../../platform/database/storable.ts';
import { collectionPlans, recordKeyOf, type StagedCollection } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import type { Reference } from '../../legacy/fields/ids/reference.ts';
import { leaveQuarantine } from '../documents/quarantine.ts';
import { markPending } from '../documents/write-documents.ts';
import { clearMarks, extentOf, waitingForAny } from './marks.ts';
import { type AgentDirectory, loadAgentDirectory, resolveContacts } from './references.ts';
import { waitsFor } from './waits-for.ts';

type Row = {
  legacy_id: string;
  record_key: string | null;
  contact_ref: Reference | null;
  agent_ref: Reference | null;
  unresolved: string[];
  waits_for: string[] | null;
};

/** The collections whose documents refer to others, in the order in which they are looked at. */
const referring: readonly StagedCollection[] = [
  'contacts',
  'properties',
  'savedsearches',
  'leadassignments',
  'activities',
];

const referenced = ['users', 'contacts'] as const;

const pageSize = 1_000;

/**
 * Checks again whether documents whose references pointed nowhere now have their target, including documents that are
 * not in today's dump. It looks at those that wait for something that has changed since it last ran (`marks.ts`); after a first
 * import, or if much has changed, at all that wait.
 */
export const settleReferences = async (db: AnyDatabase, now: Date): Promise<void> => {
  const extent = await extentOf(db, referenced);
  let agents: AgentDirectory | undefined;
  for (const collection of referring) {
    for await (const rows of extent.what === 'all'
      ? allWaiting(db, collection)
      : marked(db, collection, extent.names)) {
      // Not before the marks were read, so that it has what they are about.
      agents ??= await loadAgentDirectory(db);
      await settlePage(db, collection, rows, agents, now);
    }
  }
  await clearMarks(db, referenced, extent);
};

const allWaiting = (db: AnyDatabase, collection: StagedCollection) =>
  pagesBy(
    ({ legacy_id }: Row) => legacy_id,
    pageSize,
    async (after, limit): Promise<readonly Row[]> => {
      const { rows } = await sql<Row>`
        select ${columns} from ops.import_document
        where collection = ${collection} and unresolved is not null and legacy_id > ${after}
        order by legacy_id limit ${limit}`.execute(db);
      return rows;
    },
  );

const columns = sql`legacy_id, record_key, contact_ref, agent_ref, unresolved, waits_for`;

/** Those that wait for one of these names, or of which it is not known what they wait for. */
async function* marked(
  db: AnyDatabase,
  collection: StagedCollection,
  names: readonly number[],
): AsyncGenerator<readonly Row[], void, undefined> {
  const waiting = sql`ops.import_document where collection = ${collection} and unresolved is not null`;
  for (const some of chunksOf(await waitingForAny(db, waiting, names), pageSize)) {
    const { rows } = await sql<Row>`
      select ${columns} from ops.import_document
      where collection = ${collection} and legacy_id = any (${some}::text[]) and unresolved is not null
      order by legacy_id`.execute(db);
    yield rows;
  }
}

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
  const notNoted: { readonly legacy_id: string; readonly waits: readonly number[] }[] = [];
  const settled = rows.flatMap((row) => {
    const contactKey = contacts.keyOf(row.contact_ref);
    const agentKey = agents.keyOf(row.agent_ref);
    const found = { contact: contactKey, agent: agentKey };
    const lost = [
      ...(row.contact_ref !== null && contactKey === undefined ? [row.contact_ref] : []),
      ...(row.agent_ref !== null && agentKey === undefined ? [row.agent_ref] : []),
    ];
    const waits = waitsFor({ contacts: row.contact_ref, users: row.agent_ref });
    if (lost.length === row.unresolved.length) {
      if (row.waits_for?.join() !== waits.join()) notNoted.push({ legacy_id: row.legacy_id, waits });
      return [];
    }
    const complete = plan.needs.every((need) => found[need] !== undefined);
    const recordKey =
      row.record_key ??
      (complete ? (plan.record === 'lead' ? contactKey! : recordKeyOf(collection, row.legacy_id)) : null);
    return [{ ...row, lost, waits, contactKey: contactKey ?? null, recordKey }];
  });
  if (notNoted.length > 0)
    await sql`
      update ops.import_document d set waits_for = x.waits
      from json_to_recordset(${storableJson(notNoted)}::json) as x (legacy_id text, waits bigint[])
      where d.collection = ${collection} and d.legacy_id = x.legacy_id`.execute(db);
  if (settled.length === 0) return;
  const rowsNow = settled.map(({ legacy_id, recordKey, contactKey, lost, waits }) => ({
    legacy_id,
    recordKey,
    contactKey,
    ...(lost.length === 0 ? { lost: null, waits: null } : { lost, waits }),
  }));
  const ready = settled.filter(({ recordKey }) => recordKey !== null);
  await db.transaction().execute(async (transaction) => {
    await sql`
      update ops.import_document d set
        record_key = x."recordKey", contact_key = coalesce(x."contactKey", d.contact_key), unresolved = x.lost,
        waits_for = x.waits
      from json_to_recordset(${storableJson(rowsNow)}::json) as x (
        legacy_id text, "recordKey" text, "contactKey" text, lost text[], waits bigint[])
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
