/** Labels of the old CRM's collections. */
const labels: Readonly<Record<string, string>> = {
  users: 'Agents',
  contacts: 'Leads',
  properties: 'Listings',
  savedsearches: 'Saved searches',
  leadassignments: 'Assignments',
  activities: 'Activities',
  alerts_sent: 'Alerts already sent',
};

export const collectionLabel = (collection: string): string => labels[collection] ?? collection;
