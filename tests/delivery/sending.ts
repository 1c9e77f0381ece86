import { type Kysely, sql } from 'kysely';
import { buildEmail } from '../../delivery/email/build-email.ts';
import { migrateDelivery } from '../../delivery/migrations.ts';
import type { NewMessage } from '../../delivery/outbox.ts';
import { sendDue } from '../../delivery/sending/send-due.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { buildSlackMessage, section } from '../../delivery/slack/build-message.ts';
import { mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { createLogger } from '../../platform/logging/log.ts';
import { emptyDatabase } from '../support/postgres/empty-database.ts';
import { fakeProviders } from './fake-providers.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const log = createLogger({ level: 'silent' });

type After = { after(work: () => Promise<void>): void };

export const freshDatabase = async (t: After) => {
  const { db } = await emptyDatabase(t);
  await migrateDelivery(db);
  return db;
};

/** A new database, a Postmark and a Slack, and what sends to them what is due. */
export const setup = async (t: After) => {
  const db = await freshDatabase(t);
  const providers = await fakeProviders(t);
  const transports = await openTransports(db, providers.config);
  return { db, ...providers, send: () => sendDue({ db, log, transports }) };
};

/** @param size of its text, in characters */
export const email = (to: string, size = 0): NewMessage => ({
  channel: 'email',
  kind: 'alert-digest',
  dedupeKey: `alert-digest/${to}`,
  recipient: to,
  message: buildEmail({ to, subject: 'Homes', html: `<p>${'x'.repeat(size)}</p>`, text: 'Homes' }),
});
/** A lead offer to a Slack channel. */
export const offer = (channel: string | null, key = 'o1'): NewMessage & { channel: 'slack' } => ({
  channel: 'slack',
  kind: 'lead-offer',
  dedupeKey: `lead-offer/${key}`,
  recipient: channel ?? 'channel',
  message: buildSlackMessage({
    channel,
    text: 'A new lead',
    blocks: [section(mrkdwn`A new lead`)],
    metadata: { event_type: 'lead_offer', event_payload: { offer_key: key } },
  }),
});

/** The messages in the outbox; `wait`: until the next attempt, in seconds. */
export const rows = async (db: Kysely<unknown>) =>
  (
    await sql<{
      outbox_id: string;
      recipient: string;
      state: string;
      attempts: number;
      last_error: string | null;
      maybe_sent_yn: boolean;
      provider_message_id: string | null;
      wait: number;
    }>`select *, extract(epoch from next_attempt_at - clock_timestamp())::float8 as wait
      from ops.outbox order by dedupe_key`.execute(db)
  ).rows;
/** `recipient state` of each message. */
export const states = async (db: Kysely<unknown>) =>
  (await rows(db)).map(({ recipient, state }) => `${recipient} ${state}`);
/** The machine sleeps for ten minutes. */
export const asleep = (t: { after(work: () => void): void }) => {
  const { now } = Date;
  t.after(() => {
    Date.now = now;
  });
  Date.now = () => now() + 10 * minute;
};

/** Of messages that were queued together, any may be sent first. */
export const howTheyEnded = async (db: Kysely<unknown>) =>
  (await rows(db)).map(({ state, maybe_sent_yn }) => (maybe_sent_yn ? `maybe ${state}` : state)).sort();
