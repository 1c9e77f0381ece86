// Limits of a page, in events and bytes: a reader holds two or three pages, whatever the size of the events.
const maxPageEvents = 1000;
export const pageBytes = 128 * 1024;
/** Of a page whose events were expected to be smaller. */
export const maxPageBytes = 8 * pageBytes;

/** How many events are likely to fill a page: PostgreSQL should not look at more than it will send. */
export const createPageSize = () => {
  let likelyEvents = 200;
  return {
    likelyEvents: () => likelyEvents,
    learn(bytesPerEvent: number) {
      likelyEvents = Math.max(20, Math.min(maxPageEvents, Math.ceil((1.1 * pageBytes) / bytesPerEvent)));
    },
  };
};

export type PageSize = ReturnType<typeof createPageSize>;
