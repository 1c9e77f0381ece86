import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { agentMatches } from '../../schedulers/agent-matches/job.ts';
import { agentSummaries } from '../../schedulers/agent-summaries/job.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
import { home, inBoca, tick } from './support/alert-tick.ts';
import { openWorld, type World } from './support/world.ts';

const buyer = (firstName: string, ownerMemberKey: string) => ({
  firstName,
  lastName: 'Ruiz',
  email: `${firstName.toLowerCase()}@example.com`,
  mobilePhone: '+15615550134',
  ownerMemberKey,
});

/** Maria has two buyers and Sam one, who all look for homes in Boca Raton. */
const brokerage = async (t: Parameters<typeof openWorld>[0]): Promise<World> => {
  const world = await openWorld(t);
  await world.agent('maria', { slackUserId: 'U00001' });
  await world.agent('sam', { slackUserId: 'U00002' });
  for (const [key, agent] of [
    ['Ana', 'maria'],
    ['Bo', 'maria'],
    ['Cy', 'sam'],
  ] as const) {
    await world.lead(key, buyer(key, agent));
    await world.savedSearch(`s-${key}`, { ...inBoca, contactKey: key });
  }
  await tick(world);
  return world;
};

/** Runs the alerts, then notifies agents. @returns the new messages to agents: recipient and text */
const notified = async (world: World): Promise<string[]> => {
  await tick(world);
  const before = new Set((await matchMessages(world)).map(({ dedupe_key }) => dedupe_key));
  assert.ok((await runJob(agentMatches, world.deps)).ran);
  return (await matchMessages(world))
    .filter(({ dedupe_key }) => !before.has(dedupe_key))
    .map(({ recipient, message }) => `${recipient}: ${message.text}`)
    .sort();
};
const matchMessages = async (world: World) =>
  (await world.outbox()).filter(({ dedupe_key }) => dedupe_key.startsWith('agent-match/'));

test('an agent is notified once of a home that fits buyers of theirs, with the names of those buyers', async (t) => {
  const world = await brokerage(t);
  await world.listing('new', home);
  await world.listing('elsewhere', { ...home, city: 'Stuart' });
  assert.deepEqual(await notified(world), [
    `U00001: 2 of your buyers fit: new, ${home.unparsedAddress}`,
    `U00002: One of your buyers fits: new, ${home.unparsedAddress}`,
  ]);
  const blocks = JSON.stringify((await matchMessages(world)).find(({ recipient }) => recipient === 'U00001')?.message);
  assert.match(blocks, /Ana Ruiz, Bo Ruiz/);
  assert.doesNotMatch(blocks, /Cy|example\.com|555/, 'no one else’s buyers, and no contact data');
  assert.deepEqual(await notified(world), []);
});

test('an agent is notified of what has changed since, and not of what they already know', async (t) => {
  const world = await brokerage(t);
  await world.listing('new', home);
  await notified(world);
  await world.listing('new', { listPrice: 400_000 });
  await world.listing('new', { listPrice: 425_000 });
  const text = `price change, ${home.unparsedAddress}`;
  assert.deepEqual(await notified(world), [
    `U00001: 2 of your buyers fit: ${text}`,
    `U00002: One of your buyers fits: ${text}`,
  ]);
  assert.match(JSON.stringify((await matchMessages(world)).at(-1)?.message), /\$425,000, was \$450,000/);
  await world.listing('new', { listPrice: 450_000 });
  await world.listing('new', { listPrice: 425_000 });
  assert.deepEqual(await notified(world), []);
});

test('many homes are one message', async (t) => {
  const world = await brokerage(t);
  for (let index = 0; index < 60; index++) await world.listing(`home-${index}`, home);
  assert.deepEqual(await notified(world), [
    'U00001: 60 homes fit buyers of yours',
    'U00002: 60 homes fit buyers of yours',
  ]);
  const message = (await matchMessages(world))[0]?.message as { blocks: readonly unknown[] };
  assert.ok(message.blocks.length <= 50);
  assert.match(JSON.stringify(message), /… and 20 more/);
});

test('what fits goes to the agent whom the buyer has now, and to no one who has left or is not in Slack', async (t) => {
  const world = await brokerage(t);
  await world.listing('new', home);
  await tick(world);
  await world.lead('Cy', { ownerMemberKey: 'maria' });
  await world.lead('Bo', { ownerMemberKey: 'sam' });
  await world.agent('sam', { memberStatus: 'Inactive' });
  assert.deepEqual(await notified(world), [`U00001: 2 of your buyers fit: new, ${home.unparsedAddress}`]);
  assert.match(JSON.stringify((await matchMessages(world))[0]?.message), /Ana Ruiz, Cy Ruiz/);
  const { rows } = await sql`select from ops.agent_match_pending`.execute(world.db);
  assert.equal(rows.length, 0);
});

