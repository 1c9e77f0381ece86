import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openDump } from '../../../importers/dump/open-dump.ts';
import { applyDeletions, noteGone } from '../../../importers/mongo/following/sweeping/gone.ts';
import { editEntry } from '../../../importers/quarantine/edit-entry.ts';
import { retryEntries } from '../../../importers/quarantine/retry-entries.ts';
import { remap } from '../../../importers/remap/remap.ts';
import { importSource } from '../../../importers/running/import-source.ts';
import type { RawBson } from '../../../importers/source.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { activity, alertSent, contact, newId, property, search } from '../support/documents.ts';
import { bsonOf, type Documents, writeDump } from '../support/dump.ts';
import { now, type TestImporter, testImporter } from '../support/importer.ts';
import { fill, leftBehind, mapping, newerMapping, twice } from '../support/pages.ts';

const ids = Array.from({ length: 4 }, newId);
const filler = {
  contacts: fill(() => contact({ nickname: 'Ani' })),
  activities: fill(() => activity(ids[0])),
  alerts_sent: fill(() => alertSent(newId(), newId())),
};
const [made, edited] = [new Date('2025-01-01T00:00:00Z'), new Date('2025-03-01T00:00:00Z')];

/** Of each of a few documents one of several versions, or none. */
type Versions = readonly number[];
const versions = fc.array(fc.nat(5), { minLength: ids.length, maxLength: ids.length });

const person = (at: number, version: number): object[] => {
  const _id = ids[at]!;
  const sound = contact({ _id, email: `p${at}@example.com`, createdAt: made, updatedAt: made });
  switch (version) {
    case 0:
      return [];
    case 1:
      return [sound];
    case 2:
      return [{ ...sound, stage: 'active', updatedAt: edited }];
    case 3: // nobody can be reached there
      return [{ ...sound, email: 'nobody' }];
    case 4: // the same person as the others who have this version
      return [{ ...sound, email: 'same@example.com', updatedAt: edited }];
    default: // two documents with one _id
      return [sound, { ...sound, name: 'Somebody Else' }];
  }
};

const [searches, homes, calls] = [ids.map(() => newId()), ids.map(() => newId()), ids.map(() => newId())];

/** Half of them before the others and half behind them: so some of their pages change while others do not. */
const dumpOf = (chosen: Versions): Documents => {
  const people = chosen.map((version, at) => person(at, version));
  const half = people.length / 2;
  const around = (few: readonly object[], many: readonly object[]) => [
    ...few.slice(0, half),
    ...many,
    ...few.slice(half),
  ];
  return {
    contacts: [...people.slice(0, half).flat(), ...filler.contacts, ...people.slice(half).flat()],
    properties: homes.map((_id, at) => property({ _id, mlsId: `RX-1010${at}000`, price: 300_000 + chosen[at]! })),
    savedsearches: ids.map((id, at) => search(id, { _id: searches[at], createdAt: made, updatedAt: made })),
    activities: around(
      ids.map((id, at) => activity(id, { _id: calls[at] })),
      filler.activities,
    ),
    alerts_sent: around(
      ids.map((_, at) => ({ ...alertSent(searches[at], homes[at]), _id: ids[at] })),
      filler.alerts_sent,
    ),
  };
};

type Step =
  | { readonly do: 'import'; readonly versions: Versions; readonly newer: boolean }
  | { readonly do: 'again'; readonly newer: boolean }
  | { readonly do: 'edit' | 'retry' | 'dismiss' | 'remap' }
  | { readonly do: 'delete' | 'unapplied'; readonly at: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('import' as const), versions, newer: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const), newer: fc.constant(false) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('edit', 'retry', 'dismiss', 'remap') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('delete', 'unapplied'), at: fc.nat(ids.length - 1) }) },
) as fc.Arbitrary<Step>;

