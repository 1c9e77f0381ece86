import { sql } from 'kysely';
import { leads } from '../../commands/aggregates.ts';
import { load } from '../../commands/execute.ts';
import { parseStreamName } from '../../domain/events.ts';
import { looksShared } from '../../domain/identity/shared-address.ts';
import type { LeadFields } from '../../domain/lead/index.ts';
import { plainName } from '../../domain/lead/plain-name.ts';
import { isSamePerson, type KnownBy } from '../../domain/lead/same-person.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isReadable } from '../../eventstore/stored-event.ts';
import { storableJson } from '../../platform/database/storable.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import { moveDocuments } from '../staging/grouping/move-documents.ts';
import { identitiesOfStaff } from '../staging/grouping/staff.ts';

/** A lead that was captured in openhouse. */
type Captured = KnownBy & { readonly contactKey: string; readonly capturedAt: string };

/**
 * Joins contacts of the old CRM to leads that were captured in openhouse, if they are the same person (`isSamePerson`):
 * the lead continues, with its key, agent and history, and the contact becomes one of its documents. A lead takes one
 * record of the old CRM: one with the same address rather than the same phone number, and of several the oldest. It
 * keeps the contact until a person splits them.
 */
export const joinCapturedLeads = async (db: AnyDatabase, store: EventStore): Promise<void> => {
  const captured = await capturedLeads(db, store);
  if (captured.size === 0) return;
  const { rows } = await sql<Found>`
    with own as (
      select * from json_to_recordset(${storableJson([...captured.values()])}::json) as x ("contactKey" text, emails text[], phone text)
    ), meant as (
      select own."contactKey" as contact_key, i.legacy_id from own, unnest(own.emails) as e (email)
        join ops.import_identity i on i.collection = 'contacts' and i.identity = 'email:' || e.email
      union
      select own."contactKey", d.legacy_id from own
        join ops.import_document d on d.collection = 'contacts' and d.payload -> 'fields' ->> 'mobilePhone' = own.phone
    )
    select meant.contact_key, d.legacy_id, d.record_key, d.identities,
      d.payload -> 'fields' ->> 'mobilePhone' as phone,
      concat_ws(' ', d.payload -> 'fields' ->> 'firstName', d.payload -> 'fields' ->> 'lastName') as name
    from meant join ops.import_document d on d.collection = 'contacts' and d.legacy_id = meant.legacy_id
    where d.record_key is not null and d.record_key <> meant.contact_key
      and not exists (select from ops.import_document own where own.record_key = meant.contact_key)
      -- Contacts that belong to another captured lead stay there.
      and not exists (select from ops.import_captured_lead c where c.contact_key = d.record_key)
    order by d.created_at nulls last, d.legacy_id`.execute(camelCased(db));
  if (rows.length === 0) return;
  const isShared = await sharedAddresses(db, rows);
  const taken = new Map<string, string>();
  const joined = new Set<string>();
  for (const byAddress of [true, false]) {
    for (const row of rows) {
      const lead = captured.get(row.contactKey)!;
      const contact = knownBy(row);
      if (byAddress && !contact.emails.some((email) => lead.emails.includes(email))) continue;
      if (taken.has(row.contactKey) || joined.has(row.recordKey)) continue;
      if (!isSamePerson(lead, contact, isShared)) continue;
      taken.set(row.contactKey, row.recordKey);
      joined.add(row.recordKey);
    }
  }
  if (taken.size === 0) return;
  const from = new Map([...taken].map(([contactKey, recordKey]) => [recordKey, contactKey]));
  const { rows: documents } = await sql<{ legacyId: string; recordKey: string }>`
    select legacy_id, record_key from ops.import_document
    where collection = 'contacts' and record_key = any (${[...from.keys()]}::text[])`.execute(camelCased(db));
  await db.transaction().execute(async (transaction) => {
    await sql`
      insert into ops.import_captured_lead (contact_key, captured_at)
      select * from unnest(
        ${[...taken.keys()]}::text[], ${[...taken.keys()].map((key) => captured.get(key)!.capturedAt)}::timestamptz[])
      on conflict do nothing`.execute(transaction);
    await moveDocuments(
      transaction,
      'contacts',
      documents.map(({ legacyId, recordKey }) => ({
        legacyId,
        from: recordKey,
        into: from.get(recordKey)!,
        merged: true,
      })),
    );
  });
};

