import { type RawBuilder, sql } from 'kysely';
import { counted } from '../../platform/wording/words.ts';
import { bounceWords } from './bounce-types.ts';

/** What became of an e-mail after Postmark accepted it, as far as Postmark has reported it. */
export type Fate = {
  readonly deliveredAt: Date | null;
  readonly openedAt: Date | null;
  readonly opens: number;
  readonly clickedAt: Date | null;
  readonly clicks: number;
  readonly clickedListingKeys: readonly string[];
  readonly bouncedAt: Date | null;
  readonly bounceType: string | null;
  readonly complainedAt: Date | null;
  readonly unsubscribedAt: Date | null;
};

/** SQL: the fate of a message as JSON; `null` if nothing has been reported. */
export const fateOf = (outboxId: RawBuilder<unknown>): RawBuilder<StoredFate | null> => sql<StoredFate | null>`(
  select jsonb_build_object('deliveredAt', delivered_at, 'openedAt', opened_at, 'opens', opens, 'clickedAt', clicked_at,
    'clicks', clicks, 'clickedListingKeys', clicked_listing_keys, 'bouncedAt', bounced_at, 'bounceType', bounce_type,
    'complainedAt', complained_at, 'unsubscribedAt', unsubscribed_at)
  from ops.email_fate as fate where fate.outbox_id = ${outboxId})`;

/** The same with its times as PostgreSQL writes them in JSON. */
export type StoredFate = { readonly [Name in keyof Fate]: Fate[Name] extends Date | null ? string | null : Fate[Name] };

export const readFate = (stored: StoredFate | null): Fate | null => {
  if (stored === null) return null;
  const at = (text: string | null) => (text === null ? null : new Date(text));
  return {
    ...stored,
    deliveredAt: at(stored.deliveredAt),
    openedAt: at(stored.openedAt),
    clickedAt: at(stored.clickedAt),
    bouncedAt: at(stored.bouncedAt),
    complainedAt: at(stored.complainedAt),
    unsubscribedAt: at(stored.unsubscribedAt),
  };
};

/** `delivered, opened 3 times, clicked once`; `null` if nothing has been reported. The worst comes first. */
export const fateInWords = (fate: Fate | null): string | null => {
  if (fate === null) return null;
  const parts = [
    fate.complainedAt === null ? null : 'marked as spam',
    fate.unsubscribedAt === null ? null : 'unsubscribed',
    fate.bouncedAt === null ? null : `bounced (${bounceWords(fate.bounceType ?? 'Unknown')})`,
    // An e-mail that was opened was delivered, even if that is not reported yet.
    fate.deliveredAt === null && fate.opens === 0 && fate.clicks === 0 ? null : 'delivered',
    fate.opens === 0 ? null : `opened ${times(fate.opens)}`,
    fate.clicks === 0 ? null : `clicked ${times(fate.clicks)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
};

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : counted(count, 'time'));
