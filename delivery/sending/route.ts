import type { Kysely } from 'kysely';
import type { Logger } from '../../platform/logging/log.ts';
import type { Claimed } from '../claims.ts';
import type { Channel, EmailMessage } from '../outbox.ts';
import type { Outcome } from '../outcome.ts';
import type { Find } from './settle-unknown.ts';
import type { Transports } from './transports.ts';

export type DeliveryDeps = {
  readonly db: Kysely<unknown>;
  readonly log: Logger;
  readonly transports: Transports;
  /**
   * Which messages must no longer go out, by outbox ID, and why. Called right before sending; while it throws, nothing
   * goes out.
   */
  readonly withhold?: (messages: readonly Claimed<unknown>[]) => Promise<ReadonlyMap<string, string>>;
  /** Another address of an e-mail's recipient if theirs is refused; `null` if there is none. */
  readonly otherAddress?: (message: Claimed<EmailMessage>) => Promise<string | null>;
  readonly signal?: AbortSignal;
};

/** How the messages of a channel are sent, and looked up again. */
export type Route<Message> = {
  readonly channel: Channel;
  readonly via: 'provider' | 'preview';
  readonly send: (messages: readonly Claimed<Message>[], maySend: () => boolean) => Promise<readonly Outcome[]>;
  readonly find: Find<Message>;
  /** The meaning of a failed look-up. */
  readonly explain: (error: unknown) => Outcome | null;
  readonly readdress: (message: Claimed<Message>) => Promise<string | null>;
  /** How often one recipient may be sent something. Missing: at any rate. */
  readonly pace?: { readonly everyMs: number };
};
