import { sql } from 'kysely';
import { buildSlackAnswer } from '../../delivery/slack/build-answer.ts';
import { fields, header } from '../../delivery/slack/build-message.ts';
import { mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { labelOf } from '../../domain/catalogue/record-fields.ts';
import { formatField } from '../../history/format.ts';
import { shortened } from '../../platform/words.ts';
import { findAnything } from '../../queries/search/find.ts';
import { type Handled, told } from '../answers.ts';
import type { SlackDeps } from '../deps.ts';

type Row = Readonly<Record<string, unknown>> & { readonly title: string };

/** `/openhouse listing <mls number>` */
export const listing = async ({ db }: SlackDeps, text: string): Promise<Handled> => {
  if (text === '') return told('listing-missing', 'Which one? /openhouse listing RX-10912345');
  const found = await findAnything(db, ['listing'], text.slice(0, 320));
  const [only, ...others] = found;
  if (only === undefined) return told('listing-unknown', `There is no listing “${text.slice(0, 80)}”.`);
  if (others.length > 0) {
    const names = found.slice(0, 5).map(({ title, about }) => (about ? `${title} (${about})` : title));
    return told('listing-ambiguous', `${found.length} listings match: ${names.join('; ')}`);
  }
  const { rows } = await sql<Row>`
    select coalesce(unparsed_address, listing_id, listing_key) as title, listing_id as "listingId",
      standard_status as "standardStatus", list_price::float8 as "listPrice", bedrooms_total as "bedroomsTotal",
      bathrooms_total_integer as "bathroomsTotalInteger", living_area::float8 as "livingArea",
      property_type as "propertyType", property_sub_type as "propertySubType", year_built as "yearBuilt"
    from read.listings where listing_key = ${only.key}`.execute(db);
  const [row] = rows;
  if (row === undefined) return told('listing-unknown', `There is no listing “${text.slice(0, 80)}”.`);
  const { title, ...facts } = row;
  const known = Object.entries(facts).filter(([, value]) => value !== null);
  return {
    outcome: 'listing',
    answer: buildSlackAnswer(title, [
      header(title),
      ...fields(
        known.map(
          ([name, value]) =>
            mrkdwn`*${labelOf('listing', name)}*\n${shortened(formatField('listing', name, value), 300)}`,
        ),
      ),
    ]),
  };
};
