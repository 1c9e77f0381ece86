import { type Kysely, type QueryExecutorProvider, sql, type Transaction } from 'kysely';
import type { Footer } from '../../../delivery/email/footer.ts';
import { type NewMessage, queueMessages } from '../../../delivery/outbox.ts';
import { rememberSent, type SentHome } from '../../../delivery/sent-memory.ts';
import { signed } from '../../../delivery/signed-link.ts';
import { isShown } from '../../../domain/listing/index.ts';
import { deterministicId } from '../../../eventstore/event-id.ts';
import { knownAfter } from '../../../matching/news.ts';
import { matches } from '../../../matching/saved-search.ts';
import { readHomes } from '../homes.ts';
import { describeCriteria } from '../searches/describe-criteria.ts';
import { isLive } from '../searches/live-search.ts';
import { type DigestItem, renderDigest } from './digest.ts';
import { isDue } from './due.ts';
import { type Found, findNews, forSale } from './find-news.ts';
import { type DueAlert, isUpToDate, readDueAlerts } from './read-due-alerts.ts';
import { isSettled } from './settled.ts';

export type DigestCounts = {
  digests: number;
  /** Homes in all digests together. */
  homes: number;
  /** Matches that did not become news, by reason. */
  dropped: Record<string, number>;
};

export type DigestOptions = {
  readonly now: Date;
  /**
   * Changes up to this position are history (see eventstore/positions/origin.ts): their matches wait until a person releases
   * them.
   */
  readonly history: bigint;
  readonly jobRunId: string;
  readonly baseUrl: string;
  readonly footer: Footer;
  readonly unsubscribeKey: Buffer;
  /** How many leads are handled in one transaction. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Turns the matches in `ops.alert_pending` that are due into one digest per lead. For each batch of leads, one
 * transaction checks everything again (opted out? still on the market? already sent?), updates the memory, queues the
 * e-mails and removes the matches: a crash at any instruction neither repeats nor loses a home.
 */
export const queueDigests = async (db: Kysely<unknown>, options: DigestOptions): Promise<DigestCounts> => {
  const { batchSize = 200, signal } = options;
  const counts: DigestCounts = { digests: 0, homes: 0, dropped: {} };
  for (let after = ''; signal?.aborted !== true; ) {
    const contactKeys = await dueContacts(db, options, after, batchSize);
    const last = contactKeys.at(-1);
    if (last === undefined) break;
    const batch = await db.transaction().execute(async (transaction) => {
      return await queueBatch(transaction, contactKeys, options);
    });
    counts.digests += batch.digests;
    counts.homes += batch.homes;
    for (const [reason, count] of Object.entries(batch.dropped)) addTo(counts.dropped, reason, count);
    after = last;
  }
  return counts;
};

/** The next leads, by key, with something due, including matches of searches that no longer exist. */
const dueContacts = async (
  db: QueryExecutorProvider,
  { now, history }: DigestOptions,
  after: string,
  limit: number,
) => {
  const { rows } = await sql<{ contact_key: string }>`
    select distinct pending.contact_key
    from ops.alert_pending as pending
      left join read.saved_searches as search using (saved_search_key)
      left join ops.alert_search as sent using (saved_search_key)
      left join ops.sent_memory as memory
        on memory.contact_key = pending.contact_key and memory.listing_key = pending.listing_key
      left join read.listings as listing on listing.listing_key = pending.listing_key
    where pending.contact_key > ${after}
      and (not ${isLive} or (${isDue(now)} and ${isSettled(now)} and pending.change_position > ${history})) and ${isUpToDate}
    order by pending.contact_key limit ${limit}`.execute(db);
  return rows.map((row) => row.contact_key);
};

const queueBatch = async (
  transaction: Transaction<unknown>,
  contactKeys: readonly string[],
  options: DigestOptions,
): Promise<DigestCounts> => {
  const counts: DigestCounts = { digests: 0, homes: 0, dropped: {} };
  const alerts = await readDueAlerts(transaction, contactKeys, options.now, options.history);
  const homes = await readHomes(transaction, [...new Set(alerts.map((alert) => alert.listingKey))]);
  const tellable: DueAlert[] = [];
  for (const alert of alerts) {
    const home = homes.get(alert.listingKey);
    // The home may have changed since it matched, so it is matched again.
    const reason = alert.dropReason ?? (home && matches(alert.criteria, home) ? null : 'no longer matches');
    if (reason === null) tellable.push(alert);
    else addTo(counts.dropped, reason, 1);
  }

  const found: Found[] = [];
  for (const group of groupBy(tellable, pairKey).values()) {
    const home = homes.get(group[0]!.listingKey)!;
    const one = findNews(group, home);
    if (one !== null) found.push(one);
    else addTo(counts.dropped, isShown(forSale(home).standardStatus) ? 'already sent' : 'off the market', group.length);
  }
  const sent = new Set((await rememberSent(transaction, found.map(asSent), options.now)).map(pairKey));
  const messages: NewMessage[] = [];
  const fresh = found.filter(({ alert }) => sent.has(pairKey(alert)));
  for (const [contactKey, some] of groupBy(fresh, ({ alert }) => alert.contactKey)) {
    messages.push(digestOf(contactKey, some, options));
    counts.digests++;
    counts.homes += some.length;
  }
  await queueMessages(transaction, messages);
  await takeAway(transaction, alerts);
  await recordSent(transaction, fresh, options.now);
  return counts;
};

const pairKey = ({ contactKey, listingKey }: { contactKey: string; listingKey: string }) =>
  `${contactKey} ${listingKey}`;

const asSent = ({ alert, home, known }: Found): SentHome => ({
  contactKey: alert.contactKey,
  listingKey: alert.listingKey,
  savedSearchKey: alert.savedSearchKey,
  position: alert.changePosition,
  ...knownAfter(known, forSale(home)),
});

const digestOf = (
  contactKey: string,
  found: readonly Found[],
  { baseUrl, footer, unsubscribeKey, jobRunId }: DigestOptions,
): NewMessage => {
  // Newest first, because that is what the buyer wants to read first.
  const sorted = [...found].sort((left, right) => Number(right.alert.changePosition - left.alert.changePosition));
  const { email, firstName } = sorted[0]!.alert;
  const items = sorted.map(
    ({ home, news, alerts }): DigestItem => ({
      home,
      changeType: news.changeType,
      listPrice: home.listPrice ?? null,
      previousListPrice: news.previousListPrice,
      searches: [...new Set(alerts.map((alert) => alert.savedSearchName ?? describeCriteria(alert.criteria)))],
    }),
  );
  const tells = sorted.map(({ alert, alerts, home, news }) => ({
    listingKey: alert.listingKey,
    changePosition: alert.changePosition.toString(),
    changeType: news.changeType,
    ...forSale(home),
    previousListPrice: news.previousListPrice,
    savedSearchKeys: alerts.map(({ savedSearchKey }) => savedSearchKey).sort(),
  }));
  const unsubscribeUrl = `${baseUrl}/unsubscribe?token=${signed(unsubscribeKey, contactKey)}`;
  const identity = tells
    .map((one) => `${one.listingKey}@${one.changePosition} ${one.changeType} ${one.standardStatus} ${one.listPrice}`)
    .sort();
  return {
    channel: 'email',
    kind: 'alert-digest',
    dedupeKey: `alert-digest/${contactKey}/${deterministicId(identity.join(' '))}`,
    contactKey,
    recipient: email!,
    message: renderDigest({ to: email!, firstName, items, baseUrl, footer, unsubscribeUrl }),
    context: { jobRunId, homes: tells },
  };
};

/** Removes matches that have been dealt with, unless a newer change has replaced one meanwhile. */
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

const isAtOnce = ({ scheduleType }: DueAlert): boolean => scheduleType !== 'Daily' && scheduleType !== 'Weekly';

/**
 * Starts the day or the week of these searches: of those with something sent that no ASAP search would have sent
 * anyway.
 */
const recordSent = async (transaction: QueryExecutorProvider, sent: readonly Found[], now: Date): Promise<void> => {
  const keys = sent.flatMap(({ alerts }) =>
    alerts.some(isAtOnce) ? [] : alerts.map(({ savedSearchKey }) => savedSearchKey),
  );
  if (keys.length === 0) return;
  await sql`
    insert into ops.alert_search (saved_search_key, last_sent_at)
    select distinct key, ${now}::timestamptz from unnest(${keys}::text[]) as key
    on conflict (saved_search_key) do update set last_sent_at = excluded.last_sent_at`.execute(transaction);
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
