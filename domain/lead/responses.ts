const responses: ReadonlySet<string> = new Set(['Call', 'Email', 'SMS', 'Showing']);

/** Whether an activity is somebody getting in touch with the lead. */
export const isResponse = (activityType: string): boolean => responses.has(activityType);
