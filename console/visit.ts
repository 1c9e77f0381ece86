import { AsyncLocalStorage } from 'node:async_hooks';

/** For whom a page is rendered; the layout shows it. */
export type Visit = {
  /** Who is logged in; null when the console does not ask. */
  readonly userName: string | null;
  /** Goes along with every form and every htmx request that changes something. */
  readonly csrfToken: string;
};

/**
 * The visit of the request under way: known to the layout without every page handing it on. Set by console/access/gate.ts.
 */
export const currentVisit = new AsyncLocalStorage<Visit>();
