import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claimed } from '../../delivery/claims.ts';
import { buildEmail, type EmailMessage } from '../../delivery/email/build-email.ts';
import { postmarkSender } from '../../delivery/providers/postmark.ts';
import { loadConfig } from '../../platform/config/config.ts';
import { fakeProviders } from './fake-providers.ts';

const sent = async (t: { after(work: () => Promise<void>): void }, kind: string, env: Record<string, string> = {}) => {
  const { url, emails } = await fakeProviders(t);
  const { postmark } = loadConfig({
    POSTMARK_SERVER_TOKEN: 'token',
    POSTMARK_FROM: 'alerts@example.com',
    OPENHOUSE_BASE_URL: 'https://homes.example.com',
    ...env,
  });
  const message = buildEmail({ to: 'ana@example.com', subject: 'A home', html: '<p>A home</p>', text: 'A home' });
  const claimed = { outboxId: 'one', kind, message } as Claimed<EmailMessage>;
  await postmarkSender({ ...postmark!, apiUrl: url }).send([claimed], () => true);
  const { TrackOpens, TrackLinks } = emails[0] as unknown as Record<string, unknown>;
  return { TrackOpens, TrackLinks };
};

test('neither opens nor clicks are tracked unless someone says so, whatever the server’s own settings are', async (t) => {
  assert.deepEqual(await sent(t, 'alert-digest'), { TrackOpens: false, TrackLinks: 'None' });
});

test('opens and clicks are tracked in the kinds of e-mail that are named, and in no other', async (t) => {
  const env = { POSTMARK_TRACK_OPENS: 'alert-digest, agent-summary', POSTMARK_TRACK_LINKS: 'alert-digest' };
  assert.deepEqual(await sent(t, 'alert-digest', env), { TrackOpens: true, TrackLinks: 'HtmlOnly' });
  assert.deepEqual(await sent(t, 'agent-summary', env), { TrackOpens: true, TrackLinks: 'None' });
  assert.deepEqual(await sent(t, 'lead-details', env), { TrackOpens: false, TrackLinks: 'None' });
});

test('a kind of e-mail that does not exist is refused, and "none" means none', () => {
  const wrong = { POSTMARK_TRACK_OPENS: 'digests' };
  assert.throws(
    () => loadConfig(wrong),
    /POSTMARK_TRACK_OPENS.* must be none, or a list of alert-digest, agent-summary/,
  );
  assert.ok(loadConfig({ POSTMARK_TRACK_OPENS: 'none' }));
});
