import { type Kysely, type QueryExecutorProvider, sql, type Transaction } from 'kysely';
import { type NewMessage, queueMessages } from '../../delivery/outbox.ts';
import { rememberTold, type Told } from '../../delivery/sent-memory.ts';
import { signed } from '../../delivery/signed-link.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import { matches } from '../../matching/saved-search.ts';
import { holdFast, type Lease } from '../lease.ts';
import { describeCriteria } from './describe-criteria.ts';
import { type DigestItem, renderDigest } from './digest.ts';
import { isDue } from './due.ts';
import { type Home, readHomes } from './homes.ts';
import { isLive } from './live-search.ts';
import { type DueAlert, isUpToDate, readDueAlerts } from './read-due-alerts.ts';

export type DigestCounts = {
  digests: number;
  /** Homes told of, over all digests. */
  homes: number;
  /** Matches that came to nothing, by reason. */
  dropped: Record<string, number>;
};

export type DigestOptions = {
  readonly now: Date;
  readonly jobRunId: string;
  readonly baseUrl: string;
  readonly unsubscribeKey: Buffer;
  /** How many leads are served in one transaction. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Turns what waits in `ops.alert_pending` and is due into one digest per lead. For a batch of leads at a time, one
 * transaction looks once more at everything (opted out? still on the market? told already?), moves the memory, queues the
 * e-mails and takes the matches away: a crash at any instruction neither repeats nor loses a home.
 */
export const queueDigests = async (
  db: Kysely<unknown>,
  lease: Lease,
  options: DigestOptions,
): Promise<DigestCounts> => {
  const { now, batchSize = 200, signal } = options;
  const counts: DigestCounts = { digests: 0, homes: 0, dropped: {} };
  for (let after = ''; signal?.aborted !== true; ) {
    const contactKeys = await dueContacts(db, now, after, batchSize);
    const last = contactKeys.at(-1);
    if (last === undefined) break;
    const batch = await db.transaction().execute(async (transaction) => {
      await holdFast(transaction, lease);
      return await queueBatch(transaction, contactKeys, options);
    });
    counts.digests += batch.digests;
    counts.homes += batch.homes;
    for (const [reason, count] of Object.entries(batch.dropped)) addTo(counts.dropped, reason, count);
    after = last;
  }
  return counts;
};

/** The next leads, by key, of whom something is due; also those with matches of a search that is no more. */
const dueContacts = async (db: QueryExecutorProvider, now: Date, after: string, limit: number) => {
  const { rows } = await sql<{ contact_key: string }>`
    select distinct pending.contact_key
    from ops.alert_pending as pending
      left join read.saved_searches as search using (saved_search_key)
      left join ops.alert_search as told using (saved_search_key)
    where pending.contact_key > ${after}
      and (not ${isLive} or ${isDue(now)}) and ${isUpToDate}
    order by pending.contact_key limit ${limit}`.execute(db);
  return rows.map((row) => row.contact_key);
};

const queueBatch = async (
  transaction: Transaction<unknown>,
  contactKeys: readonly string[],
  options: DigestOptions,
): Promise<DigestCounts> => {
  const counts: DigestCounts = { digests: 0, homes: 0, dropped: {} };
  const alerts = await readDueAlerts(transaction, contactKeys, options.now);
  const homes = await readHomes(transaction, [...new Set(alerts.map((alert) => alert.listingKey))]);
  const tellable: DueAlert[] = [];
  for (const alert of alerts) {
    const home = homes.get(alert.listingKey);
    // The home may have changed since it matched: it must be what the buyer looks for now.
    const reason = alert.dropReason ?? (home && matches(alert.criteria, home) ? null : 'no longer matches');
    if (reason === null) tellable.push(alert);
    else addTo(counts.dropped, reason, 1);
  }

  const found = byContactAndListing(tellable);
  const told = new Set((await rememberTold(transaction, found.map(asTold))).map(pairKey));
  const messages: NewMessage[] = [];
  for (const [contactKey, all] of groupBy(found, (one) => one.alerts[0]!.contactKey)) {
    const fresh = all.filter((one) => told.has(pairKey(one.alerts[0]!)));
    for (const one of all) if (!fresh.includes(one)) addTo(counts.dropped, 'told already', one.alerts.length);
    if (fresh.length === 0) continue;
    messages.push(digestOf(contactKey, fresh, homes, options));
    counts.digests++;
    counts.homes += fresh.length;
  }
  await queueMessages(transaction, messages);
  await takeAway(transaction, alerts);
  await remindSearches(transaction, tellable, options.now);
  return counts;
};

/** All that found one home for one lead; the newest change of it counts. */
type Found = { readonly change: DueAlert; readonly alerts: readonly DueAlert[] };

const pairKey = ({ contactKey, listingKey }: { contactKey: string; listingKey: string }) =>
  `${contactKey} ${listingKey}`;

const byContactAndListing = (alerts: readonly DueAlert[]): readonly Found[] =>
  [...groupBy(alerts, pairKey).values()].map((group) => ({
    change: group.reduce((newest, alert) => (alert.changePosition > newest.changePosition ? alert : newest)),
    alerts: group,
  }));

const asTold = ({ change }: Found): Told => ({
  contactKey: change.contactKey,
  listingKey: change.listingKey,
  savedSearchKey: change.savedSearchKey,
  position: change.changePosition,
  changeType: change.changeType,
  occurredAt: change.occurredAt,
});

const digestOf = (
  contactKey: string,
  found: readonly Found[],
  homes: ReadonlyMap<string, Home>,
  { baseUrl, unsubscribeKey, jobRunId }: DigestOptions,
): NewMessage => {
  // The newest first: that is what the buyer wants to hear of.
  const sorted = [...found].sort((left, right) => Number(right.change.changePosition - left.change.changePosition));
  const { email, firstName } = sorted[0]!.change;
  const items = sorted.map(
    ({ change, alerts }): DigestItem => ({
      home: homes.get(change.listingKey)!,
      changeType: change.changeType,
      listPrice: change.listPrice,
      previousListPrice: change.previousListPrice,
      searches: [...new Set(alerts.map((alert) => alert.savedSearchName ?? describeCriteria(alert.criteria)))],
    }),
  );
  const tells = sorted.map(({ change, alerts }) => ({
    listingKey: change.listingKey,
    changePosition: change.changePosition.toString(),
    changeType: change.changeType,
    savedSearchKeys: alerts.map((alert) => alert.savedSearchKey).sort(),
  }));
  const unsubscribeUrl = `${baseUrl}/unsubscribe?token=${signed(unsubscribeKey, contactKey)}`;
  const identity = tells.map(({ listingKey, changePosition }) => `${listingKey}@${changePosition}`).sort();
  return {
    channel: 'email',
    kind: 'alert-digest',
    dedupeKey: `alert-digest/${contactKey}/${deterministicId(identity.join(' '))}`,
    contactKey,
    recipient: email!,
    message: renderDigest({ to: email!, firstName, items, baseUrl, unsubscribeUrl }),
    context: { jobRunId, homes: tells },
  };
};

/** What was looked at is done with, unless a newer change has taken its place meanwhile. */
const takeAway = async (transaction: QueryExecutorProvider, alerts: readonly DueAlert[]) => {
  await sql`
    delete from ops.alert_pending as pending
    using unnest(
      ${alerts.map((alert) => alert.contactKey)}::text[],
      ${alerts.map((alert) => alert.savedSearchKey)}::text[],
      ${alerts.map((alert) => alert.listingKey)}::text[],
      ${alerts.map((alert) => alert.changePosition)}::bigint[]
    ) as done (contact_key, saved_search_key, listing_key, change_position)
    where pending.contact_key = done.contact_key and pending.saved_search_key = done.saved_search_key
      and pending.listing_key = done.listing_key and pending.change_position = done.change_position`.execute(
    transaction,
  );
};

/** From now on the day or the week of these searches counts. */
const remindSearches = async (transaction: QueryExecutorProvider, alerts: readonly DueAlert[], now: Date) => {
  const keys = alerts
    .filter(({ scheduleType }) => scheduleType === 'Daily' || scheduleType === 'Weekly')
    .map((alert) => alert.savedSearchKey);
  await sql`
    insert into ops.alert_search (saved_search_key, last_told_at)
    select distinct key, ${now}::timestamptz from unnest(${keys}::text[]) as key
    on conflict (saved_search_key) do update set last_told_at = excluded.last_told_at`.execute(transaction);
};

const groupBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
};

const addTo = (counts: Record<string, number>, name: string, count: number) => {
  counts[name] = (counts[name] ?? 0) + count;
};
