import type { OwnedType } from '../../../domain/ownership/index.ts';
import { domainFields } from '../labels.ts';
import type { Shared } from './shared.ts';

const records: Readonly<Record<OwnedType, string>> = { listing: 'listings', lead: 'leads', agent: 'agents' };
const values: Readonly<Record<string, string>> = {
  email: 'e-mail address',
  otherEmails: 'e-mail address',
  memberEmail: 'e-mail address',
  mobilePhone: 'phone number',
  memberMobilePhone: 'phone number',
  listingId: 'MLS number',
};

/**
 * What to tell a person who gives a record a value that another record has, in plain sentences.
 * @param called what people call a record, by its key
 */
export const sharedInWords = (shared: Shared, called: (recordKey: string) => string): string => {
  const { aggregate, field, other, follows } = shared;
  const value = values[field] ?? domainFields[aggregate][field] ?? field;
  const has = `${capitalised(other.aggregate)} ${called(other.recordKey)} has this ${value} too.`;
  switch (follows) {
    case 'nothing':
      return `${has} They stay two ${records[aggregate]}.`;
    case 'no-alerts':
      return `${has} A lead is sent no alerts at an agent’s address.`;
    case 'one-record':
      return `${has} ${whenJoined(shared, called)}`;
    default:
      return follows satisfies never;
  }
};

const whenJoined = ({ aggregate, when, continues }: Shared, called: (recordKey: string) => string): string => {
  const become = `makes them one ${aggregate}, ${called(continues!)}`;
  const undo = `If they are not the same, correct this before; afterwards, \`openhouse split ${aggregate}\` separates them.`;
  if (when === 'import') return `The next import ${become}. ${undo}`;
  const next = `this is written to the old CRM, and reading that again ${become}`;
  return when === 'written'
    ? `Next, ${next}. ${undo}`
    : `As long as the old CRM owns ${records[aggregate]}, they stay two. Once openhouse owns them, ${next}. ${undo}`;
};

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
