/** The old CRM's collections by what they hold, for people. */
const labels: Readonly<Record<string, string>> = {
  users: 'Agents',
  contacts: 'Leads',
  properties: 'Listings',
  savedsearches: 'Saved searches',
  leadassignments: 'Assignments',
  activities: 'Activities',
  alerts_sent: 'Alerts sent before',
};

export const collectionLabel = (collection: string): string => labels[collection] ?? collection;
