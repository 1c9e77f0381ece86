/** Labels of the old CRM's collections, in the order in which they are shown. */
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

const order = Object.keys(labels);

/** Sorts collections as they are shown; others come last, by name. */
export const byShownOrder = (one: string, other: string): number => {
  const [first, second] = [order.indexOf(one), order.indexOf(other)];
  if (first >= 0 && second >= 0) return first - second;
  return first >= 0 ? -1 : second >= 0 ? 1 : one.localeCompare(other);
};
