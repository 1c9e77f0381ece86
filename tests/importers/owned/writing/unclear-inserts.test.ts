import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { leads } from '../../../../commands/aggregates.ts';
import { execute } from '../../../../commands/execute.ts';
import { openConflicts } from '../../../../importers/differences/conflicts.ts';
import { retryWrites, unwritten } from '../../../../importers/differences/outbox.ts';
import { loadOwned } from '../../../../importers/owned/record-view.ts';
import { acceptConflict, refuseConflict } from '../../../../importers/owned/resolve-conflict.ts';
import { withMongo } from '../../../support/mongo-server.ts';
import { contact } from '../../support/documents.ts';
import { byPerson } from '../../support/importer.ts';
import { type Command, intercepting, type Trouble } from '../../support/intercepting.ts';
import { type Owning, owning } from '../owning.ts';

const ben = { firstName: 'Ben', lastName: 'Cole', email: 'ben@example.com', leadStage: 'New' } as const;
const because = { ...byPerson, reason: 'Asked' };

/** A lead that began here, which is not in the old CRM yet. */
const bornHere = async (t: TestContext): Promise<Owning> => {
  const world = await owning(t, { contacts: [contact(), contact()] }, ['lead']);
  const command = { type: 'RecordLead', contactKey: 'born-here', fields: ben } as const;
  await execute(world.store, leads, 'born-here', [command], byPerson);
  return world;
};

/** A run of write-back in which this happens to an insert. */
const interrupted = async (t: TestContext, world: Owning, trouble: Trouble): Promise<void> => {
  const url = await intercepting(t, world.mongo.url, (command: Command) => ('insert' in command ? trouble : undefined));
  await assert.rejects(world.write(url), /cannot be reached/);
};

const bens = async (world: Owning) =>
  (await world.documents('contacts')).filter(({ email }) => email === 'ben@example.com');

/** Tries again at once whatever waits for its next attempt, reading the old CRM in between. */
const settled = async (world: Owning): Promise<void> => {
  for (let round = 0; round < 4; round++) {
    await sql`update ops.write_back set next_attempt_at = clock_timestamp() - interval '1 s' where state = 'due'`.execute(
      world.db,
    );
    await world.write();
    await world.follow();
  }
};

test('a document that was inserted without openhouse learning of it is not inserted again', withMongo, async (t) => {
  const world = await bornHere(t);
  await interrupted(t, world, 'hang up after');
  await settled(world);
  assert.equal((await bens(world)).length, 1);
  assert.deepEqual([await openConflicts(world.db), await unwritten(world.db)], [[], []]);
});

test(
  'what was inserted without openhouse learning of it, and then changed here, is no edit in the old CRM',
  withMongo,
  async (t) => {
    const world = await bornHere(t);
    await interrupted(t, world, 'hang up after');
    await world.correct('lead', 'born-here', { firstName: 'Benjamin' });
    await settled(world);
    assert.deepEqual(
      (await bens(world)).map(({ name }) => name),
      ['Benjamin Cole'],
    );
    assert.deepEqual([await openConflicts(world.db), await unwritten(world.db)], [[], []]);
  },
);

test(
  'a document that someone deletes before openhouse has learnt of its insert is a conflict, and is not inserted again',
  withMongo,
  async (t) => {
    const world = await bornHere(t);
    await interrupted(t, world, 'hang up after');
    await world.mongo.client.db().collection('contacts').deleteOne({ email: 'ben@example.com' });
    await settled(world);
    assert.deepEqual(await bens(world), []);
    const [conflict] = await openConflicts(world.db);
    assert.deepEqual(conflict?.fields, { leadStage: { before: 'New', legacy: 'Trash', openhouse: 'New' } });
    await acceptConflict(world, conflict!.conflictId, because);
    await settled(world);
    assert.deepEqual(await bens(world), []);
    assert.equal((await loadOwned(world.store, 'lead', 'born-here')).state.fields.leadStage, 'Trash');
    assert.deepEqual([await openConflicts(world.db), await unwritten(world.db)], [[], []]);
  },
);

test(
  'a document whose insert never arrived counts as deleted there; once that is refused, it is inserted',
  withMongo,
  async (t) => {
    const world = await bornHere(t);
    await interrupted(t, world, 'hang up');
    await settled(world);
    const [conflict] = await openConflicts(world.db);
    await refuseConflict(world, conflict!.conflictId, because);
    await settled(world);
    assert.equal((await bens(world)).length, 1);
    assert.deepEqual([await openConflicts(world.db), await unwritten(world.db)], [[], []]);
  },
);

test(
  'of a document that is inserted again because its deletion was refused, a second deletion is not lost either',
  withMongo,
  async (t) => {
    const world = await bornHere(t);
    await world.write();
    await world.follow();
    const contacts = world.mongo.client.db().collection('contacts');
    await contacts.deleteOne({ email: 'ben@example.com' });
    await settled(world);
    await refuseConflict(world, (await openConflicts(world.db))[0]!.conflictId, because);
    await interrupted(t, world, 'hang up after');
    await contacts.deleteOne({ email: 'ben@example.com' });
    await settled(world);
    assert.deepEqual(await bens(world), []);
    assert.equal((await openConflicts(world.db)).length, 1);
  },
);

test('an insert that the old CRM answers with an error is retried without a conflict', withMongo, async (t) => {
  const world = await bornHere(t);
  const errmsg = 'not authorized on legacy to execute command { insert: "contacts" }';
  const url = await intercepting(t, world.mongo.url, (command) =>
    'insert' in command ? { code: 13, errmsg } : undefined,
  );
  await assert.rejects(world.write(url), { code: 'mongo-read-only' });
  await retryWrites(world.db);
  assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
  assert.deepEqual([(await bens(world)).length, await openConflicts(world.db)], [1, []]);
});