/** Carries out steps. @returns what each import counted */
const carryOut = async (importer: TestImporter, steps: readonly Step[], before: () => Promise<void>) => {
  const { db, store } = importer;
  const deps = { db, store, clock: fixedClock(now) };
  const counted: unknown[] = [];
  let dump = dumpOf(ids.map(() => 1));
  const run = async (newer = false) => {
    await before();
    const { collections, unread, events, notes } = await importer.import(dump, newer ? { mapping: newerMapping } : {});
    counted.push({ collections, unread, events, notes });
  };
  await run();
  for (const each of steps) {
    await before();
    switch (each.do) {
      case 'import':
        dump = dumpOf(each.versions);
        await run(each.newer);
        break;
      case 'again':
        await run();
        break;
      case 'edit': {
        const { rows } = await sql<{ id: string }>`
          select quarantine_id::text as id from ops.quarantine
          where collection = 'contacts' and code = 'contact-missing' and resolved_at is null order by 1 limit 1`.execute(
          db,
        );
        if (rows.length === 0) break;
        const change = { path: 'email', value: 'found@example.com' };
        await editEntry(deps, { quarantineId: rows[0]!.id, changes: [change], by: 'dana', because: 'asked' });
        break;
      }
      case 'retry':
        await retryEntries(deps, { collection: 'contacts' });
        break;
      case 'dismiss':
        await sql`update ops.quarantine set dismissed_at = ${now}::timestamptz where resolved_at is null`.execute(db);
        break;
      case 'remap':
        await remap(deps, 'leads', { mapping: newerMapping });
        break;
      case 'delete':
        await noteGone(db, 'contacts', ids[each.at]!.toHexString());
        await applyDeletions(db, mapping.types.leads!, { now: new Date(now), maxShare: 1, confirmed: true });
        break;
      case 'unapplied':
        // As if a run had been killed before it applied this record, or its events were gone.
        await sql`
          insert into ops.import_pending (aggregate, record_key, suspect) select 'lead', record_key, true from ops.import_document
          where collection = 'contacts' and legacy_id = ${ids[each.at]!.toHexString()} and record_key is not null
          on conflict do nothing`.execute(db);
    }
  }
  await run();
  return counted;
};

test('whatever happens between imports, remembering unchanged pages makes no difference', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 6 }), async (steps) => {
      const [remembering, forgetting] = [await testImporter(t), await testImporter(t)];
      const forget = async () => {
        await sql`delete from ops.import_page`.execute(forgetting.db);
      };
      const counted = await carryOut(remembering, steps, async () => {});
      assert.deepEqual(counted, await carryOut(forgetting, steps, forget));
      assert.deepEqual(await leftBehind(remembering), await leftBehind(forgetting));
    }),
    { numRuns: runs(2) },
  );
});

test('a page of alerts that a dump has twice is remembered once', async (t) => {
  const importer = await testImporter(t);
  const dump = { alerts_sent: twice(filler.alerts_sent) };
  const counts = [await importer.import(dump), await importer.import(dump)].map(({ collections: { alerts_sent } }) => [
    alerts_sent?.read,
    alerts_sent?.unchanged,
  ]);
  assert.deepEqual(counts, [
    [256, 128],
    [256, 256],
  ]);
  const { rows } = await sql`select documents from ops.import_page`.execute(importer.db);
  assert.deepEqual(rows, [{ documents: 128 }]);
});

test('a document of a page that a dump has twice can become contested', async (t) => {
  const importer = await testImporter(t);
  const contacts = twice(filler.contacts);
  await importer.import({ contacts });
  const other = { ...filler.contacts[0], name: 'Somebody Else' };
  const { collections } = await importer.import({ contacts: [...contacts, other] });
  const { read, unchanged, quarantined } = collections.contacts!;
  assert.deepEqual({ read, unchanged, quarantined }, { read: 257, unchanged: 255, quarantined: 2 });
});

