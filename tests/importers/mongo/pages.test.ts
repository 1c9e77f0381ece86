import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { followMongo } from '../../../importers/mongo/following/follow.ts';
import { applyDeletions, noteGone } from '../../../importers/mongo/following/sweeping/gone.ts';
import { importMongo } from '../../../importers/mongo/import-mongo.ts';
import { editEntry } from '../../../importers/quarantine/edit-entry.ts';
import { retryEntries } from '../../../importers/quarantine/retry-entries.ts';
import { remap } from '../../../importers/remap/remap.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { startMongo, type TestMongo } from '../../support/mongo/start-mongo.ts';
import { sharedMongo, testOnBoth, withMongo } from '../../support/mongo-server.ts';
import { alertSent, contact, newId, search } from '../support/documents.ts';
import type { Documents } from '../support/dump.ts';
import { now, type TestImporter, testImporter } from '../support/importer.ts';
import { type Command, intercepting } from '../support/intercepting.ts';
import { insert } from '../support/live.ts';
import { fill, leftBehind, mapping, newerMapping } from '../support/pages.ts';

/** Of each of a few documents one of several versions, or none: some before all others, some behind them. */
type Versions = readonly number[];
const before = [newId(), newId()];
const filler = { contacts: fill(() => contact()), alerts_sent: fill(() => alertSent(newId(), newId())) };
const ids = [...before, newId(), newId()];
const wishes = ids.map(newId);
const [made, edited] = [new Date('2025-01-01T00:00:00Z'), new Date('2025-03-01T00:00:00Z')];

const person = (at: number, version: number): object[] => {
  const sound = contact({ _id: ids[at], email: `p${at}@example.com`, createdAt: made, updatedAt: made });
  switch (version) {
    case 0:
      return [];
    case 1:
      return [sound];
    case 2: // without a new date
      return [{ ...sound, stage: 'active' }];
    case 3: // nobody can be reached there
      return [{ ...sound, email: 'nobody' }];
    case 4: // the same person as the others who have this version
      return [{ ...sound, email: 'same@example.com', updatedAt: edited }];
    default: {
      // the same in another order
      const { _id, ...fields } = sound;
      return [{ _id, ...Object.fromEntries(Object.entries(fields).reverse()) }];
    }
  }
};

const documentsOf = (chosen: Versions): Documents => ({
  contacts: [...chosen.flatMap((version, at) => person(at, version)), ...filler.contacts],
  savedsearches: ids.map((id, at) => search(id, { _id: wishes[at], createdAt: made, updatedAt: made })),
  alerts_sent: [...ids.map((_id, at) => ({ ...alertSent(wishes[at], newId()), _id })), ...filler.alerts_sent],
});

const refill = async (mongo: TestMongo, documents: Documents) => {
  await mongo.client.db().collection('contacts').deleteMany({});
  await insert(mongo, { contacts: documents.contacts! });
};

type Step =
  | { readonly do: 'write'; readonly versions: Versions }
  | { readonly do: 'import' | 'compare'; readonly newer: boolean }
  | { readonly do: 'sweep' | 'edit' | 'retry' | 'remap' }
  | { readonly do: 'delete' | 'unapplied'; readonly at: number };

const versions = fc.array(fc.nat(5), { minLength: ids.length, maxLength: ids.length });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), versions }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('import' as const, 'compare' as const), newer: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('sweep', 'edit', 'retry', 'remap') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('delete', 'unapplied'), at: fc.nat(ids.length - 1) }) },
) as fc.Arbitrary<Step>;

const never = 1_000_000_000_000;

/** Carries out a step that does not change the old CRM. @returns what it counted */
const carryOut = async ({ db, store }: TestImporter, { url }: TestMongo, each: Step): Promise<unknown> => {
  const deps = { db, store, clock: fixedClock(now) };
  const follow = (due: object, newer = false) =>
    followMongo(deps, url, {
      sweepEveryMs: never,
      compareEveryMs: never,
      maxGoneShare: 1,
      quarantineLimit: { share: 1, least: 0 },
      ...(newer ? { mapping: newerMapping } : {}),
      ...due,
    });
  switch (each.do) {
    case 'import': {
      const options = each.newer ? { mapping: newerMapping } : {};
      const { collections, unread, events, notes } = await importMongo(deps, url, options);
      return { collections, unread, events, notes };
    }
    case 'compare':
      return await follow({ compareEveryMs: 0 }, each.newer);
    case 'sweep':
      return await follow({ sweepEveryMs: 0 });
    case 'edit': {
      const { rows } = await sql<{ id: string }>`
        select quarantine_id::text as id from ops.quarantine
        where collection = 'contacts' and code = 'contact-missing' and resolved_at is null order by 1 limit 1`.execute(
        db,
      );
      if (rows.length === 0) return;
      const change = { path: 'email', value: 'found@example.com' };
      await editEntry(deps, { quarantineId: rows[0]!.id, changes: [change], by: 'dana', because: 'asked' });
      return;
    }
    case 'retry':
      await retryEntries(deps, { collection: 'contacts' });
      return;
    case 'remap':
      await remap(deps, 'leads', { mapping: newerMapping });
      return;
    case 'delete':
      await noteGone(db, 'contacts', ids[each.at]!.toHexString());
      await applyDeletions(db, mapping.types.leads!, { now: new Date(now), maxShare: 1, confirmed: true });
      return;
    case 'unapplied':
      // As if a run had been killed before it applied this record, or its events were gone.
      await sql`
        insert into ops.import_pending (aggregate, record_key, suspect) select 'lead', record_key, true from ops.import_document
        where collection = 'contacts' and legacy_id = ${ids[each.at]!.toHexString()} and record_key is not null
        on conflict do nothing`.execute(db);
  }
};

