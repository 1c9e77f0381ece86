import type { TestContext } from 'node:test';
import { recordAggregates } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import { changeOwnership } from '../../../commands/ownership/change-ownership.ts';
import type { OwnedType } from '../../../domain/ownership/index.ts';
import { readPlaces } from '../../../importers/legacy/read-places.ts';
import type { CompiledMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { followMongo } from '../../../importers/mongo/following/follow.ts';
import { type WroteBack, writeBack } from '../../../importers/owned/write-back.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import type { TestMongo } from '../../support/mongo/start-mongo.ts';
import { sharedMongo } from '../../support/mongo-server.ts';
import { property } from '../support/documents.ts';
import type { Documents } from '../support/dump.ts';
import { byPerson, type TestImporter, testImporter } from '../support/importer.ts';
import { insert } from '../support/live.ts';

/** An old CRM with these documents, read once, and types that openhouse owns. */
export type Owning = TestImporter & {
  readonly mongo: TestMongo;
  readonly mapping: CompiledMapping;
  /** Reads all changes, also those without a date. @returns the number of events */
  follow(): Promise<number>;
  /** The same, with all that the run did. */
  followed(): ReturnType<typeof followMongo>;
  /** @param url another way to the old CRM */
  write(url?: string): Promise<WroteBack>;
  /** A person's correction here. */
  correct(type: OwnedType, key: string, changes: object): Promise<void>;
  /** What someone does in the old CRM; `at` is when its document says it was changed. */
  edit(collection: string, filter: object, fields: object): Promise<void>;
  documents(collection: string): Promise<Record<string, unknown>[]>;
  /** The keys of a type's records, in the order in which they began. */
  keys(type: OwnedType): Promise<string[]>;
};

export const owning = async (
  t: TestContext,
  documents: Documents,
  types: readonly OwnedType[],
  mappingGiven: string | CompiledMapping = 'home-grown',
): Promise<Owning> => {
  const mongo = await sharedMongo();
  await insert(mongo, documents);
  const importer = await testImporter(t);
  const { db, store } = importer;
  const mapping = typeof mappingGiven === 'string' ? await loadMapping(mappingGiven) : mappingGiven;
  const clock = () => fixedClock(new Date().toISOString());
  const followed = async () => {
    const options = { patienceMs: 10_000, sweepEveryMs: 0, compareEveryMs: 0, mapping, maxGoneShare: 1 };
    return await followMongo({ db, store, clock: clock() }, mongo.url, options);
  };
  const follow = async () => (await followed()).events;
  await follow();
  for (const type of types) await changeOwnership(store, type, 'openhouse', byPerson);
  let said = 0;
  return Object.assign(importer, {
    mongo,
    mapping,
    follow,
    followed,
    write: (url = mongo.url) => writeBack({ db, store, clock: clock() }, url, { mapping }),
    correct: async (type: OwnedType, key: string, changes: object) => {
      const command = { type: `Correct${type.charAt(0).toUpperCase()}${type.slice(1)}`, changes, places: readPlaces };
      const id = `c${++said}`;
      const context = { ...byPerson, correlationId: id, causationId: id };
      const result = await execute(store, recordAggregates[type] as never, key, [command] as never, context);
      if (!result.ok) throw new Error(result.rejection.message);
    },
    edit: async (collection: string, filter: object, fields: object) => {
      await mongo.client.db().collection(collection).updateOne(filter, { $set: fields });
    },
    documents: async (collection: string) => await mongo.client.db().collection(collection).find().toArray(),
    keys: async (type: OwnedType) => [
      ...new Set(
        (await importer.events())
          .filter(({ streamName }) => streamName.startsWith(`${type}-`))
          .map(({ streamName }) => streamName.slice(type.length + 1)),
      ),
    ],
  });
};

/** An old CRM with this listing, which openhouse owns. */
export const owningListing = async (t: TestContext, document: object = property()) => {
  const world = await owning(t, { properties: [document] }, ['listing']);
  const [key] = await world.keys('listing');
  return { world, key: key! };
};
