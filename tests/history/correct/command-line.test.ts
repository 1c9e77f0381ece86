import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { test } from 'node:test';
import { openhouse as run } from '../../support/command.ts';
import { useCorrections } from './support.ts';

const corrections = useCorrections();
const { aLead, aListing, anAgent, eventsOf, file } = corrections;

const openhouse = (...args: string[]) => {
  const { databaseUrl, eventStoreUrl } = corrections.world;
  return run(args, { extraEnv: { DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl } });
};

test('a correction shows up in the history: who, why, before and after', async () => {
  const key = await aLead();
  const fields = ['firstName=Ana', 'tags=vip,cash'];
  const because = ['--because', 'She said so'];
  const done = await openhouse('correct', 'lead', `${key}@example.com`, ...fields, ...because, '--json');
  assert.equal(done.code, 0, done.stderr);
  const result = JSON.parse(done.stdout) as { outcome: string; key: string; position: { commit: string } };
  assert.deepEqual([result.outcome, result.key], ['done', key]);

  const shown = await openhouse('history', 'lead', key);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /Lead details corrected/);
  assert.match(shown.stdout, new RegExp(`by person ${userInfo().username}, from the command line`));
  assert.match(shown.stdout, /because: She said so/);
  assert.match(shown.stdout, /Tags +vip, cash/);
  assert.ok(!shown.stdout.includes('\u001b'), 'no colours in a pipe');

  const json = JSON.parse((await openhouse('history', 'lead', key, '--json')).stdout) as {
    entries: { entityEventSequence: string; changes: { fieldName: string }[] }[];
  };
  assert.equal(json.entries.at(-1)!.entityEventSequence, result.position.commit);
});

test('a history shows one field, or the record as it was at a moment', async () => {
  const key = await aLead();
  await openhouse('correct', 'lead', key, 'firstName=Ana', 'tags=vip,cash', '--because', 'She said so');
  const one = await openhouse('history', 'lead', key, '--field', 'tags');
  assert.match(one.stdout, /Tags +vip, cash/);
  assert.doesNotMatch(one.stdout, /First name|Lead captured/);

  const before = await openhouse('history', 'lead', key, '--at', '2020-01-01');
  assert.match(before.stdout, /did not exist yet/);
  const now = JSON.parse((await openhouse('history', 'lead', key, '--at', '2999-12-31', '--json')).stdout) as {
    fields: Record<string, unknown>;
  };
  assert.deepEqual(now.fields.tags, ['vip', 'cash']);
});

test('records an owner given by name by key, and refuses one who does not exist', async () => {
  const key = await aLead();
  const agent = await anAgent('Frantz Pierre');
  const correctOwner = (name: string, ...more: string[]) =>
    openhouse('correct', 'lead', key, `ownerMemberKey=${name}`, '--because', 'y', ...more);
  const named = await correctOwner('Frantz Pierre', '--dry-run', '--json');
  assert.equal(named.code, 0, named.stderr);
  assert.deepEqual((JSON.parse(named.stdout) as { changes: unknown }).changes, [
    { field: 'ownerMemberKey', before: null, after: agent },
  ]);
  const unknown = await correctOwner('Unheard Of');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /there is no agent "Unheard Of"/);
});

test('reports an unknown field in a history, and suggests similar ones', async () => {
  const asked = await openhouse('history', 'listing', await aListing(), '--field', 'price');
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /listing has no field "price": did you mean listPrice/);
});

test('reports errors with what to do, and records nothing', async () => {
  const key = await aListing();
  const correct = (...args: string[]) => openhouse('correct', 'listing', ...args);
  const usage = await correct(`RX-${key}`, 'listPrice=1');
  assert.deepEqual([usage.code, /--because/.test(usage.stderr)], [2, true]);
  const values = await correct(`RX-${key}`, 'listPrice=x', 'beds=2', '--because', 'y');
  assert.equal(values.code, 2);
  assert.match(values.stderr, /listPrice \(List price\) cannot be "x".*beds/s);
  const unknown = await correct('RX-404', 'city=X', '--because', 'y');
  assert.match(unknown.stderr, /no listing "RX-404"/);
  const refused = await correct(`RX-${key}`, 'standardStatus=', '--because', 'y');
  assert.deepEqual([refused.code, /must keep a status/.test(refused.stderr)], [1, true]);
  assert.equal((await eventsOf('listing', key)).length, 1);
});

test('a file with bad rows exits with 3 and reports each row', async () => {
  const key = await aListing();
  const path = await file(
    `type,id,field,value,because\nlisting,RX-${key},unitNumber,9,Saw it\nlisting,RX-404,city,X,Saw it\n`,
  );
  const dry = await openhouse('correct', '--file', path, '--dry-run');
  assert.equal(dry.code, 3, dry.stderr);
  assert.match(dry.stdout, new RegExp(`line 2: listing RX-${key} {2}would change Unit number: \\S+ → 9`));
  const real = await openhouse('correct', '--file', path, '--json', '--as', 'mlopez');
  assert.equal(real.code, 3);
  const { done, refused } = JSON.parse(real.stdout) as { done: number; refused: number };
  assert.deepEqual([done, refused], [1, 1]);
});

test('a file that does not exist is an expected error', async () => {
  const missing = await openhouse('correct', '--file', 'nowhere.csv');
  assert.notEqual(missing.code, 0);
  assert.match(missing.stderr, /nowhere\.csv/);
  assert.doesNotMatch(missing.stderr, /unexpected/);
});
