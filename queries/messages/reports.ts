import { type Kysely, type RawBuilder, sql } from 'kysely';
import { typed } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';

/** What Postmark has reported, and what came of it. */
export type Reports = {
  readonly lastReceivedAt: Date | null;
  /** Not applied yet. */
  readonly waiting: number;
  /** By type (`Delivery`, `Bounce`, …; `null`: none was given) and result, of the last days. */
  readonly counts: readonly { readonly recordType: string | null; readonly result: string; readonly count: number }[];
};

/** The reports that are still kept: those of the last week. */
export const readReports = async (db: Kysely<unknown>): Promise<Reports> => {
  const rows = await ifThere(
    typed(db)
      .selectFrom('ops.postmarkReport')
      .select(({ fn }) => [
        'recordType',
        'result',
        fn.countAll<string>().as('count'),
        fn.max('receivedAt').as('lastReceivedAt'),
      ])
      .groupBy(['recordType', 'result'])
      .orderBy('recordType')
      .orderBy('result')
      .execute(),
    [],
  );
  const times = rows.map(({ lastReceivedAt }) => lastReceivedAt.getTime());
  return {
    lastReceivedAt: times.length === 0 ? null : new Date(Math.max(...times)),
    waiting: rows.reduce((sum, { result, count }) => sum + (result === null ? Number(count) : 0), 0),
    counts: rows.flatMap(({ recordType, result, count }) =>
      result === null ? [] : [{ recordType, result, count: Number(count) }],
    ),
  };
};

/** A report that was not applied. Its payload is as Postmark sent it, and may hold personal data. */
export type UnreadReport = {
  readonly postmarkReportId: string;
  readonly recordType: string | null;
  readonly receivedAt: Date;
  /** `null`: it waits. */
  readonly result: string | null;
  readonly lastError: string | null;
  readonly payload: unknown;
};

/** Reports that were not understood, or could not be applied so far, newest first. */
export const readUnreadReports = async (db: Kysely<unknown>, limit: number): Promise<readonly UnreadReport[]> =>
  await ifThere(
    typed(db)
      .selectFrom('ops.postmarkReport')
      .select(['postmarkReportId', 'recordType', 'receivedAt', 'result', 'lastError', 'payload'])
      .where(({ eb, or }) =>
        or([
          eb('result', 'in', ['not-understood', 'unknown-type']),
          eb('handledAt', 'is', null).and('attempts', '>', 0),
        ]),
      )
      .orderBy('receivedAt', 'desc')
      .limit(limit)
      .execute(),
    [],
  );

/** What became of the e-mails of a kind: how many were sent, and of those, how many … */
export type EmailOutcomes = {
  readonly kind: string;
  readonly sent: number;
  readonly delivered: number;
  readonly opened: number;
  readonly clicked: number;
  readonly bounced: number;
  readonly complained: number;
  readonly unsubscribed: number;
};

/** What became of the e-mails sent in a period, by kind. @param until not included */
export const readOutcomes = async (
  db: Kysely<unknown>,
  { since, until }: { readonly since: Date; readonly until: Date },
): Promise<readonly EmailOutcomes[]> => {
  const count = (which: RawBuilder<unknown>) => sql`count(*) filter (where ${which})::int`;
  const { rows } = await ifThere(
    sql<EmailOutcomes>`
      select message.kind, count(*)::int as sent,
        ${count(sql`delivered_at is not null or opens > 0 or clicks > 0`)} as delivered,
        ${count(sql`opens > 0`)} as opened, ${count(sql`clicks > 0`)} as clicked,
        ${count(sql`bounced_at is not null`)} as bounced, ${count(sql`complained_at is not null`)} as complained,
        ${count(sql`unsubscribed_at is not null`)} as unsubscribed
      from ops.outbox as message left join ops.email_fate using (outbox_id)
      where message.channel = 'email' and message.state = 'sent'
        and message.sent_at >= ${since} and message.sent_at < ${until}
      group by message.kind order by message.kind`.execute(db),
    { rows: [] },
  );
  return rows;
};
