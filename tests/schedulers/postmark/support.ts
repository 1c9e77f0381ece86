import { after, before } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { startPublicPages } from '../../../console/public-server.ts';
import { buildEmail } from '../../../delivery/email/build-email.ts';
import { type NewMessage, queueMessages } from '../../../delivery/outbox.ts';
import { openTransports } from '../../../delivery/sending/transports.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import { loadConfig } from '../../../platform/config/config.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { readMessage } from '../../../queries/messages/outbox.ts';
import { deliverOutbox } from '../../../schedulers/delivering/deliver-outbox.ts';
import { fakeProviders } from '../../delivery/fake-providers.ts';
import { openWorld } from '../support/world.ts';

export const secret = 'a long secret, with spaces: and a colon';

export const basic = (password: string, user = 'openhouse') => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

/** A brokerage that sends through a Postmark of the test, and the webhook where that reports. */
const openReportWorld = async (t: { after(work: () => Promise<void>): void }) => {
  const world = await openWorld(t);
  const providers = await fakeProviders(t);
  const transports = await openTransports(world.db, providers.config);
  t.after(() => transports.close());
  const logged: string[] = [];
  const log = createLogger({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const env = { DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl };
  const deps = { ...world.deps, log, config: loadConfig({ ...env, POSTMARK_WEBHOOK_SECRET: secret }) };
  const pages = await startPublicPages(deps, { port: 0 });
  t.after(() => pages.close());

  const post = (body: unknown, headers: Record<string, string> = basic(secret)) =>
    fetch(`${pages.url}/postmark/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const deliver = async () => void (await deliverOutbox({ ...world.deps, log, transports }));
  let count = 0;

  return {
    ...world,
    ...providers,
    pages,
    logged,
    post,
    deliver,
    /** Queues an e-mail and sends it. @returns its id, and Postmark's */
    async send(contactKey: string | null, recipient: string, more: Partial<NewMessage> = {}) {
      count += 1;
      const dedupeKey = `m${count}`;
      const message = buildEmail({ to: recipient, subject: 'A home', html: '<p>A home</p>', text: 'A home' });
      const queued = { dedupeKey, channel: 'email', kind: 'alert-digest', contactKey, recipient, message, ...more };
      await queueMessages(world.db, [queued as NewMessage]);
      await deliver();
      const { rows } = await sql<{ outboxId: string; messageId: string; state: string; lastError: string | null }>`
        select outbox_id as "outboxId", provider_message_id as "messageId", state, last_error as "lastError"
        from ops.outbox where dedupe_key = ${dedupeKey}`.execute(world.db);
      return rows[0]!;
    },
    /** Postmark reports something, and it is applied. */
    async report(...payloads: readonly object[]) {
      for (const payload of payloads) {
        const response = await post(payload);
        if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
      }
      await deliver();
    },
    fate: async (outboxId: string) => (await readMessage(world.db, outboxId))!,
    results: () => results(world.db),
    undeliverable: async () =>
      (
        await sql<{ recipient: string; refusal: string; reason: string }>`
          select recipient, refusal, reason from ops.undeliverable_recipient order by recipient`.execute(world.db)
      ).rows,
    async optOuts(contactKey: string) {
      const found: { source: string; reason: string | undefined }[] = [];
      for await (const stored of world.store.readStream(`lead-${contactKey}`)) {
        if (isReadable(stored) && stored.type === 'LeadOptedOut')
          found.push({ source: stored.metadata.source, reason: stored.metadata.reason });
      }
      return found;
    },
  };
};

export type ReportWorld = Awaited<ReturnType<typeof openReportWorld>>;

const results = async (db: Kysely<unknown>) =>
  (
    await sql<{ type: string | null; result: string | null; kept: boolean }>`
      select record_type as type, result, payload is not null as kept from ops.postmark_report
      order by postmark_report_id`.execute(db)
  ).rows;

const about = (messageId: string, at: string) => ({
  MessageID: messageId,
  MessageStream: 'alerts',
  ServerID: 23,
  Metadata: {},
  Tag: 'alert-digest',
  at,
});

/** Postmark's payloads, as its documentation has them. */
export const payloads = {
  delivery: (id: string, to: string, at = '2026-03-31T10:00:01.9070259Z') => {
    const { at: DeliveredAt, ...rest } = about(id, at);
    return { RecordType: 'Delivery', ...rest, Recipient: to, DeliveredAt, Details: `delivered to ${to}` };
  },
  open: (id: string, to: string, at = '2026-03-31T10:05:00Z') => {
    const { at: ReceivedAt, ...rest } = about(id, at);
    return {
      RecordType: 'Open',
      ...rest,
      Recipient: to,
      ReceivedAt,
      FirstOpen: true,
      UserAgent: 'x',
      Geo: { IP: '::' },
    };
  },
  click: (id: string, to: string, link = 'https://crm.example.com/homes/l-1', at = '2026-03-31T10:06:00-04:00') => {
    const { at: ReceivedAt, ...rest } = about(id, at);
    return { RecordType: 'Click', ...rest, Recipient: to, ReceivedAt, OriginalLink: link, ClickLocation: 'HTML' };
  },
  bounce: (id: string, to: string, Type: string, Inactive = Type === 'HardBounce', at = '2026-03-31T10:01:00Z') => {
    const { at: BouncedAt, ...rest } = about(id, at);
    const more = {
      ID: 4323372036854775807n.toString(),
      TypeCode: 1,
      Name: 'Bounce',
      Details: `550 <${to}>`,
      CanActivate: true,
    };
    return { RecordType: 'Bounce', ...rest, ...more, Email: to, Type, Inactive, BouncedAt, Content: 'Subject: A home' };
  },
  complaint: (id: string, to: string, at = '2026-03-31T11:00:00Z') => ({
    ...payloads.bounce(id, to, 'SpamComplaint', true, at),
    RecordType: 'SpamComplaint',
  }),
  subscription: (
    to: string,
    changes: { SuppressSending: boolean; SuppressionReason?: string; Origin?: string; MessageID?: string | null },
    at = '2026-03-31T12:00:00Z',
  ) => {
    const { at: ChangedAt, ...rest } = about('', at);
    const by = { SuppressionReason: 'ManualSuppression', Origin: 'Customer' };
    return { RecordType: 'SubscriptionChange', ...rest, MessageID: null, ...by, Recipient: to, ChangedAt, ...changes };
  },
};

/** Opens a world before the tests of a suite, and closes it after them. */
export const useReportWorld = (use: (world: ReportWorld) => void): void => {
  const closing: (() => Promise<void>)[] = [];
  before(async () => use(await openReportWorld({ after: (work) => void closing.push(work) })));
  after(async () => {
    for (const close of closing.reverse()) await close();
  });
};
