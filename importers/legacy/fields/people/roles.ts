import { asList, entryOf, type Reading, reader, spelled, spelling, unclear, understood } from '../../reading.ts';
import { readLine } from '../words/text.ts';

/** The roles that openhouse knows. Leads are offered to agents; a chain of offers ends with one of the others (see matching/policy). */
export const knownRoles = ['agent', 'broker', 'owner', 'manager', 'admin', 'assistant', 'staff'] as const;

/** The words for them, among them those of RESO's MemberType. */
const rolesByWord: Readonly<Record<string, (typeof knownRoles)[number]>> = {
  ...Object.fromEntries(knownRoles.map((role) => [role, role])),
  ...spelled(
    'agent',
    'agents realtor realestateagent salesagent salesassociate salesperson realestatesalesperson realtorsalesperson mlsonlysalesperson ' +
      'listingagent buyeragent buyersagent brokerassociate associatebroker',
  ),
  ...spelled(
    'broker',
    'managingbroker principalbroker designatedbroker brokerofrecord mlsonlybroker designatedrealtorparticipant',
  ),
  ...spelled('manager', 'officemanager salesmanager'),
  ...spelled('admin', 'administrator sysadmin superadmin'),
  ...spelled('assistant', 'licensedassistant unlicensedassistant'),
  ...spelled('staff', 'mlsstaff associationstaff backoffice'),
};

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
    .map((word) => ({ word, role: entryOf(rolesByWord, spelling(word)) }));
  const warning = lines.find((line) => line.warning !== undefined)?.warning;
  if (words.length === 0) return { ...(warning && { warning }) };
  const roles = [...new Set(words.map(({ word, role }) => role ?? word))];
  return understood(roles, warning ?? (words.some(({ role }) => role !== undefined) ? undefined : 'role-unknown'));
});
