/** A heading for people for each reason to set a document aside. Codes are stable: programs rely on them. */
const labels = {
  'agent-ambiguous': 'Ambiguous agent',
  'agent-missing': 'No agent',
  'agent-not-found': 'Agent not imported',
  'contact-ambiguous': 'Ambiguous lead',
  'contact-missing': 'No lead',
  'contact-not-found': 'Lead not imported',
  'contact-unreachable': 'No usable e-mail address or phone number',
  'criteria-missing': 'No criteria',
  'email-missing': 'No usable e-mail address',
  'id-missing': 'No _id',
  'id-twice': 'Several documents with the same _id',
  'identity-missing': 'Neither an MLS number nor an address',
  'listing-missing': 'No listing',
  'name-missing': 'No readable name',
  'not-bson': 'Not BSON',
  'not-json': 'Not JSON',
  'search-missing': 'No saved search',
  'status-missing': 'No status',
  'status-unreadable': 'Unknown status',
  'too-large': 'Too large for one event',
  'type-unreadable': 'Unknown type of activity',
  unreadable: 'Cannot be read',
} as const satisfies Readonly<Record<string, string>>;

export type QuarantineCode = keyof typeof labels;

/**
 * The heading for a code in `ops.quarantine`. A code from elsewhere (a record that the event store or a decider
 * rejected) is split into words.
 */
export const quarantineLabel = (collection: string | undefined, code: string): string => {
  // The same code means something else for a document that is the lead itself.
  const key = collection === 'contacts' && code === 'contact-missing' ? 'contact-unreachable' : code;
  if (Object.hasOwn(labels, key)) return labels[key as QuarantineCode];
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
