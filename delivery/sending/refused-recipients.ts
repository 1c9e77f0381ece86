import type { Claimed } from '../claims.ts';
import type { Outcome } from '../outcome.ts';
import { noteUndeliverable, readUndeliverable, recipientName } from '../undeliverable.ts';
import type { DeliveryDeps, Route } from './route.ts';

/** What is known about the recipients from earlier refusals: nothing more is sent to them. */
export const refusedBefore = async <Message>(
  { db }: DeliveryDeps,
  messages: readonly Claimed<Message>[],
  { channel, via }: Route<Message>,
) => {
  const withheld = new Map<string, string>();
  const invalid = new Map<string, Outcome>();
  if (via === 'provider' && channel === 'email' && messages.length > 0) {
    const refused = await readUndeliverable(
      db,
      channel,
      messages.map(({ recipient }) => recipient),
    );
    for (const { outboxId, recipient } of messages) {
      const one = refused.get(recipientName(channel, recipient));
      if (one?.refusal === 'invalid')
        invalid.set(outboxId, { kind: 'rejected', reason: one.reason, refused: one.refusal });
      else if (one !== undefined)
        withheld.set(outboxId, `the address was refused on ${one.since.toISOString().slice(0, 10)}: ${one.reason}`);
    }
  }
  return { withheld, invalid };
};

/** Handles a refused recipient: it is recorded, and the person's next address, if any, is tried. */
export const actOn = async <Message>(
  { db, log }: DeliveryDeps,
  message: Claimed<Message>,
  outcome: Outcome,
  { channel, via, readdress }: Route<Message>,
): Promise<Outcome> => {
  const { outboxId, recipient } = message;
  if (via === 'provider' && outcome.kind === 'blocked')
    await noteUndeliverable(db, { channel, recipient, refusal: 'unreachable', reason: outcome.reason, outboxId });
  if (via !== 'provider' || outcome.kind !== 'rejected' || outcome.refused === undefined) return outcome;
  const { refused, reason } = outcome;
  await noteUndeliverable(db, { channel, recipient, refusal: refused, reason, outboxId });
  if (refused !== 'invalid') return outcome;
  try {
    const to = await readdress(message);
    return to === null ? outcome : { kind: 'readdressed', reason, to };
  } catch (error) {
    log.warn({ err: error, outboxId }, 'could not look up another address');
    return { kind: 'retry', reason: `${reason}; looking up another address failed`, maybeSent: false };
  }
};
