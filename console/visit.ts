import { AsyncLocalStorage } from 'node:async_hooks';

/** Who a page is rendered for; the layout shows it. */
export type Visit = {
  /** Who is logged in; null when the console does not ask for a log-in. */
  readonly userName: string | null;
  /** Sent with every form and htmx request that changes something. */
  readonly csrfToken: string;
};

/**
 * The visit of the current request, so that pages need not pass it to the layout. Set by console/access/gate.ts.
 */
export const currentVisit = new AsyncLocalStorage<Visit>();
