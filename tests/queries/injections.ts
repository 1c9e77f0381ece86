import { type Kysely, sql } from 'kysely';
import { leads } from '../../commands/aggregates.ts';
import { execute } from '../../commands/execute.ts';
import { buildEmail } from '../../delivery/email/build-email.ts';
import { queueMessages } from '../../delivery/outbox.ts';
import type { LeadCommand } from '../../domain/lead/index.ts';
import { noteOrigin } from '../../eventstore/origin.ts';
import type { JobRun } from '../../schedulers/define-job.ts';
import { originOf } from '../../schedulers/job-run.ts';
import type { World } from '../history/support.ts';
import { holdLock } from './hold-table.ts';

/** How a test really causes a condition, and undoes it. */
export type Injection = {
  /** For docs/when-something-is-wrong.md. */
  readonly how: string;
  readonly inject: (world: World) => Promise<unknown>;
  readonly repair: (world: World, injected: unknown) => Promise<unknown>;
  /** The exit code of `openhouse doctor`; 0 for a mere note. */
  readonly exitCode: 0 | 1 | 3;
};

const run = (db: Kysely<unknown>, ...statements: string[]): Promise<unknown> =>
  statements.reduce<Promise<unknown>>((done, text) => done.then(() => sql.raw(text).execute(db)), Promise.resolve());

const bySql = (how: string, exitCode: 0 | 1 | 3, inject: readonly string[], repair: readonly string[]): Injection => ({
  how,
  exitCode,
  inject: ({ db }) => run(db, ...inject),
  repair: ({ db }) => run(db, ...repair),
});

const jobRun = (columns: string, values: string) =>
  `insert into ops.job_run (job, scheduled_for, trigger, lease_token, ${columns}) values (${values})`;
const noRuns = 'delete from ops.job_run';

const message = async ({ db }: World, change: string): Promise<void> => {
  const recipient = 'ana@example.com';
  await queueMessages(db, [
    {
      dedupeKey: 'wrong',
      channel: 'email',
      kind: 'alert-digest',
      contactKey: 'c1',
      recipient,
      message: buildEmail({ to: recipient, subject: 'A home', html: '<p>A home</p>', text: 'A home' }),
    },
  ]);
  await run(db, `update ops.outbox set ${change} where dedupe_key = 'wrong'`);
};
const noMessages = ({ db }: World) => run(db, `delete from ops.outbox where dedupe_key = 'wrong'`);

const outbox = (how: string, exitCode: 1 | 3, change: string): Injection => ({
  how,
  exitCode,
  inject: (world) => message(world, change),
  repair: noMessages,
});

