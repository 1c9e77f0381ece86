import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openWorld } from '../schedulers/support/world.ts';
import { openhouse } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A brokerage with two agents, one of whom was offered a lead, and commands that the broker runs there. */
const setUp = async (t: TestContext) => {
  const world = await openWorld(t);
  for (const key of ['ana', 'bo']) await world.agent(key, {});
  await world.lead(
    'maria',
    { firstName: 'Maria', email: 'maria@example.com', leadStage: 'New', leadSource: 'Zillow' },
    [
      {
        type: 'OfferLead',
        offerKey: 'o1',
        memberKeys: ['ana'],
        score: 40,
        reasons: [{ rule: 'area', points: 40, detail: 'covers 33432' }],
        expiresAt: '2026-03-31T14:30:00.000Z',
      },
    ],
  );
  await world.lead('omar', { firstName: 'Omar', email: 'omar@example.com', leadStage: 'Trash', leadSource: 'Website' });
  await world.catchUp();
  const text = (...args: string[]) =>
    openhouse(args, { extraEnv: { DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl } });
  const json = async (...args: string[]) => {
    const { code, stdout } = await text(...args, '--json');
    return { code, answer: JSON.parse(stdout) };
  };
  /** The command fails as a person can understand: its exit code, what was wrong, and no stack trace. */
  const fails = async (code: number, message: RegExp, ...args: string[]) => {
    const found = await text(...args);
    assert.equal(found.code, code, `${args.join(' ')}: ${found.stderr}`);
    assert.match(found.stderr, message);
    assert.equal(found.stdout, '');
    assert.doesNotMatch(found.stderr, /^\s+at .*:\d+/m);
  };
  return { world, text, json, fails };
};

test('leads capture records a new lead, and an inquiry of a known one', async (t) => {
  const { json, text, fails } = await setUp(t);
  const capture = ['leads', 'capture', '--first-name', 'Ines', '--email', 'ines@example.com', '--city', 'Boca Raton'];
  const first = await json(...capture);
  assert.deepEqual([first.code, first.answer.outcome], [0, 'captured']);
  const again = await text(...capture, '--message', 'Is it still there?');
  assert.deepEqual([again.code, again.stderr], [0, '']);
  assert.match(again.stdout, new RegExp(`inquiry was recorded on lead ${first.answer.contactKey}`));
  const known = await json('leads', 'capture', '--email', 'MARIA@example.com');
  assert.equal(known.answer.contactKey, 'maria');
  await fails(2, /the lead was not recorded/, 'leads', 'capture', '--first-name', 'Nobody');
  await fails(2, /the lead was not recorded: email/, 'leads', 'capture', '--email', 'not an address');
  await fails(1, /no listing/i, 'leads', 'capture', '--email', 'kim@example.com', '--listing', 'RX-404');
});

test('leads list filters leads, and rejects a status that there is not', async (t) => {
  const { json, text, fails } = await setUp(t);
  const keys = async (...args: string[]) => {
    const { code, answer } = await json('leads', 'list', ...args);
    assert.equal(code, 0);
    return [answer.total, answer.leads.map(({ contactKey }: { contactKey: string }) => contactKey).sort()];
  };
  assert.deepEqual(await keys(), [2, ['maria', 'omar']]);
  assert.deepEqual(await keys('--limit', '1').then(([total, some]) => [total, some.length]), [2, 1]);
  assert.deepEqual(await keys('--status', 'offered'), [1, ['maria']]);
  assert.deepEqual(await keys('--agent', 'ana@example.com'), [1, ['maria']]);
  assert.deepEqual(await keys('--source', 'Website'), [1, ['omar']]);
  assert.match((await text('leads', 'list', '--text', 'maria@')).stdout, /Maria +offered/);
  assert.match((await text('leads', 'list', '--text', 'nobody')).stdout, /^No leads\.$/m);
  await fails(2, /--status must be one of waiting, offered/, 'leads', 'list', '--status', 'lost');
  await fails(2, /limit/, 'leads', 'list', '--limit', 'many');
  await fails(1, /nobody@example\.com/, 'leads', 'list', '--agent', 'nobody@example.com');
});

test('leads why shows who has a lead on offer, and the grounds', async (t) => {
  const { json, text, fails } = await setUp(t);
  const { code, answer } = await json('leads', 'why', 'maria@example.com');
  assert.deepEqual([code, answer.contactKey, answer.life.status], [0, 'maria', 'offered']);
  assert.deepEqual(answer.offers[0].reasons, [{ rule: 'area', points: 40, detail: 'covers 33432' }]);
  const shown = (await text('leads', 'why', 'maria')).stdout;
  assert.match(shown, /It is on offer to ana/);
  assert.match(shown, /\+40 {2}covers 33432/);
  assert.match((await text('leads', 'why', 'omar')).stdout, /It is closed \(Trash\)/);
  await fails(1, /nobody@example\.com/, 'leads', 'why', 'nobody@example.com');
});

