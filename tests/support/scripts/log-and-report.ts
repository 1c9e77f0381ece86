/**
 * Logs and reports errors that contain personal data, as a job would. Arguments: the personal data (not in this source, which
 * Sentry quotes around each frame): an e-mail address, a first name, a phone number; and a Sentry DSN.
 */
import { createLogger } from '../../../platform/logging/log.ts';
import { openErrorReporter } from '../../../platform/logging/sentry.ts';

const [email, firstName, mobilePhone, sentryDsn] = process.argv.slice(2);
const log = createLogger({ level: 'info', name: 'test' });
const lead = { contactKey: 'kept-1', email, firstName };
log.info({ lead, job: 'alerts' }, 'told a lead');
log.info({ email, batch: { items: { mobilePhone } } }, 'flat and deep');

// Like pg's error for a violated unique constraint: the row's values are in `detail`.
const cause = Object.assign(new Error('duplicate key value violates unique constraint "lead_email"'), {
  code: '23505',
  detail: `Key (email)=(${email}) already exists.`,
  where: `SQL statement with ${email}`,
});
const error = new Error(`the job failed: Postmark does not write to ${email} (${mobilePhone})`, { cause });
log.warn({ outboxId: 'kept-2' }, `refused: ${email}`);
log.error({ err: error }, 'job failed');

const reporter = await openErrorReporter({ sentryDsn, environment: 'test' });
console.log(`a line with ${email}, which Sentry would keep as a breadcrumb`);
reporter.report(error, { job: 'alerts' });
await reporter.flush();