test('each e-mail to a buyer is in one daily summary to the buyer’s agent, once its fate is known', async (t) => {
  const world = await brokerage(t);
  await world.listing('new', home);
  await tick(world);
  const summaries = async () => {
    assert.ok((await runJob(agentSummaries, world.deps)).ran);
    world.clock.advance(24 * 3_600_000);
    return (await world.outbox())
      .filter(({ dedupe_key }) => dedupe_key.startsWith('agent-summary/'))
      .map(({ recipient, message }) => `${recipient}: ${message.Subject}`)
      .sort();
  };
  assert.deepEqual(await summaries(), [], 'they wait to be sent');
  await sql`update ops.outbox set state = 'sent', sent_at = now() where contact_key = 'Ana'`.execute(world.db);
  const first = 'maria@example.com: What your buyers were sent: 1 e-mail to 1 buyer of yours';
  assert.deepEqual(await summaries(), [first]);
  await sql`update ops.outbox set state = 'failed', last_error = 'inactive' where contact_key in ('Bo', 'Cy')`.execute(
    world.db,
  );
  assert.deepEqual(await summaries(), [
    first,
    first,
    'sam@example.com: What your buyers were sent: 1 e-mail to 1 buyer of yours',
  ]);
  assert.equal((await summaries()).length, 3, 'nothing twice');
  const texts = (await world.outbox()).map(({ message }) => String(message.TextBody));
  assert.ok(
    texts.some((text) =>
      text.includes('Bo Ruiz: 1 home (“New: 3-bedroom home in Boca Raton, $450,000”), could not be sent: inactive'),
    ),
  );
});

test('a summary says what buyers opened and clicked, and a later one what they did since', async (t) => {
  const world = await brokerage(t);
  await world.listing('new', home);
  await tick(world);
  await sql`update ops.outbox set state = 'sent', sent_at = now() where contact_key is not null`.execute(world.db);
  const report = async (contactKey: string, column: string) => {
    const { rows } = await sql<{ outboxId: string }>`
      select outbox_id as "outboxId" from ops.outbox where contact_key = ${contactKey} and channel = 'email'`.execute(
      world.db,
    );
    await sql`insert into ops.email_fate (outbox_id) values (${rows[0]!.outboxId}) on conflict do nothing`.execute(
      world.db,
    );
    await sql`update ops.email_fate set ${sql.raw(column)} where outbox_id = ${rows[0]!.outboxId}`.execute(world.db);
  };
  const toMaria = async () => {
    assert.ok((await runJob(agentSummaries, world.deps)).ran);
    world.clock.advance(24 * 3_600_000);
    return (await world.outbox())
      .filter(({ member_key, dedupe_key }) => member_key === 'maria' && dedupe_key.startsWith('agent-summary/'))
      .map(({ message }) => String(message.TextBody));
  };
  await report('Ana', 'delivered_at = now(), opens = 1, opened_at = now()');
  const [first] = await toMaria();
  assert.match(first!, /Ana Ruiz: 1 home \(“[^”]+”\), delivered, opened once$/m);
  assert.match(first!, /Bo Ruiz: 1 home \(“[^”]+”\), sent$/m);

  assert.equal((await toMaria()).length, 1, 'there is no news');
  await report('Bo', 'delivered_at = now()');
  assert.equal((await toMaria()).length, 1, 'that it was delivered is no news');

  await report('Ana', `clicks = 1, clicked_at = now(), clicked_listing_keys = '{new,gone}'`);
  await report('Bo', `bounced_at = now(), bounce_type = 'HardBounce'`);
  const later = (await toMaria()).filter((text) => text !== first);
  assert.equal(later.length, 1);
  assert.match(later[0]!, /^2 buyers of yours looked at earlier e-mails, or could not be reached:$/m);
  assert.ok(later[0]!.includes(`delivered, opened once, clicked once: ${home.unparsedAddress}\n`), later[0]);
  assert.match(later[0]!, /Bo Ruiz: 1 home \(“[^”]+”\), bounced \(the mailbox does not exist\), delivered$/m);
  assert.equal((await toMaria()).length, 2, 'nothing twice');
});
