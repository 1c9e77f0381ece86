import { type RawBuilder, sql } from 'kysely';
import { containsPhone, containsWords } from './matches.ts';

/** SQL on a row with `other_values`: what other documents of the record say of these fields. */
const otherValuesOf = (fields: readonly string[]) => sql`(
  select string_agg(other ->> 'value', ' ') from jsonb_array_elements(coalesce(other_values, '[]'::jsonb)) as other
  where other ->> 'field' in (${sql.join(fields.map((field) => sql.lit(field)))})
)`;

const either = (one: RawBuilder<boolean>, other: RawBuilder<boolean>) => sql<boolean>`(${one} or ${other})`;

/**
 * SQL on a row of `read.leads`: whether the lead has what is searched for in its name, an e-mail address or a phone number, those it
 * had before and those that only one of its documents has included.
 */
export const leadMatches = (text: string): RawBuilder<boolean> =>
  either(
    containsWords(
      sql`concat_ws(' ', first_name, last_name, email, array_to_string(other_emails, ' '), array_to_string(former_emails, ' '),
        array_to_string(former_names, ' '), ${otherValuesOf(['firstName', 'lastName', 'email'])})`,
      text,
    ),
    containsPhone(
      sql`concat_ws(' ', mobile_phone, array_to_string(former_phones, ' '), ${otherValuesOf(['mobilePhone'])})`,
      text,
    ),
  );

/** SQL on a row of `read.listings`: by its MLS number or address, also one it had before. */
export const listingMatches = (text: string): RawBuilder<boolean> =>
  containsWords(
    sql`concat_ws(' ', listing_id, unparsed_address, array_to_string(former_addresses, ' '),
      ${otherValuesOf(['unparsedAddress', 'listingId'])})`,
    text,
  );

/** SQL on a row of `read.agents`: by name, e-mail address or phone number, also those they had before. */
export const agentMatches = (text: string): RawBuilder<boolean> =>
  either(
    containsWords(
      sql`concat_ws(' ', member_full_name, member_email, array_to_string(former_emails, ' '),
        array_to_string(former_names, ' '))`,
      text,
    ),
    containsPhone(sql`member_mobile_phone`, text),
  );
