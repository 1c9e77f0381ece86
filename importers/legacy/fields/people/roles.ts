import { asList, entryOf, type Reading, reader, spelling, unclear, understood } from '../../reading.ts';
import { readLine } from '../words/text.ts';

/** The roles that openhouse knows. Leads are offered to agents; a chain of offers ends with one of the others (see matching/policy). */
export const knownRoles = ['agent', 'broker', 'owner', 'manager', 'admin', 'assistant', 'staff'] as const;

/** Other words for them, among them those of RESO's MemberType. */
const otherWords: Readonly<Record<string, (typeof knownRoles)[number]>> = {
  ...meaning(
    'agent',
    'agents realtor realestateagent salesagent salesassociate salesperson realestatesalesperson realtorsalesperson mlsonlysalesperson ' +
      'listingagent buyeragent buyersagent brokerassociate associatebroker',
  ),
  ...meaning(
    'broker',
    'managingbroker principalbroker designatedbroker brokerofrecord mlsonlybroker designatedrealtorparticipant',
  ),
  ...meaning('manager', 'officemanager salesmanager'),
  ...meaning('admin', 'administrator sysadmin superadmin'),
  ...meaning('assistant', 'licensedassistant unlicensedassistant'),
  ...meaning('staff', 'mlsstaff associationstaff backoffice'),
};

function meaning(role: (typeof knownRoles)[number], words: string) {
  return Object.fromEntries([...words.split(' '), role].map((word) => [word, role]));
}

/**
 * `["agent"]`, `"Broker/Owner"`, `"Sales Associate"`, in the words that openhouse uses. A word that it does not know is kept, so that
 * someone with no other role is offered no leads; then it warns. Beside a known role, any other word is just a title.
 */
export const readRoles = reader(50_000, (found): Reading<string[]> => {
  const parts = asList(found);
  if (parts === undefined) return unclear('not-a-list');
  const lines = parts.map((part) => readLine(part));
  const words = lines
    .flatMap(({ value }) => value?.toLowerCase().split(/\s*[/&|]\s*/) ?? [])
    .filter((word) => word !== '')
    .map((word) => ({ word, role: entryOf(otherWords, spelling(word)) }));
  const warning = lines.find((line) => line.warning !== undefined)?.warning;
  if (words.length === 0) return { ...(warning && { warning }) };
  const roles = [...new Set(words.map(({ word, role }) => role ?? word))];
  return understood(roles, warning ?? (words.some(({ role }) => role !== undefined) ? undefined : 'role-unknown'));
});
