import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { retryEntries } from '../../../importers/quarantine/retry-entries.ts';
import {
  acceptQuarantine,
  defaultQuarantineLimit,
  isTooMuch,
  stopInForce,
} from '../../../importers/quarantine-limit.ts';
import fc from '../../support/fast-check.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { contact, property, user } from '../support/documents.ts';
import { now, quarantined, testImporter } from '../support/importer.ts';

const faulty = (count: number) => Array.from({ length: count }, () => contact({ email: 'nobody' }));
const stopped = { code: 'quarantine-limit' };

test('a run stops before it applies anything when too much goes into quarantine, and keeps what it read', async (t) => {
  const importer = await testImporter(t);
  const documents = { users: [user()], contacts: [...faulty(60), contact()] };
  await assert.rejects(importer.import(documents), stopped);
  assert.deepEqual(await importer.types(), []);
  assert.equal((await quarantined(importer.db)).length, 60);
  const { rows } = await sql<{ staged: number }>`select count(*)::int as staged from ops.import_document`.execute(
    importer.db,
  );
  assert.equal(rows[0]!.staged, 2);
  const stop = await stopInForce(importer.db, defaultQuarantineLimit);
  assert.deepEqual(stop?.collections, [{ collection: 'contacts', read: 61, quarantined: 60 }]);
});

test('it stops again, even with nothing new in quarantine, until a person accepts that', async (t) => {
  const importer = await testImporter(t);
  const documents = { contacts: [...faulty(60), contact()] };
  await assert.rejects(importer.import(documents), stopped);
  await assert.rejects(importer.import(documents), stopped);
  assert.equal((await acceptQuarantine(importer.db, 'dana', new Date(now)))[0]?.quarantined, 60);
  assert.equal((await importer.import(documents)).events, 1);
  assert.equal((await importer.import(documents)).events, 0);
});

test('an import with --accept-quarantine continues', async (t) => {
  const importer = await testImporter(t);
  const documents = { contacts: [...faulty(60), contact()] };
  await assert.rejects(importer.import(documents), stopped);
  assert.equal((await importer.import(documents, { acceptQuarantine: 'dana' })).events, 1);
});

test('what runs that did not finish put into quarantine counts when the next one reads it', async (t) => {
  const importer = await testImporter(t);
  const documents = { contacts: [...faulty(60), contact()] };
  const killed = async () => {
    await assert.rejects(importer.import(documents), stopped);
    await sql`update ops.import_run set result = 'running', stopped = null, finished_at = null
      where import_run_id = (select max(import_run_id) from ops.import_run)`.execute(importer.db);
  };
  await killed();
  await killed();
  await assert.rejects(importer.import(documents), stopped);
  assert.deepEqual(await importer.types(), []);
  await acceptQuarantine(importer.db, 'dana', new Date(now));
  assert.equal((await importer.import(documents)).events, 1);
  await sql`update ops.import_run set result = 'failed' where import_run_id = (select max(import_run_id) from ops.import_run)`.execute(
    importer.db,
  );
  assert.equal((await importer.import(documents)).events, 0, 'what was accepted does not count again');
});

test('a repair neither stops nor applies what was stopped; once enough is repaired, imports continue', async (t) => {
  const importer = await testImporter(t);
  const broken = faulty(60);
  await assert.rejects(importer.import({ contacts: [...broken, contact()] }), stopped);
  const deps = { db: importer.db, store: importer.store, clock: fixedClock(now) };
  const { still, eventCount } = await retryEntries(deps, { collection: 'contacts' });
  assert.deepEqual([still[0]?.count, eventCount], [60, 0]);
  const repaired = broken.map((one, n) => ({
    ...one,
    email: `ana${n}@example.org`,
    name: `Ana ${'abcdefghij'[n % 10]}${'abcdefghij'[Math.floor(n / 10)]}`,
  }));
  assert.ok((await importer.import({ contacts: [...repaired, contact()] })).events >= 60);
});

test('a few documents in quarantine stop nothing, whatever their share', async (t) => {
  const importer = await testImporter(t);
  assert.equal((await importer.import({ contacts: faulty(49), properties: [property()] })).events, 1);
});

test('it is too much when both the share and the least number are exceeded', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.nat(10_000),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 1, max: 500 }),
      (read, bad, percent, least) => {
        const quarantined = Math.min(read, bad);
        const expected = quarantined >= least && quarantined * 100 > percent * read;
        // The percentages are not exact in binary.
        if (quarantined * 100 === percent * read) return;
        assert.equal(isTooMuch({ read, quarantined }, { share: percent / 100, least }), expected);
      },
    ),
  );
});
