import { sql } from 'kysely';
import { sameMeaning } from '../../domain/changes.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { storableJson } from '../../platform/database/storable.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import { markDue } from './outbox.ts';

/** A field that the old CRM changed: what it said before, what it says now, and what openhouse says; `null` for empty. */
export type Disputed = {
  readonly before: unknown;
  readonly legacy: unknown;
  readonly openhouse: unknown;
  /** Of a conflict of which only some fields were accepted: whether this one was. */
  readonly acceptedYN?: boolean;
};
export type DisputedFields = Readonly<Record<string, Disputed>>;

/** An edit in the old CRM of a record that openhouse owns. */
export type Conflict = {
  readonly conflictId: string;
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  /** The document that changed last: `properties/5f…`. */
  readonly document: string;
  readonly fields: DisputedFields;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolution: string | null;
  readonly resolvedBy: string | null;
  readonly because: string | null;
};

const columns = sql`conflict_id, aggregate, record_key, document, fields, first_seen_at, last_seen_at, resolved_at, resolution,
  resolved_by, because`;

/** The conflicts that wait for a person, the oldest first. */
export const openConflicts = async (db: AnyDatabase, aggregate?: OwnedType): Promise<readonly Conflict[]> => {
  const { rows } = await sql<Conflict>`
    select ${columns} from ops.legacy_conflict
    where resolved_at is null and (${aggregate ?? null}::text is null or aggregate = ${aggregate ?? null})
    order by conflict_id`.execute(camelCased(db));
  return rows;
};

/** A conflict by its number, resolved or not; `undefined` if there is none. */
export const conflictNumbered = async (db: AnyDatabase, conflictId: string): Promise<Conflict | undefined> => {
  const { rows } = await sql<Conflict>`
    select ${columns} from ops.legacy_conflict where conflict_id::text = ${conflictId}`.execute(camelCased(db));
  return rows[0];
};

/** The open conflict of a record; `undefined` if there is none. */
export const conflictOf = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKey: string,
): Promise<Conflict | undefined> => {
  const { rows } = await sql<Conflict>`
    select ${columns} from ops.legacy_conflict
    where aggregate = ${aggregate} and record_key = ${recordKey} and resolved_at is null`.execute(camelCased(db));
  return rows[0];
};

export type Edit = {
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  readonly document: string;
  readonly disputed: DisputedFields;
  /** What all the record's documents say now. */
  readonly legacy: Readonly<Record<string, unknown>>;
  readonly ours: Readonly<Record<string, unknown>>;
};

/**
 * Records what was changed in the old CRM in a record that openhouse owns. A record has at most one open conflict,
 * which grows with further edits; it is closed when they are undone in the old CRM, or both sides agree.
 */
export const noteEdit = async (db: AnyDatabase, edit: Edit, now: Date): Promise<void> => {
  const { aggregate, recordKey, document, disputed, legacy, ours } = edit;
  const open = await conflictOf(db, aggregate, recordKey);
  const earlier = Object.entries(open?.fields ?? {}).map(([name, { before, legacy: then }]): [string, Disputed] => [
    name,
    // An assignment is not in any field of the lead's own document.
    {
      before,
      legacy: name in legacy || name !== 'ownerMemberKey' ? (legacy[name] ?? null) : then,
      openhouse: ours[name] ?? null,
    },
  ]);
  const known = new Map(earlier);
  const all = new Map([
    ...known,
    ...Object.entries(disputed).map(([name, field]): [string, Disputed] => [
      name,
      { ...field, before: known.get(name)?.before ?? field.before },
    ]),
  ]);
  const fields = Object.fromEntries([...all].filter(([, { legacy, openhouse }]) => !sameMeaning(legacy, openhouse)));
  const withdrawn = Object.values(fields).every(({ before, legacy }) => sameMeaning(before, legacy));
  if (open === undefined && Object.keys(fields).length === 0) return;
  if (open !== undefined && (withdrawn || Object.keys(fields).length === 0)) {
    const resolution = Object.keys(fields).length === 0 ? 'agreed' : 'withdrawn';
    await resolve(db, open, { resolution, by: null, because: null }, now);
    return;
  }
  await sql`
    insert into ops.legacy_conflict (aggregate, record_key, document, fields, first_seen_at, last_seen_at)
    values (${aggregate}, ${recordKey}, ${document}, ${storableJson(fields)}::json, ${now}::timestamptz, ${now}::timestamptz)
    on conflict (aggregate, record_key) where resolved_at is null do update set
      document = excluded.document, fields = excluded.fields, last_seen_at = excluded.last_seen_at`.execute(db);
};

/** Stores other values with a conflict, unless it has grown or was resolved meanwhile. */
export const updateOpen = async (
  db: AnyDatabase,
  { conflictId, lastSeenAt }: Pick<Conflict, 'conflictId' | 'lastSeenAt'>,
  fields: DisputedFields,
): Promise<void> => {
  await sql`
    update ops.legacy_conflict set fields = ${storableJson(fields)}::json
    where conflict_id = ${conflictId}::bigint and resolved_at is null
      and date_trunc('milliseconds', last_seen_at) = ${lastSeenAt}::timestamptz`.execute(db);
};

export type Resolution = {
  readonly resolution: 'accepted' | 'partly accepted' | 'refused' | 'withdrawn' | 'agreed' | 'merged';
  readonly by: string | null;
  readonly because: string | null;
};

/**
 * Closes a conflict, unless it has grown since it was read. Documents that still differ from openhouse are overwritten.
 * @returns whether it is closed
 */
export const resolve = async (
  db: AnyDatabase,
  { conflictId, aggregate, recordKey, lastSeenAt, fields }: Conflict,
  { resolution, by, because }: Resolution,
  now: Date,
): Promise<boolean> =>
  await db.transaction().execute(async (transaction) => {
    const { numAffectedRows } = await sql`
      update ops.legacy_conflict set resolved_at = ${now}::timestamptz, resolution = ${resolution}, resolved_by = ${by},
        because = ${because}, fields = ${storableJson(fields)}::json
      where conflict_id = ${conflictId}::bigint and resolved_at is null
        and date_trunc('milliseconds', last_seen_at) = ${lastSeenAt}::timestamptz`.execute(transaction);
    if (numAffectedRows === 0n) return false;
    await markDue(transaction, aggregate, [recordKey], now);
    return true;
  });

/**
 * Closes the open conflict of a record that ended in another one: whatever its documents say otherwise is a conflict of that one now.
 */
export const closeOfEnded = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKey: string,
  now: Date,
): Promise<void> => {
  const open = await conflictOf(db, aggregate, recordKey);
  if (open !== undefined) await resolve(db, open, { resolution: 'merged', by: null, because: null }, now);
};