type Found = {
  readonly contactKey: string;
  readonly legacyId: string;
  readonly recordKey: string;
  readonly identities: readonly string[];
  readonly phone: string | null;
  readonly name: string;
};

const knownBy = ({ identities, phone, name }: Found): KnownBy => ({
  emails: identities.flatMap((identity) => (identity.startsWith('email:') ? [identity.slice(6)] : [])),
  phone,
  name: plainName(name),
});

/** Addresses of an office or of staff, and those that contacts of several records have: the rules kept these apart. */
const sharedAddresses = async (db: AnyDatabase, rows: readonly Found[]): Promise<(email: string) => boolean> => {
  const staff = await identitiesOfStaff(db);
  const records = new Map<string, Set<string>>();
  for (const row of rows) {
    for (const email of knownBy(row).emails) records.set(email, (records.get(email) ?? new Set()).add(row.recordKey));
  }
  return (email) => looksShared(email) || staff.has(`email:${email}`) || (records.get(email)?.size ?? 0) > 1;
};

/**
 * The leads that were captured in openhouse and have no documents of the old CRM: as `read.leads` has them, and as the event store
 * has them where it is ahead.
 */
const capturedLeads = async (db: AnyDatabase, store: EventStore): Promise<ReadonlyMap<string, Captured>> => {
  const found = new Map<string, Captured>();
  const { rows: live } = await sql<{ commit: string | null; prepare: string | null }>`
    select commit_position as commit, prepare_position as prepare from ops.projection_build
    where name = 'leads' and state = 'live'`
    .execute(db)
    .catch(() => ({ rows: [] })); // no read model has been built yet
  const [build] = live;
  if (build !== undefined) {
    const { rows } = await sql<Captured>`
      select contact_key, array_remove(array[email] || other_emails, null) as emails, mobile_phone as phone,
        concat_ws(' ', first_name, last_name) as name, captured_at
      from read.leads where coalesce(cardinality(legacy_ids), 0) = 0 and captured_at is not null`.execute(
      camelCased(db),
    );
    for (const row of rows)
      found.set(row.contactKey, {
        ...row,
        name: plainName(row.name),
        capturedAt: new Date(row.capturedAt).toISOString(),
      });
  }
  const after =
    build?.commit == null || build.prepare == null
      ? null
      : { commit: BigInt(build.commit), prepare: BigInt(build.prepare) };
  const changed = new Map<string, string>();
  for await (const stored of store.readAll({ after })) {
    const parsed = parseStreamName(stored.streamName);
    // First, because events of other applications may have no metadata, and only what is looked at is parsed.
    if (parsed?.aggregate !== 'lead') continue;
    if (!isReadable(stored) || stored.metadata?.actor?.kind === 'import') continue;
    const known = changed.get(parsed.key) ?? found.get(parsed.key)?.capturedAt;
    if (known !== undefined) changed.set(parsed.key, known);
    else if (stored.type === 'LeadCaptured') changed.set(parsed.key, stored.metadata.occurredAt);
  }
  for (const [contactKey, capturedAt] of changed) {
    const { state } = await load(store, leads, contactKey);
    if (state.mergedIntoContactKey !== null || state.fields.legacyIds?.length) found.delete(contactKey);
    else found.set(contactKey, { ...namesOf(state.fields), contactKey, capturedAt });
  }
  return found;
};

const namesOf = ({ email, otherEmails, mobilePhone, firstName, lastName }: KnownFields): KnownBy => ({
  emails: [...(email ? [email] : []), ...(otherEmails ?? [])],
  phone: mobilePhone ?? null,
  name: plainName([firstName, lastName].filter(Boolean).join(' ')),
});

type KnownFields = { readonly [Name in keyof LeadFields]?: LeadFields[Name] | null };
