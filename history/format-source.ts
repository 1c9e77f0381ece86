/** What people call a document of the old CRM, by its collection. */
const documents: ReadonlyMap<string, string> = new Map([
  ['users', 'agent'],
  ['contacts', 'lead'],
  ['properties', 'listing'],
  ['savedsearches', 'saved search'],
  ['leadassignments', 'assignment'],
  ['activities', 'activity'],
]);

/** What people call the ways by which changes come in. */
const routes: ReadonlyMap<string, string> = new Map([
  ['cli', 'the command line'],
  ['console', 'the console'],
  ['legacy', 'the old CRM'],
  ['postmark', 'Postmark'],
  ['slack', 'Slack'],
  ['unsubscribe-link', 'the link in an e-mail'],
]);

/**
 * A document of the old CRM (`collection/id`) for people: `listing 7001`. The ID stays as it is, so that a record can be found by it,
 * here and in the old CRM.
 */
export const formatDocument = (document: string): string => {
  const slash = document.indexOf('/');
  const noun = documents.get(document.slice(0, slash));
  return noun === undefined ? document : `${noun} ${document.slice(slash + 1)}`;
};

/** Where a change came from, for people: `listing 7001 of the old CRM`, `the console`; a job by its name. */
export const formatSource = (source: string | null): string => {
  if (source === null) return 'an unknown source';
  if (source.startsWith('legacy:')) return `${formatDocument(source.slice('legacy:'.length))} of the old CRM`;
  if (source.startsWith('api:')) return `the API key “${source.slice('api:'.length)}”`;
  return routes.get(source) ?? source;
};
