import { buildSlackAnswer, type SlackAnswer } from '../../delivery/slack/build-answer.ts';
import { fields, header, section } from '../../delivery/slack/build-message.ts';
import { mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { factsInWords } from '../../domain/listing/index.ts';
import { labelOf } from '../../domain/record-fields.ts';
import { formatField } from '../../history/format.ts';
import { shortened } from '../../platform/wording/words.ts';
import { readListingForAgents } from '../../queries/home.ts';
import { findAnything } from '../../queries/search/find.ts';
import { answerWith, type Handled } from '../answers.ts';
import type { SlackDeps } from '../deps.ts';

/** Shown with a label each, before the line of facts. */
const labelled = ['listingId', 'standardStatus', 'listPrice', 'propertyType'] as const;

/** `/openhouse listing <mls number>` */
export const listing = async ({ db }: SlackDeps, text: string): Promise<Handled> => {
  if (text === '') return answerWith('listing-missing', 'Which one? /openhouse listing RX-10912345');
  const found = await findAnything(db, ['listing'], text.slice(0, 320));
  const [only, ...others] = found;
  if (only === undefined) return answerWith('listing-unknown', `There is no listing “${shortened(text, 80)}”.`);
  if (others.length > 0) {
    const names = found.slice(0, 5).map(({ title, about }) => (about ? `${title} (${about})` : title));
    return answerWith('listing-ambiguous', `${found.length} listings match: ${names.join('; ')}`);
  }
  const row = await readListingForAgents(db, only.key);
  if (row === undefined) return answerWith('listing-unknown', `There is no listing “${shortened(text, 80)}”.`);
  return { outcome: 'listing', answer: listingAnswer(only.key, row) };
};

/** The answer itself. */
export const listingAnswer = (
  listingKey: string,
  row: NonNullable<Awaited<ReturnType<typeof readListingForAgents>>>,
): SlackAnswer => {
  const title = row.unparsedAddress ?? row.listingId ?? listingKey;
  const known = labelled.filter((name) => (row[name] ?? null) !== null);
  const facts = factsInWords(row);
  return buildSlackAnswer(title, [
    header(title),
    ...fields(
      known.map(
        (name) => mrkdwn`*${labelOf('listing', name)}*\n${shortened(formatField('listing', name, row[name]), 300)}`,
      ),
    ),
    ...(facts.length === 0 ? [] : [section(mrkdwn`${facts.join(' · ')}`)]),
  ]);
};
