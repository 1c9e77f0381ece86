import { sql } from 'kysely';
import { looksShared } from '../../../domain/identity/shared-address.ts';
import { plainName } from '../../../domain/lead/plain-name.ts';
import { isSamePerson, type KnownBy } from '../../../domain/lead/same-person.ts';
import { camelCased } from '../../../tables/database.ts';
import type { AnyDatabase } from '../../database.ts';
import { emailIdentity } from '../../legacy/leads.ts';
import { identitiesOfStaff } from '../../staging/grouping/staff.ts';
import { type Correction, texts } from './correction.ts';
import { withoutReadModels } from './read-models.ts';

/** Two leads of which at least one was captured in openhouse and has no document of the old CRM. */
type JoiningCaptured = {
  readonly recordKey: string;
  readonly other: string;
  readonly continues: string;
  /** Whether the next import joins them: of the two, the corrected one was captured, and what it says counts at once. */
  readonly isNext: boolean;
};

/**
 * Leads that would be joined because one of them was captured here, as the next import would (see `joinCapturedLeads`).
 * @param others the leads that have one of the corrected values
 */
export const joiningCaptured = async (
  db: AnyDatabase,
  corrections: readonly Correction[],
  others: readonly string[],
): Promise<readonly JoiningCaptured[]> => {
  const keys = [...corrections.map(({ recordKey }) => recordKey), ...others];
  const query = sql<
    KnownBy & { readonly contactKey: string; readonly documented: boolean; readonly capturedAt: Date | null }
  >`
    select contact_key, array_remove(array[email] || other_emails, null) as emails, mobile_phone as phone,
      concat_ws(' ', first_name, last_name) as name, captured_at,
      exists (select from ops.import_document d where d.collection = 'contacts' and d.record_key = lead.contact_key) as documented
    from read.leads lead where contact_key = any (${keys}::text[])`;
  const rows = await withoutReadModels(async () => (await query.execute(camelCased(db))).rows, []);
  const known = new Map(rows.map((row) => [row.contactKey, row]));
  if (rows.every(({ documented }) => documented)) return [];
  const { rows: old } = await sql`select from ops.import_document where collection = 'contacts' limit 1`.execute(db);
  if (old.length === 0) return []; // there is no old CRM
  const staff = await identitiesOfStaff(db);
  const isShared = (email: string) => looksShared(email) || staff.has(emailIdentity(email));
  return corrections.flatMap(({ recordKey, changes }) => {
    const own = known.get(recordKey);
    if (own === undefined) return [];
    const after = Object.fromEntries(changes.map(({ field, after }) => [field, after]));
    const corrected: KnownBy = {
      emails: [...own.emails.filter((email) => !changes.some(({ before }) => texts(before).includes(email)))].concat(
        texts(after.email),
        texts(after.otherEmails),
      ),
      phone: 'mobilePhone' in after ? (texts(after.mobilePhone)[0] ?? null) : own.phone,
      name: plainName(own.name),
    };
    return rows.flatMap((row) => {
      if (row.contactKey === recordKey || (row.documented && own.documented)) return [];
      if (!isSamePerson(corrected, { ...row, name: plainName(row.name) }, isShared)) return [];
      const isNext = row.documented && !own.documented;
      // Otherwise write-back makes documents of captured ones first, and the record of the first document continues.
      const isOther = row.documented || (!own.documented && Number(row.capturedAt ?? 0) < Number(own.capturedAt ?? 0));
      const continues = isOther && !isNext ? row.contactKey : recordKey;
      return [{ recordKey, other: row.contactKey, continues, isNext }];
    });
  });
};