/** By the condition's name; those that need their own servers are in conditions.test.ts. */
export const injections: Readonly<Record<string, Injection>> = {
  unchecked: {
    how: 'Another session locks `ops.quarantine` exclusively, so that checking it times out.',
    exitCode: 1,
    inject: ({ databaseUrl }) => holdLock(databaseUrl, 'ops.quarantine'),
    repair: (_, lock) => (lock as { release(): Promise<void> }).release(),
  },
  'lock-wait': {
    how: 'One session holds a lock on `ops.signing_key`, and another waits for it for 21 s.',
    exitCode: 1,
    inject: async ({ databaseUrl }) => {
      const holder = await holdLock(databaseUrl, 'ops.signing_key');
      const waiter = holdLock(databaseUrl, 'ops.signing_key');
      await new Promise((resolve) => setTimeout(resolve, 21_000));
      return {
        async release() {
          await holder.release();
          await (await waiter).release();
        },
      };
    },
    repair: (_, locks) => (locks as { release(): Promise<void> }).release(),
  },
  'schema-differs': bySql(
    'A migration that this release does not know is added to `ops.delivery_migrations`.',
    1,
    [`insert into ops.delivery_migrations (name, timestamp) values ('9999-of-next-year', '2030-01-01')`],
    [`delete from ops.delivery_migrations where name = '9999-of-next-year'`],
  ),
  'database-ahead-of-store': bySql(
    'The position of a live read model is moved beyond the end of the event store.',
    1,
    [
      `update ops.projection_build set commit_position = commit_position + 1000000000 where name = 'agents' and state = 'live'`,
    ],
    [
      `update ops.projection_build set commit_position = commit_position - 1000000000 where name = 'agents' and state = 'live'`,
    ],
  ),
  'database-older-than-store': {
    how: 'A lead was offered by a run of lead matching that is newer than any run in the database.',
    exitCode: 1,
    inject: async (world) => {
      await noteOrigin(world.db, world.store);
      const origin = originOf({ job: 'lead-offers', jobRunId: '1000000' } as JobRun, new Date());
      const commands: readonly LeadCommand[] = [
        { type: 'RecordLead', contactKey: 'c8', fields: { email: 'ben@example.com' } },
        {
          type: 'OfferLead',
          offerKey: 'o8',
          memberKeys: ['a1'],
          score: 40,
          reasons: [],
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        },
      ];
      await execute(world.store, leads, 'c8', commands, origin);
      await world.catchUp();
    },
    // As `openhouse recover --apply` does.
    repair: async ({ db, store }) => {
      const end = (await store.lastOwnPosition())!.commit;
      await sql`update ops.event_store_origin set explained_until = ${end}`.execute(db);
    },
  },
  'disk-nearly-full': bySql(
    'A process on another machine reports 1 MB free.',
    1,
    [
      `insert into ops.process (process_id, host, pid, command, roles, home, disk_free_bytes)
       values ('00000000-0000-4000-8000-000000000001', 'web2', 1, 'openhouse start', '{jobs}', '/srv/openhouse', 1000000)`,
    ],
    [`delete from ops.process where host = 'web2'`],
  ),
  'process-silent': bySql(
    'A process sent its last heartbeat three minutes ago and did not deregister.',
    1,
    [
      `update ops.process set started_at = started_at - interval '1 day'`,
      `insert into ops.process (process_id, host, pid, command, roles, home, started_at, beat_at)
       values ('00000000-0000-4000-8000-000000000003', 'web4', 1, 'openhouse start', '{jobs}', '/',
         clock_timestamp() - interval '2 hours', clock_timestamp() - interval '3 minutes')`,
    ],
    [`delete from ops.process where host = 'web4'`],
  ),
  'no-process': bySql(
    'The process that ran the jobs has deregistered.',
    3,
    [`update ops.process set roles = '{console}'`],
    [`update ops.process set roles = '{console,jobs,"read models"}'`],
  ),
  'clock-differs': bySql(
    'A process reports that its clock is 90 s ahead.',
    3,
    [
      `insert into ops.process (process_id, host, pid, command, roles, home, clock_ahead_ms)
       values ('00000000-0000-4000-8000-000000000002', 'web3', 1, 'openhouse start', '{jobs}', '/srv/openhouse', 90000)`,
    ],
    [`delete from ops.process where host = 'web3'`],
  ),
  'read-model-outdated': bySql(
    'The version of the live build of `leads` is lowered.',
    1,
    ["update ops.projection_build set version = version - 100 where name = 'leads' and state = 'live'"],
    ["update ops.projection_build set version = version + 100 where name = 'leads' and state = 'live'"],
  ),
  'read-model-failing': bySql(
    'An error is recorded for the live build of a read model.',
    1,
    [
      `update ops.projection_build set error = 'relation "listings_v1.listings" does not exist', error_at = now() where name = 'listings' and state = 'live'`,
    ],
    [`update ops.projection_build set error = null, error_at = null where name = 'listings'`],
  ),
  'read-model-behind': {
    how: 'An event is appended while no process feeds the read models; 11 s pass.',
    exitCode: 1,
    inject: async (world) => {
      await world.tell('agent', 'a9', {
        type: 'RecordAgent',
        memberKey: 'a9',
        fields: { memberFullName: 'Ana Ortiz', memberEmail: 'ortiz@example.com' },
      });
      await new Promise((resolve) => setTimeout(resolve, 11_000));
    },
    repair: (world) => world.catchUp(),
  },
  'events-parked': bySql(
    'Three events of a listing are parked in its live build.',
    3,
    [
      `insert into ops.projection_parked (build_id, stream_name, revision, commit_position, prepare_position, event_id, event_type, cause, message)
       select id, 'listing-x', revision, 1, 1, 'e' || revision, 'ListPriceChanged', 'handler', 'not a price'
       from ops.projection_build, generate_series(1, 3) as revision where name = 'listings' and state = 'live'`,
    ],
    [`delete from ops.projection_parked`],
  ),
  'job-failed': bySql(
    'The latest run of the alerts failed.',
    1,
    [
      jobRun(
        'started_at, finished_at, result, error',
        `'alerts', now(), 'schedule', 1, now(), now(), 'failed', 'division by zero'`,
      ),
    ],
    [noRuns],
  ),
  'job-overlong': bySql(
    'A run of the alerts has been in progress for an hour.',
    1,
    [jobRun('started_at', `'alerts', now() - interval '1 hour', 'schedule', 1, now() - interval '1 hour'`)],
    [noRuns],
  ),
  'job-overdue': bySql(
    'The last run of the alerts was three days ago.',
    1,
    [
      jobRun(
        'started_at, finished_at, result',
        `'alerts', now() - interval '3 days', 'schedule', 1, now() - interval '3 days', now() - interval '3 days', 'succeeded'`,
      ),
    ],
    [noRuns],
  ),
  'books-differ': bySql(
    'The latest check of the books found a message that no process will send.',
    1,
    [
      jobRun(
        'started_at, finished_at, result, counts',
        `'check-books', now(), 'schedule', 1, now(), now(), 'succeeded', '{"stuck": 1, "repeated": 0}'`,
      ),
    ],
    [noRuns],
  ),
  'time-ahead': bySql(
    'A run of the alerts is recorded for a time a year from now.',
    3,
    [
      jobRun(
        'started_at, finished_at, result',
        `'alerts', now() + interval '1 year', 'schedule', 1, now(), now(), 'succeeded'`,
      ),
    ],
    [noRuns],
  ),
  'channel-refused': bySql(
    'Postmark rejected the token, and the channel is stopped.',
    1,
    [
      `insert into ops.delivery_channel (channel, state, error) values ('email', 'stopped', 'The server token is not valid')`,
    ],
    [`delete from ops.delivery_channel`],
  ),
  'messages-waiting': outbox(
    'A message has been due for an hour, and no process has picked it up.',
    1,
    `next_attempt_at = now() - interval '1 hour', created_at = now() - interval '1 hour'`,
  ),
  'messages-delayed': outbox(
    'A message was queued an hour ago and has been tried four times.',
    3,
    `attempts = 4, last_error = 'no answer', created_at = now() - interval '1 hour', next_attempt_at = now() + interval '10 minutes'`,
  ),
  'messages-unconfirmed': outbox(
    'An attempt got no answer, and the provider does not know what became of the message.',
    3,
    `state = 'unconfirmed', attempts = 1, maybe_sent_yn = true, last_error = 'no answer'`,
  ),
  'recipients-refused': bySql(
    'Postmark reported an inactive address.',
    0,
    [
      `insert into ops.undeliverable_recipient (channel, recipient, refusal, reason) values ('email', 'ana@example.com', 'inactive', '406')`,
    ],
    [`delete from ops.undeliverable_recipient`],
  ),
  'messages-failed': outbox(
    'The provider rejected a message.',
    3,
    `state = 'failed', attempts = 1, last_error = 'inactive recipient'`,
  ),
  'import-unfinished': bySql(
    'The latest import is recorded as running, but no process holds the lease.',
    3,
    [`insert into ops.import_run (source, started_at) values ('/backups/dump', now() - interval '1 hour')`],
    [`delete from ops.import_run`],
  ),
  'offers-overdue': {
    how: 'An offer to an agent expired an hour ago without an answer.',
    exitCode: 3,
    inject: async (world) => {
      await world.tell('lead', 'c9', [
        { type: 'RecordLead', contactKey: 'c9', fields: { email: 'ana@example.com' } },
        {
          type: 'OfferLead',
          offerKey: 'o9',
          memberKeys: ['a1'],
          score: 40,
          reasons: [],
          expiresAt: new Date(Date.now() - 3_600_000).toISOString(),
        },
      ]);
      await world.catchUp();
    },
    repair: async (world) => {
      await world.tell('lead', 'c9', { type: 'AssignLead', ownerMemberKey: 'a1' });
      await world.catchUp();
    },
  },
  'leads-without-agent': bySql(
    'The latest run of lead matching found no agent for two leads.',
    3,
    [
      jobRun(
        'started_at, finished_at, result, counts',
        `'lead-offers', now(), 'schedule', 1, now(), now(), 'succeeded', '{"nobodyFits": 2}'`,
      ),
    ],
    [noRuns],
  ),
  'searches-on-hold': bySql(
    'An active saved search has a criterion that could not be understood.',
    3,
    [`insert into read.saved_searches (saved_search_key, active_yn, on_hold_yn) values ('s9', true, true)`],
    [`delete from read.saved_searches where saved_search_key = 's9'`],
  ),
  quarantine: bySql(
    'An imported document could not become a record.',
    0,
    [
      `insert into ops.quarantine (collection, document_key, place, code, path, reason, raw, content_hash, first_seen_at, last_seen_at)
       values ('properties', 'x', 'properties.bson@1', 'status-unreadable', 'status', 'why', '{}', 'x', now(), now())`,
    ],
    [`delete from ops.quarantine`],
  ),
};
