import { type Kysely, sql } from 'kysely';
import { looksShared } from '../../domain/identity/shared-address.ts';
import { plainName } from '../../domain/lead/plain-name.ts';
import { isSamePerson, type KnownBy } from '../../domain/lead/same-person.ts';
import { camelCased } from '../../tables/database.ts';

export type KnownPerson = {
  /** The lead of the same person, the one that changed last if there are several; `null` if there is none. */
  readonly known: string | null;
  /** Several people may share the address: it does not prove who it is. */
  readonly addressShared: boolean;
};

/**
 * The lead of the same person (`isSamePerson`). An address counts as shared if it looks like an office's, belongs to one of our
 * agents, or leads with different names have it already.
 */
export const findPerson = async (
  db: Kysely<unknown>,
  { email, phone, name }: { readonly email: string | null; readonly phone: string | null; readonly name: string },
): Promise<KnownPerson> => {
  const { rows } = await sql<{ contactKey: string; emails: string[]; phone: string | null; name: string }>`
    select contact_key, array_remove(array[email] || other_emails, null) as emails, mobile_phone as phone,
      concat_ws(' ', first_name, last_name) as name
    from read.leads
    where email = ${email} or other_emails @> array[${email}::text] or mobile_phone = ${phone}
    order by position desc
    limit 200`.execute(camelCased(db));
  const { rows: staff } = await sql`select from read.agents where member_email = ${email} limit 1`.execute(db);
  const leads = rows.map((row) => ({ ...row, name: plainName(row.name) }));
  const names = new Set(
    leads.filter((lead) => lead.name !== '' && email !== null && lead.emails.includes(email)).map((lead) => lead.name),
  );
  const addressShared = email !== null && (looksShared(email) || staff.length > 0 || names.size > 1);
  const wanted: KnownBy = { emails: email === null ? [] : [email], phone, name };
  const found = leads.find((lead) => isSamePerson(wanted, lead, () => addressShared));
  return { known: found?.contactKey ?? null, addressShared };
};
