import { type Kysely, sql } from 'kysely';
import type { LeadEvent } from '../../../domain/lead/index.ts';
import { pastOfferTo } from '../../../domain/lead/past-offer.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { isReadable, type StoredEvent } from '../../../eventstore/stored-event.ts';
import { type CountedOffer, countOffer, type Deficits } from '../../../matching/fairness.ts';
import { storableJson } from '../../../platform/database/storable.ts';

/** What fairness knows about each agent: what they are owed, and when they last got an offer. */
export type Shares = { readonly deficits: Deficits; readonly lastOfferedAt: Map<string, Date> };

/**
 * How many events are counted before the result is written, so that a first run over a long history keeps its progress.
 */
const batchSize = 50_000;

/**
 * Counts the offers made since the last time, including those of the old CRM, and returns the present shares. Deficits
 * and the position up to which they are counted are written together, so each offer counts once, whatever crashes when.
 *
 * @returns with `keep`, which writes what was counted here, whatever `countNow` has added since: new leads need not wait for that. What
 * is not kept is counted again
 */
export const countShares = async (
  db: Kysely<unknown>,
  store: EventStore,
  signal: AbortSignal,
): Promise<{ readonly shares: Shares; readonly keep: () => Promise<void> }> => {
  // Only the holder of the job's lease writes them.
  const [from, shares] = await Promise.all([readCursor(db), readShares(db)]);
  const changed = new Set<string>();
  let reached = from;
  let since = 0;
  const keepSoFar = async () => {
    await writeShares(db, rowsOf(shares, changed), reached);
    changed.clear();
    since = 0;
  };
  for await (const event of store.readAll({ after: from < 0n ? null : { commit: from, prepare: from } })) {
    signal.throwIfAborted();
    if (event.position.commit <= from) continue;
    reached = event.position.commit;
    if (counted.has(event.type) && isReadable(event)) count(shares, event, changed);
    if (++since >= batchSize) await keepSoFar();
  }
  const rows = rowsOf(shares, changed);
  return { shares, keep: async () => (reached > from ? await writeShares(db, rows, reached) : undefined) };
};

/** Counts an offer that was just made, so that the next lead of the same run takes it into account. */
export const countNow = (shares: Shares, offer: Parameters<typeof countOffer>[1], at: Date): void => {
  countOffer(shares.deficits, offer);
  for (const memberKey of offer.memberKeys) shares.lastOfferedAt.set(memberKey, at);
};

/** Only these are parsed. */
const counted: ReadonlySet<string> = new Set(['AgentJoined', 'LeadOffered', 'LeadActivityLogged']);

const count = (shares: Shares, { event, created, metadata }: StoredEvent, changed: Set<string>): void => {
  if (event.type === 'AgentJoined') {
    // For offers that do not say who could have had them, all members are owed a share.
    const { memberKey } = event.data;
    if (!shares.deficits.has(memberKey)) shares.deficits.set(memberKey, 0);
    changed.add(memberKey);
  }
  const offer = offerOf(event as LeadEvent, metadata);
  if (offer === null) return;
  const { memberKeys, candidates } = offer;
  countOffer(shares.deficits, candidates === undefined ? { memberKeys } : { memberKeys, candidates });
  const known = candidates?.map(({ memberKey }) => memberKey) ?? shares.deficits.keys();
  for (const memberKey of [...known, ...memberKeys]) changed.add(memberKey);
  // A source's clock may be ahead.
  const at = new Date(Math.min(Date.parse(metadata.occurredAt), created.getTime()));
  for (const memberKey of memberKeys) {
    const last = shares.lastOfferedAt.get(memberKey);
    if (last === undefined || last < at) shares.lastOfferedAt.set(memberKey, at);
  }
};

/** An offer, of here or of the old CRM. Only an import knows what was offered there before. */
const offerOf = (event: LeadEvent, { actor }: StoredEvent['metadata']): CountedOffer | null => {
  if (event.type === 'LeadOffered') return event.data;
  const memberKey = actor.kind === 'import' ? pastOfferTo(event) : null;
  return memberKey === null ? null : { memberKeys: [memberKey] };
};

const readCursor = async (db: Kysely<unknown>): Promise<bigint> => {
  const { rows } = await sql<{ position: string }>`select position from ops.agent_share_cursor`.execute(db);
  return BigInt(rows[0]?.position ?? -1);
};

const readShares = async (db: Kysely<unknown>): Promise<Shares> => {
  const { rows } = await sql<{ member_key: string; deficit: number; last_offered_at: Date | null }>`
    select member_key, deficit, last_offered_at from ops.agent_share`.execute(db);
  return {
    deficits: new Map(rows.map(({ member_key, deficit }) => [member_key, deficit])),
    lastOfferedAt: new Map(
      rows.flatMap(({ member_key, last_offered_at: at }) => (at === null ? [] : [[member_key, at] as const])),
    ),
  };
};

type ShareRow = { readonly member_key: string; readonly deficit: number; readonly last_offered_at: string | null };

const rowsOf = ({ deficits, lastOfferedAt }: Shares, memberKeys: ReadonlySet<string>): readonly ShareRow[] =>
  [...memberKeys].map((memberKey) => ({
    member_key: memberKey,
    deficit: deficits.get(memberKey) ?? 0,
    last_offered_at: lastOfferedAt.get(memberKey)?.toISOString() ?? null,
  }));

const writeShares = async (db: Kysely<unknown>, rows: readonly ShareRow[], position: bigint) => {
  await db.transaction().execute(async (trx) => {
    await sql`
      insert into ops.agent_share (member_key, deficit, last_offered_at)
      select member_key, deficit, last_offered_at from jsonb_to_recordset(${storableJson(rows)}::jsonb)
        as row (member_key text, deficit double precision, last_offered_at timestamptz)
      on conflict (member_key) do update
        set deficit = excluded.deficit, last_offered_at = excluded.last_offered_at`.execute(trx);
    await sql`
      insert into ops.agent_share_cursor (position) values (${position})
      on conflict (only_row) do update set position = excluded.position`.execute(trx);
  });
};
