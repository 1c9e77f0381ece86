import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { sql } from 'kysely';
import { buildEmail } from '../../delivery/email/build-email.ts';
import { migrateDelivery } from '../../delivery/migrations.ts';
import { type NewMessage, queueMessages } from '../../delivery/outbox.ts';
import { sendDue } from '../../delivery/sending/send-due.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { buildSlackMessage } from '../../delivery/slack/build-message.ts';
import { createLogger } from '../../platform/logging/log.ts';
import { firstLine, startScript } from '../support/command.ts';
import { emptyDatabase } from '../support/postgres/empty-database.ts';
import { fakeProviders } from './fake-providers.ts';
import { timePasses } from './time.ts';

const email = (index: number): NewMessage => ({
  channel: 'email',
  kind: 'alert-digest',
  dedupeKey: `digest/${index}`,
  recipient: `lead-${index}@x.com`,
  message: buildEmail({ to: `lead-${index}@x.com`, subject: 'Homes', html: '<p>Homes</p>', text: 'Homes' }),
});
const offer = (index: number): NewMessage => ({
  channel: 'slack',
  kind: 'lead-offer',
  dedupeKey: `offer/${index}`,
  recipient: `U${index}`,
  message: buildSlackMessage({ channel: `U${index}`, text: 'A new lead', blocks: [] }),
});

test('every message arrives exactly once despite repeated kill -9 of the sender', async (t) => {
  const { db, url } = await emptyDatabase(t);
  await migrateDelivery(db);
  const providers = await fakeProviders(t);
  await queueMessages(
    db,
    Array.from({ length: 700 }, (_, index) => (index % 20 === 0 ? offer(index) : email(index))),
  );
  const arrived = () => providers.emails.length + providers.slack.length;
  /** As if the claims of the killed sender had expired. */
  const timesUp = () => timePasses(db, 5 * 60_000);

  for (let round = 0; round < 4; round++) {
    await timesUp();
    const child = startScript('tests/delivery/send-forever.ts', [url, JSON.stringify(providers.config)]);
    const ended = once(child, 'close');
    await firstLine(child);
    // The critical moment: the provider has accepted it, the answer is on its way, nothing is recorded.
    const before = arrived();
    while (arrived() === before && arrived() < 700) await new Promise((resolve) => setImmediate(resolve));
    if (round % 2 === 1) await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    child.kill('SIGKILL');
    await ended;
  }
  const transports = await openTransports(db, providers.config);
  // What the search does not show when the claim expires may just not be listed yet: it is looked up again and again.
  for (let round = 0; round < 8; round++) {
    await timesUp();
    await sendDue({ db, log: createLogger({ level: 'silent' }), transports });
  }

  const { rows } = await sql<{ state: string; count: number }>`
    select state, count(*)::int as count from ops.outbox group by state`.execute(db);
  assert.deepEqual(rows, [{ state: 'sent', count: 700 }]);
  const ids = [
    ...providers.emails.map(({ Metadata }) => Metadata.outboxId),
    ...providers.slack.map((one) => one.outboxId),
  ];
  assert.equal(ids.length, 700, 'no duplicates');
  assert.equal(new Set(ids).size, 700, 'none missing');
  assert.ok(providers.lookups.length > 0, 'a sender was killed between sending and recording it');
});
