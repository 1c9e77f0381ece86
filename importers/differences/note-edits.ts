import { sql } from 'kysely';
import { sameMeaning } from '../../domain/changes.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { storableJson } from '../../platform/database/storable.ts';
import type { AnyDatabase } from '../database.ts';
import {
  type Conflict,
  changedNow,
  changingConflicts,
  closeConflicts,
  conflictsOf,
  type Disputed,
  type DisputedFields,
} from './conflicts.ts';
import type { ConflictReason } from './selecting.ts';

/** What was changed in the old CRM in a record that openhouse owns. */
export type Edit = {
  readonly recordKey: string;
  readonly document: string;
  readonly reason: ConflictReason;
  readonly disputed: DisputedFields;
  /** What all the record's documents say now. */
  readonly legacy: Readonly<Record<string, unknown>>;
  readonly ours: Readonly<Record<string, unknown>>;
};

/**
 * Records what was changed in the old CRM in records that openhouse owns. A record has at most one open conflict, which grows with
 * further edits; it is closed when they are undone in the old CRM, or both sides agree.
 * @param edits one for each record
 */
export const noteEdits = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  edits: readonly Edit[],
  now: Date,
): Promise<void> => {
  if (edits.length === 0) return;
  await changingConflicts(db, async (transaction) => {
    const keys = edits.map(({ recordKey }) => recordKey);
    const open = await conflictsOf(transaction, aggregate, keys);
    const noted = edits.map((edit) => ({ edit, ...afterEdit(open.get(edit.recordKey), edit) }));
    await closeConflicts(
      transaction,
      noted.flatMap(({ edit, closed }) => {
        const conflict = open.get(edit.recordKey);
        if (conflict === undefined || closed === null) return [];
        return [{ conflict, resolution: closed, by: null, because: null, at: now }];
      }),
    );
    const rows = noted.flatMap(({ edit: { recordKey, document, reason }, fields, closed }) =>
      closed === null ? [{ record_key: recordKey, document, reason, fields }] : [],
    );
    if (rows.length === 0) return;
    await sql`
      insert into ops.legacy_conflict as c (aggregate, record_key, document, reason, fields, first_seen_at, last_seen_at)
      select ${aggregate}, x.record_key, x.document, x.reason, x.fields, ${now}::timestamptz, ${now}::timestamptz
      from json_to_recordset(${storableJson(rows)}::json) as x (record_key text, document text, reason text, fields json)
      on conflict (aggregate, record_key) where resolved_at is null do update set
        -- What someone changed there stays that, however often it is read.
        document = excluded.document, reason = case when excluded.reason = 'mapping' then c.reason else excluded.reason end,
        fields = excluded.fields, last_seen_at = excluded.last_seen_at, ${changedNow}`.execute(transaction);
  });
};

/** A conflict after a further edit. `closed`: how the edit closes it, or why it is never opened; `null` if it is open. */
const afterEdit = (
  open: Conflict | undefined,
  { disputed, legacy, ours }: Edit,
): { readonly fields: DisputedFields; readonly closed: 'agreed' | 'withdrawn' | null } => {
  const earlier = Object.entries(open?.fields ?? {}).map(([name, { before, legacy: then }]): [string, Disputed] => [
    name,
    {
      // If openhouse has taken over what the old CRM said, both agreed on that: undoing it there is another edit.
      before: sameMeaning(then, ours[name] ?? null) ? then : before,
      // An assignment is not in any field of the lead's own document.
      legacy: name in legacy || name !== 'ownerMemberKey' ? (legacy[name] ?? null) : then,
      openhouse: ours[name] ?? null,
    },
  ]);
  const known = new Map(earlier);
  const further = Object.entries(disputed).map(([name, field]): [string, Disputed] => [
    name,
    { ...field, before: (known.get(name) ?? field).before },
  ]);
  const all = new Map([...known, ...further]);
  const fields = Object.fromEntries([...all].filter(([, { legacy, openhouse }]) => !sameMeaning(legacy, openhouse)));
  if (Object.keys(fields).length === 0) return { fields, closed: 'agreed' };
  const isUndone = Object.values(fields).every(({ before, legacy }) => sameMeaning(before, legacy));
  return { fields, closed: open !== undefined && isUndone ? 'withdrawn' : null };
};
