import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { followMongo } from '../../../importers/mongo/following/follow.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { startMongo } from '../../support/mongo/start-mongo.ts';
import { testOnBoth, withMongo } from '../../support/mongo-server.ts';
import { contact, property } from '../support/documents.ts';
import { testImporter } from '../support/importer.ts';
import { intercepting } from '../support/intercepting.ts';
import { insert } from '../support/live.ts';

const long = 'A home with a view. '.repeat(50);

test('a check for changes reads no unchanged documents, and a sweep only their ids', withMongo, async (t) => {
  const mongo = await startMongo(t);
  const many = 1_000;
  const dates = [new Date('2026-05-01'), '2026-05-01T00:00:00.000Z', '2026-05-01', Date.parse('2026-05-01')];
  const homes = Array.from({ length: many }, (_, _id) =>
    property({ _id, updatedAt: dates[_id % dates.length], description: long }),
  );
  await insert(mongo, { properties: homes });
  const { db, store } = await testImporter(t);
  let bytes = 0;
  const asked: string[] = [];
  const url = await intercepting(
    t,
    mongo.url,
    ({ find, filter }) => {
      if (find === 'properties') asked.push(JSON.stringify(filter));
      return undefined;
    },
    (more) => {
      bytes += more;
    },
  );
  const read = async (options: object) => {
    bytes = 0;
    asked.length = 0;
    const deps = { db, store, clock: fixedClock(new Date().toISOString()) };
    await followMongo(deps, url, { patienceMs: 10_000, sweepEveryMs: 1e9, compareEveryMs: 1e9, ...options });
    return bytes;
  };
  const everything = await read({});
  assert.ok(everything > many * long.length, `the first pass reads all: ${everything} bytes`);
  const look = await read({});
  assert.ok(look < 10_000, `a look reads nothing: ${look} bytes`);
  assert.equal(
    asked.filter((filter) => filter.includes('updatedAt')).length,
    1,
    'without an index, each reads them all',
  );
  const sweep = await read({ sweepEveryMs: 0 });
  assert.ok(sweep < look + many * 40, `a sweep reads ids: ${sweep} bytes`);
});

testOnBoth('import inspect reads a live database, and shows neither password nor personal data', async (t, start) => {
  const mongo = await start(t);
  await insert(mongo, { contacts: [contact({ email: 'yolanda@example.com' })], properties: [property()] });
  const bin = fileURLToPath(new URL('../../../bin/openhouse', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [bin, 'import', 'inspect', mongo.url, '--json'], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.doesNotMatch(stdout, /yolanda/);
  const text = JSON.stringify(JSON.parse(stdout));
  for (const shown of ['"properties"', '"contacts"', 'home-grown', 'price']) assert.ok(text.includes(shown), shown);
});
