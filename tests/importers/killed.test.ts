import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { correct } from '../../commands/corrections/correct.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { loadMapping } from '../../importers/mappings/load-mapping.ts';
import { sharedMongo, withMongo } from '../support/mongo-server.ts';
import { commandProcess } from './killed/command-process.ts';
import { type Place, type Step, surviveKills } from './killed/survive-kills.ts';
import { activity, contact, property, search, user } from './support/documents.ts';
import { temporaryFolder, writeDump } from './support/dump.ts';
import { byPerson } from './support/importer.ts';
import { insert } from './support/live.ts';

const commands = commandProcess();
after(() => commands.close());

const because = ['--because', 'Asked', '--as', 'dana'];

/** A mapping file like the shipped one, with other fields for some types. */
const mappingFile = async (
  t: TestContext,
  name: string,
  fieldsOf: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<string> => {
  const { about: _, ...file } = (await loadMapping()).file as unknown as Record<string, { fields: object }>;
  const changed = Object.entries(fieldsOf).map(([type, fields]) => [
    type,
    { ...file[type], fields: { ...file[type]!.fields, ...fields } },
  ]);
  const path = join(temporaryFolder(t), `${name}.yaml`);
  writeFileSync(path, JSON.stringify({ ...file, name, ...Object.fromEntries(changed) }));
  return path;
};

/** The number of the entry of a document in quarantine. */
const entryOf = async ({ db }: Place, { _id }: { _id: unknown }): Promise<string> => {
  const { rows } = await sql<{ id: string }>`
    select quarantine_id::text as id from ops.quarantine where document_key like ${`%${String(_id)}%`}`.execute(db);
  return rows[0]!.id;
};

test('repairs of imported documents survive being killed at any write', async (t) => {
  const ana = contact({ email: 'nobody', phone: 'x', name: 'Ana López' });
  const ben = contact({ email: undefined, mail: 'ben@example.com', name: 'Ben Cole' });
  const cy = contact({ email: 'none', name: 'Cy Dee' });
  const eve = contact({ email: 'nothing', name: 'Eve Fox' });
  const homes = [property({ cost: 510_000 }), property({ cost: 520_000 }), property({ cost: 530_000 })];
  const odd = property({ status: undefined, st: 'Active', cost: 540_000 });
  const folder = writeDump(t, {
    users: [user()],
    contacts: [ana, ben, cy, eve, contact()],
    properties: [...homes, odd],
    savedsearches: [search(ana._id), search(ben._id)],
    activities: [activity(ana._id)],
  });
  const corrected = await mappingFile(t, 'corrected', {
    leads: { email: { from: [{ path: 'email' }, { path: 'mail' }] } },
    listings: { standardStatus: { from: [{ path: 'status' }, { path: 'st' }] } },
  });
  const dearer = await mappingFile(t, 'dearer', { listings: { listPrice: { from: [{ path: 'cost' }] } } });
  const steps: Step[] = [
    { command: () => ['import', folder], undisturbed: true },
    {
      command: async (place) => [
        ...['quarantine', 'edit', await entryOf(place, ana)],
        ...['--unset', 'phone', '--set', 'email=ana@example.com', ...because],
      ],
    },
    { command: async (place) => ['quarantine', 'dismiss', await entryOf(place, cy), ...because] },
    {
      command: async (place) => [
        ...['quarantine', 'retry', await entryOf(place, ben), await entryOf(place, odd), await entryOf(place, cy)],
        ...['--mapping', corrected],
      ],
      code: 3,
    },
    {
      command: async (place) => ['quarantine', 'edit', await entryOf(place, eve), '--set', 'name=Eva', ...because],
      code: 3,
    },
    { command: () => ['import', 'remap', 'listings', '--mapping', dearer] },
  ];
  await surviveKills(t, commands, steps);
});

test('commands for living beside the old CRM survive being killed at any write', withMongo, async (t) => {
  const users = [user()];
  const contacts = ['Ana López', 'Ben Cole', 'Cy Dee', 'Eve Fox'].map((name) => contact({ name }));
  const properties = [450_000, '$450,000', 460_000, 470_000, 480_000, 490_000].map((price) => {
    // Otherwise write-back would date what it writes, and no two runs would write the same.
    const { updatedAt: _, ...undated } = property({ price });
    return undated;
  });
  const edit = async ({ mongo }: Place, { mlsId }: { mlsId: string }, fields: object) =>
    await mongo!.client.db().collection('properties').updateOne({ mlsId }, { $set: fields });
  const keyOf = async ({ db }: Place, { _id }: { _id: unknown }): Promise<string> => {
    const { rows } = await sql<{ key: string }>`
      select record_key as key from ops.import_document where legacy_id like ${`%${String(_id)}%`}`.execute(db);
    return rows[0]!.key;
  };
  const correctHere = async (place: Place, type: OwnedType, document: { _id: unknown }, changes: object, id: string) =>
    await correct(place.store, type, await keyOf(place, document), changes as never, {
      ...byPerson,
      correlationId: id,
      causationId: id,
    });
  const conflictOf = async (place: Place, document: { _id: unknown }): Promise<string> => {
    const { rows } = await sql<{ id: string }>`
      select conflict_id::text as id from ops.legacy_conflict
      where record_key = ${await keyOf(place, document)}`.execute(place.db);
    return rows[0]!.id;
  };
  const [one, two, three, four, five] = properties;
  const alreadyDone = /^conflict-not-open: conflict \d+ was already/m;
  const steps: Step[] = [
    { command: () => ['follow'], undisturbed: true },
    {
      happens: async (place) => {
        await correctHere(place, 'listing', one!, { listPrice: 1_000_000 }, 'a');
        await correctHere(place, 'listing', two!, { listPrice: 1_000_000 }, 'b');
        await edit(place, three!, { price: 465_000 });
      },
    },
    { command: () => ['parity', 'listing', '--repair', '--yes', ...because] },
    {
      happens: async ({ mongo }) =>
        await mongo!.client
          .db()
          .collection('contacts')
          .deleteMany({ name: { $in: ['Ana López', 'Ben Cole'] } }),
    },
    { command: () => ['follow'], undisturbed: true },
    { command: () => ['follow'], undisturbed: true },
    { command: () => ['import', 'confirm-deletes', ...because] },
    // What it confirmed is deleted, whenever the job that does so dies.
    { command: () => ['follow'] },
    { happens: async (place) => await correctHere(place, 'listing', five!, { listPrice: 730_000 }, 'e') },
    { command: () => ['cutover', 'listing', '--write-differences', ...because] },
    { command: () => ['cutover', 'agent', ...because] },
    {
      happens: async (place) => {
        for (const home of [one!, two!, three!])
          await edit(place, home, { price: 700_000, publicRemarks: 'Quiet', remarks: 'Quiet' });
        await correctHere(place, 'listing', two!, { listPrice: 710_000 }, 'c');
      },
    },
    { command: () => ['follow'], undisturbed: true },
    { command: async (place) => ['conflicts', 'accept', await conflictOf(place, one!), ...because], alreadyDone },
    {
      command: async (place) => [
        'conflicts',
        'accept',
        await conflictOf(place, two!),
        '--only',
        'listPrice',
        ...because,
      ],
      alreadyDone,
    },
    { command: async (place) => ['conflicts', 'refuse', await conflictOf(place, three!), ...because], alreadyDone },
    { happens: async (place) => await correctHere(place, 'listing', four!, { listPrice: 720_000 }, 'd') },
    { command: () => ['parity', 'listing', '--repair', '--yes', ...because] },
    { command: () => ['write-back'] },
    { command: () => ['cutover', 'listing', '--back', ...because] },
  ];
  await surviveKills(t, commands, steps, async () => {
    const mongo = await sharedMongo();
    await insert(mongo, { users, contacts, properties });
    return mongo;
  });
});
