import { type Kysely, sql } from 'kysely';
import { plainName } from '../../domain/lead/plain-name.ts';

/** What a person is known again by. */
export type PersonWanted = { readonly email: string | null; readonly phone: string | null; readonly name: string };

/**
 * The lead of the same person: with the same e-mail address; or with the same phone number and name. The one that changed last, where
 * there are several; `null` when there is none. The caller leaves out addresses that several people may share.
 */
export const findPerson = async (db: Kysely<unknown>, { email, phone, name }: PersonWanted): Promise<string | null> => {
  const { rows } = await sql<{ contactKey: string; name: string; byEmail: boolean }>`
    select contact_key as "contactKey", concat_ws(' ', first_name, last_name) as name,
      ${email}::text is not null and (email = ${email} or other_emails @> array[${email}]) is true as "byEmail"
    from read.leads
    where (${email}::text is not null and (email = ${email} or other_emails @> array[${email}])) or mobile_phone = ${phone}
    order by position desc
    limit 200`.execute(db);
  const found = rows.find((row) => row.byEmail) ?? rows.find((row) => name !== '' && plainName(row.name) === name);
  return found?.contactKey ?? null;
};
