import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the time in a request may be from the present. */
const toleranceSeconds = 5 * 60;

/** The signature of a request, as Slack makes it (docs.slack.dev/authentication/verifying-requests-from-slack). */
export const slackSignature = (secret: string, timestamp: string, rawBody: Buffer | string): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest('hex')}`;

/** Whether Slack sent this request, just now. The body must be as it came, byte by byte. */
export const isFromSlack = (
  secret: string,
  request: { readonly timestamp: unknown; readonly signature: unknown; readonly rawBody: Buffer },
  now: Date,
): boolean => {
  const { timestamp, signature, rawBody } = request;
  if (typeof timestamp !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  const fresh = Math.abs(now.getTime() / 1000 - Number(timestamp)) <= toleranceSeconds;
  const expected = Buffer.from(slackSignature(secret, timestamp, rawBody));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) && fresh;
};