test('a document that is looked at in an unchanged page does not keep the page in memory', async (t) => {
  const { db, store } = await testImporter(t);
  const long = 'x'.repeat(2_000);
  const folder = writeDump(t, {
    contacts: [contact({ _id: ids[0] })],
    activities: [activity(newId()), ...fill(() => activity(ids[0], { body: long }))],
  });
  const source = await openDump(folder);
  const memory: number[] = [];
  const collections = source.collections.map((collection) => {
    const bson = collection.bson!;
    const read = (raw: RawBson) => {
      memory.push(raw.bytes.buffer.byteLength);
      return bson.read(raw);
    };
    return { ...collection, bson: { ...bson, read } };
  });
  const run = () => importSource({ db, store, clock: fixedClock(now) }, { ...source, collections }, 'a dump');
  await run();
  assert.ok(Math.max(...memory.splice(0)) > 128 * long.length);
  await run();
  assert.ok(memory.length > 0 && Math.max(...memory) <= Buffer.poolSize);
});

test('fields that nothing reads count once for documents that a dump has twice, also when it is imported again', async (t) => {
  const importer = await testImporter(t);
  const [contacts, alerts] = [
    fill(() => contact({ shoeSize: 9 })),
    fill(() => ({ ...alertSent(newId(), newId()), shoeSize: 9 })),
  ];
  const dump = { contacts: twice(contacts), alerts_sent: twice(alerts) };
  for (const { unread } of [await importer.import(dump), await importer.import(dump)]) {
    assert.equal(unread.contacts?.shoeSize, 128);
    assert.equal(unread.alerts_sent?.shoeSize, 128);
  }
});

test('of dumps that break off, only the latest pages are remembered, and those behind the break', async (t) => {
  const importer = await testImporter(t);
  const rest = fill(() => contact());
  const folder = writeDump(t, { contacts: [...filler.contacts, ...rest] });
  await importer.importFolder(folder);
  const remembered = async () => {
    const { rows } = await sql<{ fingerprint: string }>`
      select fingerprint from ops.import_page where collection = 'contacts' order by 1`.execute(importer.db);
    return rows.map(({ fingerprint }) => fingerprint);
  };
  const whole = await remembered();
  assert.equal(whole.length, 2);
  const path = join(folder, 'legacy', 'contacts.bson');
  const night = async (nickname: string) => {
    const changed = bsonOf(filler.contacts.map((each, at) => (at === 5 ? { ...each, nickname } : each)));
    writeFileSync(path, Buffer.concat([changed, bsonOf(rest.slice(0, 1)).subarray(0, 40)]));
    const { problems } = await importer.importFolder(folder);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['bson-cut-short'],
    );
  };
  for (const nickname of ['Ann', 'Anne', 'Anna']) await night(nickname);
  const after = await remembered();
  assert.equal(after.length, 2);
  assert.equal(after.filter((fingerprint) => whole.includes(fingerprint)).length, 1);
});

test('a change behind the place where a dump breaks off is not forgotten', async (t) => {
  const importer = await testImporter(t);
  const rest = fill(() => contact());
  const folder = writeDump(t, { contacts: [...filler.contacts, ...rest] });
  await importer.importFolder(folder);
  const path = join(folder, 'legacy', 'contacts.bson');
  const whole = readFileSync(path);
  const gone = rest[3]!._id.toHexString();
  await noteGone(importer.db, 'contacts', gone);
  await applyDeletions(importer.db, mapping.types.leads!, { now: new Date(now), maxShare: 1, confirmed: true });
  writeFileSync(path, whole.subarray(0, bsonOf(filler.contacts).length + 40));
  await importer.importFolder(folder);
  writeFileSync(path, whole);
  const { collections } = await importer.importFolder(folder);
  assert.equal(collections.contacts?.applied, 1, 'the document is back');
});

test('a document that had changed when a backup was made is looked at once', async (t) => {
  const importer = await testImporter(t);
  const dump = { contacts: filler.contacts };
  await importer.import(dump);
  // By a transaction of the server that the backup was made of.
  await sql`
    insert into ops.import_document_change (collection, legacy_id, changed_by)
    select collection, legacy_id, (pg_current_xact_id()::text::bigint + 1000000)::text::xid8 from ops.import_document
    limit 1`.execute(importer.db);
  await importer.import(dump);
  const { rows } = await sql`select from ops.import_document_change`.execute(importer.db);
  assert.equal(rows.length, 0);
});