test(
  'whatever happens in a live database and here, remembering unchanged pages makes no difference',
  withMongo,
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 8 }), async (steps) => {
        const mongo = await sharedMongo();
        await insert(mongo, documentsOf(ids.map(() => 1)));
        const [remembering, forgetting] = [await testImporter(t), await testImporter(t)];
        const first = { do: 'import', newer: false } as const;
        const last = [{ do: 'compare', newer: false } as const, first];
        for (const each of [first, ...steps, ...last]) {
          if (each.do === 'write') {
            await refill(mongo, documentsOf(each.versions));
            continue;
          }
          const counted = await carryOut(remembering, mongo, each);
          await sql`delete from ops.import_page`.execute(forgetting.db);
          assert.deepEqual(counted, await carryOut(forgetting, mongo, each), JSON.stringify(each));
        }
        assert.deepEqual(await leftBehind(remembering), await leftBehind(forgetting));
      }),
      { numRuns: runs(2) },
    );
  },
);

/** A live database of which every document is on file, and its pages are remembered. */
const compared = async (t: TestContext, start: typeof startMongo) => {
  const mongo = await start(t);
  await insert(mongo, documentsOf(ids.map(() => 1)));
  const importer = await testImporter(t);
  const { db, store } = importer;
  const deps = { db, store, clock: fixedClock(now) };
  await importMongo(deps, mongo.url);
  const follow = (url = mongo.url, due: object = { sweepEveryMs: 0, compareEveryMs: 0 }) =>
    followMongo(deps, url, { patienceMs: 10_000, ...due });
  const pages = async () => {
    const { rows } = await sql<{ fingerprint: string; look_at: number[] }>`
      select fingerprint, look_at from ops.import_page where collection = 'contacts' order by 1`.execute(db);
    return rows;
  };
  return { mongo, importer, deps, follow, pages };
};

testOnBoth(
  'a comparison finds one change, and a deletion by two sweeps, though all other pages are unchanged',
  async (t, start) => {
    const { mongo, importer, follow, pages } = await compared(t, start);
    assert.ok((await pages()).length >= 2);
    const contacts = mongo.client.db().collection('contacts');
    const at = { email: 'p0@example.com' };
    await contacts.updateOne(at, { $set: { stage: 'active' } });
    assert.equal((await follow()).changed, 1);
    assert.equal((await follow()).changed, 0);
    await contacts.deleteOne({ email: 'p3@example.com' });
    assert.deepEqual([(await follow()).deleted, (await follow()).deleted, (await follow()).deleted], [0, 1, 0]);
    assert.equal((await importer.types()).at(-1), 'LeadStageChanged');
    assert.ok((await pages()).length >= 2, 'pages are remembered again');
  },
);

testOnBoth('an unchanged document that was noted as deleted here is found in an unchanged page', async (t, start) => {
  const { importer, follow } = await compared(t, start);
  await noteGone(importer.db, 'contacts', ids[0]!.toHexString());
  await applyDeletions(importer.db, mapping.types.leads!, { now: new Date(now), maxShare: 1, confirmed: true });
  assert.equal((await follow()).changed, 1);
  assert.equal((await follow()).changed, 0);
});

test(
  'a pass that the server leaves in the middle continues there, and keeps the pages before',
  withMongo,
  async (t) => {
    const { mongo, importer, deps } = await compared(t, startMongo);
    const many = Array.from({ length: 12_000 }, () => alertSent(newId(), newId()));
    await insert(mongo, { alerts_sent: many });
    let [answers, isAway] = [0, true];
    const isOver = (command: Command) =>
      (command.find === 'alerts_sent' && answers > 10) || (command.collection === 'alerts_sent' && ++answers > 10);
    const url = await intercepting(t, mongo.url, (command) => (isAway && isOver(command) ? 'hang up' : undefined));
    await assert.rejects(importMongo(deps, `${url}?serverSelectionTimeoutMS=200`));
    const remembered = async () => {
      const { rows } = await sql<{ fingerprint: string; documents: number }>`
      select fingerprint, documents from ops.import_page where collection = 'alerts_sent'`.execute(importer.db);
      return rows;
    };
    const staged = await remembered();
    isAway = false;
    const resumed = (await importMongo(deps, url)).collections.alerts_sent!;
    assert.ok(resumed.read < many.length, 'continues where it was');
    const fingerprints = new Set((await remembered()).map(({ fingerprint }) => fingerprint));
    assert.ok(staged.filter(({ fingerprint }) => fingerprints.has(fingerprint)).length >= 2, 'keeps the pages before');
    const all = (await importMongo(deps, url)).collections.alerts_sent!;
    assert.deepEqual([all.read, all.unchanged], [many.length + 132, many.length + 132]);
    assert.equal(
      (await remembered()).reduce((sum, { documents }) => sum + documents, 0),
      all.read,
    );
  },
);
