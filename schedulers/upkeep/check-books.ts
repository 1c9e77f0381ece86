import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { historyUntil, noteOrigin } from '../../eventstore/positions/origin.ts';
import { defineJob, done } from '../define-job.ts';
import type { StoreDeps } from '../deps.ts';
import { offersWithoutMessage } from '../lead-offers/reading/read-leads.ts';

/** Something that does not add up, for a person to look at. */
export type Difference = {
  /** The count that it belongs to. */
  readonly name: keyof BookCounts;
  /** Keys only, no personal data: `import 12, properties`, `lead c1, listing p7`. */
  readonly subject: string;
  readonly text: string;
};

type BookCounts = Readonly<Record<'imports' | 'unremembered' | 'repeated' | 'stuck' | 'offers', number>>;

/** How many differences of each count are reported individually. */
const reported = 20;

/**
 * Checks once a day that openhouse keeps its promises: no imported document is unaccounted for, nothing is sent
 * twice, and nothing is silently not sent at all. Looks at the messages of the last 30 days, which clean-up keeps.
 * Changes nothing.
 */
export const checkBooks = defineJob({
  name: 'check-books',
  label: 'Book check',
  schedule: '0 0 4 * * *',
  timeLimitMs: 10 * 60_000,
  counts: {
    imports: done(
      'imported collections whose documents do not add up',
      'imported collection whose documents do not add up',
    ),
    unremembered: done(
      'e-mailed homes that are missing from the memory of what was sent',
      'e-mailed home that is missing from the memory of what was sent',
    ),
    repeated: done(
      'homes e-mailed twice to the same buyer with nothing new',
      'home e-mailed twice to the same buyer with nothing new',
    ),
    stuck: done('messages that no process will send', 'message that no process will send'),
    offers: done('offers to agents that expired without a message', 'offer to an agent that expired without a message'),
  },
  run: async ({ db, store, clock }: StoreDeps) => {
    await noteOrigin(db, store);
    const found = {
      imports: await unbalancedImports(db),
      unremembered: await find(db, unremembered),
      repeated: await find(db, repeated),
      stuck: await find(db, stuck),
      offers: await unsentOffers(db, clock.now()),
    };
    const names = Object.keys(found) as (keyof BookCounts)[];
    const counts = Object.fromEntries(names.map((name) => [name, found[name].length])) as BookCounts;
    const differences = names.flatMap((name): Difference[] =>
      found[name].slice(0, reported).map((one) => ({ name, ...one })),
    );
    return { counts, report: { differences } };
  },
});

type Found = Pick<Difference, 'subject' | 'text'>;

const find = async (db: QueryExecutorProvider, query: RawBuilder<Found>): Promise<readonly Found[]> =>
  (await query.execute(db)).rows;

/** In every successful import, each document read is applied, unchanged, merged, quarantined or skipped. */
const unbalancedImports = async (db: QueryExecutorProvider): Promise<readonly Found[]> => {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('ops.import_run') is not null as there`.execute(db);
  if (!rows[0]!.there) return [];
  return await find(
    db,
    sql<Found>`
      select format('import %s, %s', import_run_id, collection) as subject,
        format('%s documents were read, and %s are accounted for', read, accounted) as text
      from ops.import_run
        cross join lateral jsonb_each(counts) as each (collection, states)
        cross join lateral (
          select coalesce(sum(value::numeric) filter (where key = 'read'), 0) as read,
            coalesce(
              sum(value::numeric) filter (where key in ('applied', 'unchanged', 'merged', 'quarantined', 'skipped')), 0
            ) as accounted
          from jsonb_each_text(states)
        ) as sums
      where result = 'succeeded' and jsonb_typeof(states) = 'object' and read <> accounted
      order by import_run_id desc, collection`,
  );
};

/** The homes in the e-mails of the last 30 days, one row for each message and home. */
const sent = sql`(
  select contact_key, outbox_id, created_at, home ->> 'listingKey' as listing_key,
    home ->> 'standardStatus' as status, home ->> 'listPrice' as price
  from ops.outbox cross join lateral jsonb_path_query(context, '$.homes[*]') as each (home)
  where kind = 'alert-digest' and created_at > clock_timestamp() - interval '30 days'
)`;

const subject = sql`format('lead %s, listing %s', contact_key, listing_key)`;

/** Whatever the memory lacks would be sent again. */
const unremembered = sql<Found>`
  select ${subject} as subject, format('the e-mail %s contained it, but the memory does not', outbox_id) as text
  from ${sent} as sent
  where not exists (
    select from ops.sent_memory as memory
    where memory.contact_key = sent.contact_key and memory.listing_key = sent.listing_key and sent_at is not null
  )
  order by created_at desc, contact_key, listing_key`;

const repeated = sql<Found>`
  select ${subject} as subject, format('the e-mails %s and %s say the same', before, outbox_id) as text
  from (
    select *, lag(outbox_id) over earlier as before, lag((status, price)) over earlier as was
    from ${sent} as sent
    window earlier as (partition by contact_key, listing_key order by created_at, outbox_id)
  ) as sent
  where status is not null and was = (status, price)
  order by created_at desc, contact_key, listing_key`;

const stuck = sql<Found>`
  select format('message %s', outbox_id) as subject,
    'it is marked as being sent, but not by which process or until when' as text
  from ops.outbox where state = 'sending' and (claim is null or claimed_until is null)
  order by created_at desc`;

/** An offer gets its message in the next run of lead matching; one that expired without a message never will. */
const unsentOffers = async (db: QueryExecutorProvider, now: Date): Promise<readonly Found[]> => {
  const offers = await offersWithoutMessage(db, await historyUntil(db));
  return offers
    .filter(({ expiresAt }) => expiresAt !== null && new Date(expiresAt) < now)
    .map(({ contactKey, memberKey, expiresAt }) => ({
      subject: `lead ${contactKey}, agent ${memberKey}`,
      text: `the offer expired at ${expiresAt}, and no message to the agent was ever queued`,
    }));
};
