import { type QueryExecutorProvider, sql } from 'kysely';
import { bounceMeans, hardBounceTypes } from './bounce-types.ts';
import type { Report } from './read-report.ts';

/**
 * Records what happened to a message. Reports come in any order: the first time of each kind counts, and a hard bounce
 * stays what happened. Call it once for each report, in the transaction that marks the report as handled.
 */
export const recordFate = async (db: QueryExecutorProvider, outboxId: string, report: Report): Promise<void> => {
  const change = changeOf(report);
  if (change === null) return;
  await sql`insert into ops.email_fate (outbox_id) values (${outboxId}) on conflict do nothing`.execute(db);
  await sql`update ops.email_fate set ${change} where outbox_id = ${outboxId}`.execute(db);
};

const changeOf = (report: Report) => {
  const { at } = report;
  const first = (column: string) => sql`${sql.ref(column)} = least(${sql.ref(column)}, ${at}::timestamptz)`;
  switch (report.kind) {
    case 'delivery':
      return first('delivered_at');
    case 'open':
      return sql`${first('opened_at')}, opens = opens + 1`;
    case 'click': {
      const listingKey = listingIn(report.link);
      return sql`${first('clicked_at')}, clicks = clicks + 1, clicked_listing_keys = case
        when ${listingKey}::text is null or clicked_listing_keys @> array[${listingKey}::text] then clicked_listing_keys
        else clicked_listing_keys || ${listingKey}::text end`;
    }
    case 'bounce': {
      const means = bounceMeans(report.bounceType, report.deactivated);
      if (means === 'reply') return null;
      if (means === 'opt-out') return first('unsubscribed_at');
      const notHard = sql`bounce_type <> all (${hardBounceTypes}::text[])`;
      const newer = sql`bounced_at <= ${at}::timestamptz`;
      const replaces =
        means === 'hard'
          ? sql`(bounced_at is null or ${notHard} or ${newer})`
          : sql`(bounced_at is null or (${notHard} and ${newer}))`;
      return sql`bounce_type = case when ${replaces} then ${report.bounceType} else bounce_type end,
        bounced_at = case when ${replaces} then ${at}::timestamptz else bounced_at end`;
    }
    case 'complaint':
      return first('complained_at');
    case 'subscription':
      return report.suppressed && report.reason === 'ManualSuppression' && report.origin === 'Recipient'
        ? first('unsubscribed_at')
        : null;
    default:
      return report satisfies never;
  }
};

/** The home that a link in one of our e-mails leads to: `…/homes/<listing key>`. */
const listingIn = (link: string): string | null => {
  const [, key] = /\/homes\/([^/?#]{1,600})(?:[?#]|$)/.exec(link) ?? [];
  try {
    return key === undefined ? null : decodeURIComponent(key).replace(/[\0\p{Surrogate}]/gu, '');
  } catch {
    return null;
  }
};
