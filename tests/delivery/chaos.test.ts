import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { buildEmail } from '../../delivery/email/build-email.ts';
import { migrateDelivery } from '../../delivery/migrations.ts';
import { queueMessages } from '../../delivery/outbox.ts';
import { sendDue } from '../../delivery/sending/send-due.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { buildSlackMessage } from '../../delivery/slack/build-message.ts';
import { createLogger } from '../../platform/logging/log.ts';
import { firstLine, startScript } from '../support/command.ts';
import { emptyDatabase } from '../support/postgres/empty-database.ts';
import { lyingProviders } from './lying-providers.ts';
import { timePasses } from './time.ts';

/** Set OPENHOUSE_CHAOS_SEEDS to run more seeds. */
const seeds = Array.from({ length: Number(process.env.OPENHOUSE_CHAOS_SEEDS ?? 3) }, (_, index) => index + 1);
const messages = 60;
const log = createLogger({ level: 'silent' });

const setup = async (t: TestContext, seed: number, lagMs: number) => {
  const { db, url } = await emptyDatabase(t);
  await migrateDelivery(db);
  const providers = await lyingProviders(t, { seed, lagMs });
  for (let index = 0; index < messages; index++) {
    const to = `lead-${index}@x.com`;
    const email = buildEmail({ to, subject: 'Homes', html: '<p>Homes</p>', text: 'Homes' });
    const offer = buildSlackMessage({ channel: `U${index % 7}`, text: 'A new lead', blocks: [] });
    await queueMessages(db, [
      { channel: 'email', kind: 'alert-digest', dedupeKey: `digest/${index}`, recipient: to, message: email },
      ...(index % 6 === 0
        ? [{ channel: 'slack' as const, kind: 'note', dedupeKey: `note/${index}`, recipient: 'U', message: offer }]
        : []),
    ]);
  }
  const advance = async (ms: number) => {
    providers.advance(ms);
    await timePasses(db, ms);
  };
  return { db, url, providers, advance };
};

const states = async (db: Kysely<unknown>) =>
  (
    await sql<{ outbox_id: string; state: string; provider_message_id: string | null }>`
    select outbox_id::text, state, provider_message_id from ops.outbox`.execute(db)
  ).rows;

for (const seed of seeds) {
  test(`sends nothing twice and loses nothing with lying providers, lagging searches and kill -9 (seed ${seed})`, async (t) => {
    const lagMs = seed % 3 === 0 ? 10 * 60_000 : 90_000;
    const { db, url, providers, advance } = await setup(t, seed, lagMs);
    for (let kill = 0; kill < 3; kill++) {
      const child = startScript('tests/delivery/send-forever.ts', [url, JSON.stringify(providers.config)]);
      const ended = once(child, 'close');
      await firstLine(child);
      await new Promise((resolve) => setTimeout(resolve, providers.random() * 150));
      child.kill('SIGKILL');
      await ended;
      await advance(20_000 + providers.random() * 600_000);
    }
    const transports = await openTransports(db, providers.config);
    for (let round = 0; round < 300; round++) {
      await sendDue({ db, log, transports });
      if (round === 80) providers.becomeHonest();
      const open = (await states(db)).filter(({ state }) => state === 'pending' || state === 'sending');
      if (open.length === 0) break;
      await advance(20_000 + providers.random() * (round % 5 === 0 ? 200_000 : 25_000));
    }

    const taken = new Map<string, number>();
    for (const { outboxId } of [...providers.emails, ...providers.slack]) {
      taken.set(outboxId, (taken.get(outboxId) ?? 0) + 1);
    }
    for (const { outbox_id, state } of await states(db)) {
      const times = taken.get(outbox_id) ?? 0;
      assert.ok(times <= 1, `${outbox_id} went out ${times} times`);
      assert.ok(['sent', 'unconfirmed', 'failed'].includes(state), `${outbox_id} is ${state}`);
      if (state === 'sent') assert.equal(times, 1, `${outbox_id} is marked sent, but was not delivered`);
      if (state === 'failed') assert.equal(times, 0, `${outbox_id} is marked failed, but was accepted`);
    }
  });
}

test('sends each message once when Postmark accepts it, drops the connection and its search lags 90 s', async (t) => {
  const { db, providers, advance } = await setup(t, 7, 90_000);
  providers.becomeHonest();
  const transports = await openTransports(db, providers.config);
  const { send } = transports.email.sender;
  const dropped = {
    ...transports.email.sender,
    send: async (...given: Parameters<typeof send>) => {
      await send(...given);
      return given[0].map(() => ({ kind: 'retry', reason: 'socket hang up', maybeSent: true }) as const);
    },
  };
  await sendDue({ db, log, transports: { ...transports, email: { via: 'provider', sender: dropped } } });
  for (let seconds = 0; seconds < 180; seconds += 10) {
    await advance(10_000);
    await sendDue({ db, log, transports });
  }
  assert.equal(providers.emails.length, messages);
  assert.ok((await states(db)).every(({ state }) => state === 'sent'));
});
