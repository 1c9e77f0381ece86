import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import { type Logger, pino } from 'pino';
import type { Listening } from '../../console/http.ts';
import { startPublicPages } from '../../console/public-server.ts';
import { startConsole } from '../../console/server.ts';
import { buildEmail } from '../../delivery/email/build-email.ts';
import { queueMessages } from '../../delivery/outbox.ts';
import { actions, buildSlackMessage, header, section } from '../../delivery/slack/build-message.ts';
import { mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { loadConfig } from '../../platform/config/config.ts';
import type { World } from '../history/support.ts';
import { fixedClock } from '../support/fixed-clock.ts';
import { migrateAll } from '../support/postgres/migrated-database.ts';

/** The path on Debian and others; CHROMIUM overrides it. */
export const chromiumPath = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
export const chromiumMissing =
  'there is no Chromium: install one (apt-get install -y chromium), or say where it is with CHROMIUM=/path';

type Servers = Pick<World, 'db' | 'store' | 'databaseUrl' | 'eventStoreUrl'>;

const depsFor = (world: Servers, log: Logger, env: Readonly<Record<string, string>> = {}) => ({
  db: world.db,
  store: world.store,
  config: loadConfig({ DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl, ...env }),
  log,
  clock: fixedClock('2026-04-01T12:00:00Z'),
});
const silent = pino({ level: 'silent' });

/** @param env for the configuration, besides the servers */
export const openConsole = (
  world: Servers,
  log: Logger = silent,
  host = '127.0.0.1',
  env: Readonly<Record<string, string>> = {},
): Promise<Listening> => startConsole(depsFor(world, log, env), { port: 0, host });

export const openPublicPages = (world: Servers, env: Readonly<Record<string, string>> = {}): Promise<Listening> =>
  startPublicPages(depsFor(world, silent, env), { port: 0 });

/** A page as a browser holds it: its text, and a way to send one of its forms (without following the answer). */
export const openPage = async (url: string) => {
  const page = await fetch(url);
  const cookie = page.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const text = await page.text();
  const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(text) ?? [];
  const send = async (to: string, form: Record<string, string>) => {
    const response = await fetch(to, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ _csrf: token, ...form }),
      redirect: 'manual',
    });
    return { status: response.status, location: response.headers.get('location'), text: await response.text() };
  };
  return { text, send };
};

/** A home, a lead and an agent, with something in every table that the console shows. */
export const seed = async (world: World): Promise<{ email: string; slack: string }> => {
  await migrateAll(world.db);
  await world.tell('agent', 'a1', {
    type: 'RecordAgent',
    memberKey: 'a1',
    fields: { memberFullName: 'Dana Whitfield', memberEmail: 'dana@example.com' },
  });
  await world.tell('listing', 'l1', {
    type: 'RecordListing',
    listingKey: 'l1',
    fields: {
      listingId: 'RX-1',
      standardStatus: 'Active',
      listPrice: 525_000,
      unparsedAddress: '12 Ocean Blvd, Boca Raton, FL 33432',
      city: 'Boca Raton',
      bedroomsTotal: 3,
      publicRemarks: 'Steps to the sand.',
      listAgentKey: 'a1',
    },
  });
  await world.tell('lead', 'c1', [
    { type: 'RecordLead', contactKey: 'c1', fields: { email: 'maria@example.com', firstName: 'Maria <b>O</b>' } },
    {
      type: 'OfferLead',
      offerKey: 'o1',
      memberKeys: ['a1'],
      score: 40,
      reasons: [{ rule: 'area', points: 40, detail: 'covers 33432' }],
      expiresAt: '2026-04-01T12:15:00Z',
    },
  ]);
  await world.tell(
    'listing',
    'l1',
    { type: 'CorrectListing', changes: { listPrice: 499_000 } },
    { actor: { kind: 'person', id: 'mlopez' }, reason: 'Typed one digit wrong' },
  );
  await world.catchUp();
  await queueMessages(world.db, [
    {
      dedupeKey: 'email-1',
      channel: 'email',
      kind: 'alert-digest',
      contactKey: 'c1',
      recipient: 'maria@example.com',
      message: buildEmail({
        to: 'maria@example.com',
        subject: 'A home for you <script>alert(1)</script>',
        html:
          '<p style="color:#123456">Hello <b>Maria</b></p><img src="https://photos.example.com/1.jpg" alt="A photo">' +
          '<script>parent.document.title = "taken over"</script><a href="https://example.com/home">See it</a>',
        text: 'Hello Maria',
        headers: { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      }),
      context: {
        jobRunId: '2',
        homes: [
          {
            listingKey: 'l1',
            changePosition: '7',
            changeType: 'Price Change',
            listPrice: 499_000,
            previousListPrice: 525_000,
            savedSearchKeys: ['s404'],
          },
        ],
      },
    },
    {
      dedupeKey: 'slack-1',
      channel: 'slack',
      kind: 'lead-offer',
      contactKey: 'c1',
      memberKey: 'a1',
      recipient: 'U024BE7LH',
      message: buildSlackMessage({
        channel: 'U024BE7LH',
        text: 'A new lead',
        blocks: [
          header('New lead: Maria'),
          section(mrkdwn`*Why you*\n• covers ${'<33432>'}`),
          actions([
            { label: 'Accept', actionId: 'accept', value: {}, style: 'primary' },
            { label: 'Pass', actionId: 'pass', value: {} },
          ]),
        ],
      }),
    },
  ]);
  await sql`insert into ops.job_run (job, scheduled_for, trigger, started_at, finished_at, result, counts, lease_token)
    values ('alerts', '2026-04-01T12:00:00Z', 'schedule', '2026-04-01T12:00:00Z', '2026-04-01T12:00:02Z', 'succeeded',
      '{"digests": 17, "homes": 41}', 1)`.execute(world.db);
  await sql`insert into ops.import_run (source, started_at, finished_at, result, events, counts)
    values ('samples/legacy', now(), now(), 'succeeded', 42,
      '{"properties": {"read": 10, "applied": 7, "unchanged": 0, "merged": 1, "quarantined": 1, "skipped": 1}}')`.execute(
    world.db,
  );
  await sql`insert into ops.quarantine
      (collection, document_key, legacy_id, place, code, path, reason, raw, content_hash, first_seen_at, last_seen_at)
    values ('properties', '5f9', '5f9', 'properties.bson@1234', 'status-unreadable', 'status', 'The status "Actve?" says nothing',
      '{"_id": "5f9", "status": "Actve?"}', 'x', now(), now())`.execute(world.db);
  const { rows } = await sql<{ channel: string; id: string }>`
    select channel, outbox_id as id from ops.outbox`.execute(world.db);
  const idOf = (channel: string) => rows.find((row) => row.channel === channel)!.id;
  return { email: idOf('email'), slack: idOf('slack') };
};
