import { createHash } from 'node:crypto';
import { z } from 'zod';

/** What became of an e-mail, as Postmark reports it. */
export type Report = {
  /** Postmark's ID of the message; `null` for a suppression or reactivation by hand. */
  readonly messageId: string | null;
  /** Our ID of it, from the metadata that we sent along. */
  readonly outboxId: string | null;
  /** An e-mail address, as Postmark writes it. */
  readonly recipient: string;
  readonly messageStream: string | null;
  readonly at: Date;
} & (
  | { readonly kind: 'delivery' }
  | { readonly kind: 'open' }
  | { readonly kind: 'click'; readonly link: string }
  /** `deactivated`: Postmark sends nothing more to this address. */
  | { readonly kind: 'bounce'; readonly bounceType: string; readonly deactivated: boolean }
  | { readonly kind: 'complaint' }
  /** Postmark's list of addresses to which it sends nothing changed. */
  | {
      readonly kind: 'subscription';
      readonly suppressed: boolean;
      readonly reason: string;
      readonly origin: string;
    }
);

const short = z.string().max(2_000);
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const about = {
  MessageID: short.nullish(),
  MessageStream: short.nullish(),
  Metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
};
const address = short.refine((text) => text.includes('@'));
const time = short.refine((text) => !Number.isNaN(Date.parse(text)));

const message = { ...about, MessageID: short.min(1) };
const bounce = z.looseObject({
  ...message,
  Email: address,
  BouncedAt: time,
  Type: short.min(1),
  Inactive: z.boolean(),
});

/** Postmark's webhooks (postmarkapp.com/developer/webhooks/webhooks-overview), by their `RecordType`. */
const schemas = {
  Delivery: z.looseObject({ ...message, Recipient: address, DeliveredAt: time }),
  Bounce: bounce,
  SpamComplaint: bounce.partial({ Type: true, Inactive: true }),
  Open: z.looseObject({ ...message, Recipient: address, ReceivedAt: time }),
  Click: z.looseObject({ ...message, Recipient: address, ReceivedAt: time, OriginalLink: z.string().max(10_000) }),
  SubscriptionChange: z.looseObject({
    ...about,
    Recipient: address,
    ChangedAt: time,
    SuppressSending: z.boolean(),
    SuppressionReason: short.nullish(),
    Origin: short.nullish(),
  }),
};

export const reportTypes = Object.keys(schemas);

/** The record type that a payload names; `Inbound` also for e-mails from an inbound stream, which name none. */
export const recordTypeOf = (payload: Readonly<Record<string, unknown>>): string | null => {
  const { RecordType: named } = payload;
  if (typeof named === 'string' && named.trim() !== '') return named.trim().slice(0, 100);
  return 'MailboxHash' in payload || 'OriginalRecipient' in payload ? 'Inbound' : null;
};

/**
 * What a payload reports; `null` if something that it needs is missing or not valid.
 *
 * @param receivedAt nothing can be reported before it happened, so a later time counts as this one
 */
export const readReport = (payload: Readonly<Record<string, unknown>>, receivedAt: Date): Report | null => {
  const common = (data: z.infer<z.ZodObject<typeof about>>, recipient: string, at: string) => ({
    messageId: data.MessageID || null,
    outboxId: ourId(data.Metadata),
    recipient: recipient.trim(),
    messageStream: data.MessageStream || null,
    at: new Date(Math.min(Date.parse(at), receivedAt.getTime())),
  });
  switch (recordTypeOf(payload)) {
    case 'Delivery': {
      const { data } = schemas.Delivery.safeParse(payload);
      return data === undefined ? null : { kind: 'delivery', ...common(data, data.Recipient, data.DeliveredAt) };
    }
    case 'Open': {
      const { data } = schemas.Open.safeParse(payload);
      return data === undefined ? null : { kind: 'open', ...common(data, data.Recipient, data.ReceivedAt) };
    }
    case 'Click': {
      const { data } = schemas.Click.safeParse(payload);
      return data === undefined
        ? null
        : { kind: 'click', link: data.OriginalLink, ...common(data, data.Recipient, data.ReceivedAt) };
    }
    case 'Bounce': {
      const { data } = schemas.Bounce.safeParse(payload);
      if (data === undefined) return null;
      const rest = common(data, data.Email, data.BouncedAt);
      return data.Type === 'SpamComplaint'
        ? { kind: 'complaint', ...rest }
        : { kind: 'bounce', bounceType: data.Type, deactivated: data.Inactive, ...rest };
    }
    case 'SpamComplaint': {
      const { data } = schemas.SpamComplaint.safeParse(payload);
      return data === undefined ? null : { kind: 'complaint', ...common(data, data.Email, data.BouncedAt) };
    }
    case 'SubscriptionChange': {
      const { data } = schemas.SubscriptionChange.safeParse(payload);
      if (data === undefined) return null;
      const { SuppressSending: suppressed, SuppressionReason: reason, Origin: origin } = data;
      return {
        kind: 'subscription',
        suppressed,
        reason: reason ?? '',
        origin: origin ?? '',
        ...common(data, data.Recipient, data.ChangedAt),
      };
    }
    default:
      return null;
  }
};

const ourId = (metadata: Readonly<Record<string, unknown>> | null | undefined): string | null => {
  const id = metadata?.outboxId;
  return typeof id === 'string' && uuid.test(id) ? id.toLowerCase() : null;
};

/**
 * The same report has the same key, however often Postmark sends it: Postmark gives a report no ID of its own, so the key is
 * made of its type, message, recipient and time, and what tells two of them apart at the same time.
 *
 * @param body as it came; it is the key of what cannot be understood
 */
export const reportKey = (
  payload: Readonly<Record<string, unknown>> | null,
  body: Buffer,
  receivedAt: Date,
): string => {
  const report = payload === null ? null : readReport(payload, receivedAt);
  const parts =
    payload === null || report === null
      ? ['body', body.toString('latin1')]
      : [
          recordTypeOf(payload),
          report.messageId,
          report.recipient.toLowerCase(),
          // Not `report.at`, which depends on when it came.
          payload.DeliveredAt ?? payload.BouncedAt ?? payload.ChangedAt ?? payload.ReceivedAt,
          payload.ID ?? payload.OriginalLink ?? payload.SuppressSending ?? null,
        ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
};
