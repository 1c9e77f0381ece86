const responses: ReadonlySet<string> = new Set(['Call', 'Email', 'SMS', 'Showing']);

/** Whether an activity counts as a response to the lead. */
export const isResponse = (activityType: string): boolean => responses.has(activityType);
