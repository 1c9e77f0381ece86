import type { Config } from '../config/config.ts';
import { loggable } from './loggable.ts';

export type ErrorReporter = {
  /** @param tags searchable, never personal: which job, projection or event type */
  report(error: unknown, tags?: Record<string, string>): void;
  /** Waits up to two seconds for pending reports to be sent. Call it before the process ends. */
  flush(): Promise<void>;
};

const noReporter: ErrorReporter = { report: () => {}, flush: async () => {} };

/**
 * Reports errors to Sentry if SENTRY_DSN is set, and loads its client only then. Personal data stays out: no request
 * bodies, no addresses, and none of the values that PostgreSQL quotes in its errors.
 */
export async function openErrorReporter(config: Pick<Config, 'sentryDsn' | 'environment'>): Promise<ErrorReporter> {
  if (config.sentryDsn === undefined) return noReporter;
  const Sentry = await import('@sentry/node');
  Sentry.init({
    dsn: config.sentryDsn,
    environment: config.environment,
    // Sentry 11's replacement for `sendDefaultPii: false`: nothing that could identify or quote a person.
    dataCollection: {
      userInfo: false,
      cookies: false,
      httpHeaders: false,
      httpBodies: [],
      urlQueryParams: false,
      databaseQueryData: false,
      queues: false,
      stackFrameVariables: false,
    },
    tracesSampleRate: 0,
    beforeSend: (event) => {
      delete event.extra;
      delete event.request;
      delete event.user;
      delete event.server_name;
      if (event.message !== undefined) event.message = loggable(event.message);
      for (const exception of event.exception?.values ?? [])
        if (exception.value !== undefined) exception.value = loggable(exception.value);
      return event;
    },
    // Breadcrumbs record console lines and HTTP calls, which contain addresses and names.
    maxBreadcrumbs: 0,
  });
  return {
    report: (error, tags = {}) => {
      Sentry.captureException(error, { tags });
    },
    flush: async () => {
      await Sentry.flush(2_000);
    },
  };
}
