import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { repairInWords } from '../../queries/importing/repair-words.ts';
import { openWorld } from '../history/support.ts';
import { openConsole, seed } from './support.ts';

const counts = (changes: object) => ({
  read: 0,
  applied: 0,
  unchanged: 0,
  merged: 0,
  quarantined: 0,
  skipped: 0,
  ...changes,
});

test('Today shows the newest imports with what they read, and other runs in a sentence each, however many there are', async (t) => {
  const world = await openWorld();
  await seed(world);
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  const add = async (source: string, kind: string, collections: object) => {
    await sql`insert into ops.import_run (source, kind, started_at, finished_at, result, events, counts)
      values (${source}, ${kind}, now(), now(), 'succeeded', 2, ${JSON.stringify(collections)}::jsonb)`.execute(
      world.db,
    );
  };
  const [some, none] = [counts({ read: 1, applied: 1 }), counts({})];
  await add('samples/legacy-later', 'import', { users: none, contacts: some });
  await sql`insert into ops.import_run (source, kind, started_at, finished_at, result, events)
    select 'a correction of quarantine entry 7', 'edit', now(), now(), 'succeeded', 2 from generate_series(1, 20000)`.execute(
    world.db,
  );
  await add('a correction of quarantine entry 8', 'edit', { users: none, contacts: some, properties: none });

  const text = await (await fetch(console.url)).text();
  const [, section = ''] = /<h2>Imports<\/h2>(.*?)<\/section>/s.exec(text) ?? [];
  assert.deepEqual(
    [...section.matchAll(/Import \d+ of ([^:]*):/g)].map(([, source]) => source),
    ['samples/legacy-later', 'samples/legacy'],
  );
  assert.deepEqual(
    [...section.matchAll(/<th scope="row">([^<]*)/g)].map(([, name]) => name),
    ['Leads', 'Listings'],
  );
  assert.match(section, /A correction of quarantine entry 8: 1 document applied, 2 events recorded\./);
  assert.equal(section.match(/A correction of quarantine entry/g)?.length, 5);
});

suite('a run that reads documents again is a sentence', () => {
  const run = { source: 'documents on file, read again (listings)', result: 'succeeded', events: 1_200, problems: [] };
  const collections = [
    { name: 'users', counts: counts({ read: 2, unchanged: 2 }) },
    { name: 'properties', counts: counts({ read: 1_300, applied: 1_200, quarantined: 1, unchanged: 99 }) },
  ];

  test('with what became of the documents', () => {
    assert.equal(
      repairInWords({ ...run, collections }),
      'Documents on file, read again (listings): 1,302 documents read (1,200 applied, 101 unchanged, 1 quarantined), 1,200 events recorded.',
    );
    assert.equal(
      repairInWords({ ...run, source: 'a split by hand', events: 1, collections: [] }),
      'A split by hand: 1 event recorded.',
    );
  });

  test('with the reason, if it failed, and one full stop after it', () => {
    const failed = (message: string, events = 0) =>
      repairInWords({ ...run, result: 'failed', events, problems: [{ code: 'killed', message }], collections: [] });
    assert.equal(
      failed('the process ended without reporting a result'),
      'Documents on file, read again (listings): failed. The process ended without reporting a result.',
    );
    assert.equal(
      failed('The server is not there.', 7),
      'Documents on file, read again (listings): failed, 7 events recorded. The server is not there.',
    );
  });

  test('that says whether it is done', () => {
    assert.equal(
      repairInWords({ ...run, result: 'interrupted', events: 7, collections: [] }),
      'Documents on file, read again (listings): interrupted, 7 events recorded.',
    );
    assert.equal(
      repairInWords({ ...run, source: 'quarantined documents, read again', result: 'running', collections: [] }),
      'Quarantined documents, read again: under way.',
    );
  });
});