test('leads reopen needs a reason, and changes only what is closed', async (t) => {
  const { json, fails } = await setUp(t);
  const reopen = (lead: string) => json('leads', 'reopen', lead, '--because', 'He called again', '--as', 'bo');
  await fails(2, /--because/, 'leads', 'reopen', 'omar');
  const first = await reopen('omar@example.com');
  assert.deepEqual([first.code, first.answer.changed], [0, true]);
  assert.equal((await json('leads', 'why', 'omar')).answer.life.status, 'unassigned');
  assert.equal((await reopen('omar')).answer.changed, false);
  await fails(1, /nobody/, 'leads', 'reopen', 'nobody', '--because', 'x');
});

test('leads simulate runs a policy over past leads, and changes nothing', async (t) => {
  const { world, json, text, fails } = await setUp(t);
  const file = join(temporaryFolder(t), 'policy.yaml');
  writeFileSync(
    file,
    'weights: { area: 40 }\nescalateTo: bo\nrules:\n  - name: All\n    chain:\n      - offerTo: { agents: [bo] }\n        answerWithin: 30 minutes\n',
  );
  const events = async () => {
    let count = 0;
    for await (const _ of world.store.readStream('lead-maria')) count++;
    return count;
  };
  const before = await events();
  const { code, answer } = await json(
    'leads',
    'simulate',
    '--policy',
    file,
    '--since',
    '2026-03-01',
    '--until',
    '2026-05-01',
  );
  assert.equal(code, 0);
  assert.ok(Array.isArray(answer.leads) && Array.isArray(answer.agents));
  assert.equal(await events(), before);
  assert.match(
    (await text('leads', 'simulate', '--since', '2026-03-01', '--until', '2026-05-01')).stdout,
    /would have gone to another agent/,
  );
  await fails(2, /--since must be a date/, 'leads', 'simulate', '--since', 'yesterday');
  await fails(
    2,
    /--until must be after --since/,
    'leads',
    'simulate',
    '--since',
    '2026-03-02',
    '--until',
    '2026-03-01',
  );
  await fails(2, /since/, 'leads', 'simulate');
  const missing = await text('leads', 'simulate', '--since', '2026-03-01', '--policy', join(file, 'none.yaml'));
  assert.notEqual(missing.code, 0);
  assert.doesNotMatch(missing.stderr, /^\s+at .*:\d+/m);
});

test('leads fairness shows how the offers of a period were shared', async (t) => {
  const { json, text, fails } = await setUp(t);
  const { code, answer } = await json('leads', 'fairness', '--since', '2026-03-01', '--until', '2026-05-01');
  assert.equal(code, 0);
  assert.deepEqual(
    answer.agents.map(({ key, offers, share }: Record<string, unknown>) => [key, offers, share]),
    [['ana', 1, 1]],
  );
  assert.match(
    (await text('leads', 'fairness', '--since', '2020-01-01', '--until', '2020-02-01')).stdout,
    /No offers in this period/,
  );
  await fails(2, /--since must be a date/, 'leads', 'fairness', '--since', '31.3.2026');
});

test('agents list shows workload, and agents hours sets when someone works', async (t) => {
  const { json, text, fails } = await setUp(t);
  const { code, answer } = await json('agents', 'list');
  assert.equal(code, 0);
  assert.deepEqual(
    answer.agents.map(({ memberKey, openOffers }: Record<string, unknown>) => [memberKey, openOffers]).sort(),
    [
      ['ana', 1],
      ['bo', 0],
    ],
  );
  assert.match((await text('agents', 'list')).stdout, /Agent +Open leads +Capacity/);
  const hours = (given: string, ...more: string[]) => json('agents', 'hours', 'bo@example.com', given, ...more);
  const set = await hours('mon-fri 9:00-17:00', '--time-zone', 'America/Chicago');
  assert.deepEqual([set.code, set.answer.changed], [0, true]);
  assert.equal((await hours('Mon-Fri 9:00-17:00', '--time-zone', 'America/Chicago')).answer.changed, false);
  assert.match((await text('agents', 'show', 'bo')).stdout, /Working hours: .*9.*America\/Chicago/);
  await fails(2, /"whenever"/, 'agents', 'hours', 'bo', 'whenever');
  await fails(2, /"Mars\/Olympus" is not a time zone/, 'agents', 'hours', 'bo', 'none', '--time-zone', 'Mars/Olympus');
  await fails(1, /nobody/, 'agents', 'hours', 'nobody@example.com', 'none');
});
