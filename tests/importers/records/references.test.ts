import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { leads } from '../../../commands/aggregates.ts';
import { execute, load } from '../../../commands/execute.ts';
import { parseStreamName } from '../../../domain/events.ts';
import { activity, alertSent, assignment, contact, property, search, user } from '../support/documents.ts';
import { byPerson, quarantined, type TestImporter, testImporter } from '../support/importer.ts';

const stateOfLead = async (importer: TestImporter) => {
  const captured = (await importer.events()).find(({ type }) => type === 'LeadCaptured')!;
  return await load(importer.store, leads, parseStreamName(captured.streamName)!.key);
};

const memberKeys = async (importer: TestImporter): Promise<Record<string, string>> => {
  const joined = (await importer.events()).filter(({ type }) => type === 'AgentJoined');
  return Object.fromEntries(
    joined.map(({ event, streamName }) => [
      'memberEmail' in event.data ? String(event.data.memberEmail) : '',
      parseStreamName(streamName)!.key,
    ]),
  );
};

test('finds a target that comes in a later dump, even if the referring document does not come again', async (t) => {
  const importer = await testImporter(t);
  const agent = user({ email: 'maria@x.com' });
  const buyer = contact({ email: 'ana@x.com', assignedTo: 'Maria@X.com' });
  const home = property({ agentId: agent._id });
  const wish = search('ANA@x.com');
  const early = await importer.import({
    properties: [home],
    savedsearches: [wish],
    leadassignments: [assignment(buyer._id, agent._id, 'accepted', '2025-01-03')],
    activities: [activity(buyer._id.toHexString())],
    alerts_sent: [alertSent(wish._id, home._id)],
  });
  assert.deepEqual(await importer.types(), ['ListingEntered']);
  const lost = ['activities contact-not-found', 'leadassignments contact-not-found', 'savedsearches contact-not-found'];
  assert.deepEqual(await quarantined(importer.db), lost);
  assert.equal(early.collections.properties?.unresolvedReferences, 1);
  assert.equal(early.collections.alerts_sent?.skipped, 1);

  await importer.import({ contacts: [buyer] });
  assert.deepEqual(await quarantined(importer.db), ['leadassignments contact-not-found']);
  assert.deepEqual((await importer.types(1)).sort(), ['LeadActivityLogged', 'LeadCaptured', 'SavedSearchCreated']);
  const memory = await sql<{ count: string }>`select count(*) from ops.sent_memory`.execute(importer.db);
  assert.equal(memory.rows[0]?.count, '1', 'a sent alert is remembered as soon as its recipient is known');

  const last = await importer.import({ users: [agent] });
  assert.deepEqual(await quarantined(importer.db), []);
  assert.equal(last.collections.users?.applied, 1);
  const types = (await importer.types(4)).sort();
  assert.deepEqual(
    types.filter((type) => !type.endsWith('DetailsCorrected')),
    ['AgentJoined', 'LeadAccepted', 'ListAgentChanged'],
  );
  const { state } = await stateOfLead(importer);
  assert.equal(state.fields.ownerMemberKey, (await memberKeys(importer))['maria@x.com']);
  assert.deepEqual(state.fields.warnings ?? [], [], 'its warning is gone');
});

test('a reference that points nowhere is kept on the record and reported', async (t) => {
  const importer = await testImporter(t);
  const gone = user()._id.toHexString();
  const summary = await importer.import({ contacts: [contact({ assignedTo: gone })] });
  assert.equal(summary.collections.contacts?.unresolvedReferences, 1);
  const { state } = await stateOfLead(importer);
  assert.deepEqual(state.fields.warnings, [{ field: 'ownerMemberKey', code: 'reference-not-found', found: gone }]);
});

test('the history of a lead is appended in order, and its final owner is the one that the contact names', async (t) => {
  const importer = await testImporter(t);
  const [maria, john] = [user({ email: 'maria@x.com' }), user({ email: 'john@x.com' })];
  const buyer = contact({ assignedTo: john._id });
  const history = [
    assignment(buyer._id, maria._id, 'accepted', '2025-01-05'),
    assignment(buyer._id, john._id, 'declined', '2025-01-03'),
    assignment(buyer._id, maria._id, 'offered', '2025-01-04'),
    assignment(buyer._id, john._id, 'offered', '2025-01-02'),
  ];
  const documents = {
    users: [maria, john],
    contacts: [buyer],
    leadassignments: history,
    activities: [activity(buyer._id, { at: new Date('2025-01-04T12:00:00Z'), type: 'site_visit' })],
  };
  await importer.import(documents);
  const told = (await importer.events()).filter(({ streamName }) => streamName.startsWith('lead-'));
  assert.deepEqual(
    told.map(({ type }) => type),
    ['LeadCaptured', 'LeadOffered', 'LeadPassed', 'LeadOffered', 'LeadActivityLogged', 'LeadAccepted', 'LeadAssigned'],
  );
  assert.ok(!('ownerMemberKey' in told[0]!.event.data), 'there is no owner before the first assignment');
  const keys = await memberKeys(importer);
  const { state, revision } = await stateOfLead(importer);
  assert.equal(state.fields.ownerMemberKey, keys['john@x.com']);

  // She got the lead in openhouse since: an old assignment that arrives late does not take it from her.
  const assign = { type: 'AssignLead', ownerMemberKey: keys['maria@x.com']! } as const;
  await execute(importer.store, leads, state.contactKey!, [assign], byPerson, { state, revision });
  const more = [...history, assignment(buyer._id, john._id, 'expired', '2025-01-01')];
  assert.equal((await importer.import({ ...documents, leadassignments: more })).events, 1);
  assert.equal((await stateOfLead(importer)).state.fields.ownerMemberKey, keys['maria@x.com']);
});

test('an edited activity is appended again; a changed assignment appends its next step', async (t) => {
  const importer = await testImporter(t);
  const [agent, buyer] = [user(), contact()];
  const [call, offer] = [activity(buyer._id), assignment(buyer._id, agent._id, 'offered', '2025-01-02')];
  const documents = { users: [agent], contacts: [buyer], activities: [call], leadassignments: [offer] };
  await importer.import(documents);
  const changed = {
    ...documents,
    activities: [{ ...call, body: 'Talked for an hour' }],
    leadassignments: [{ ...offer, status: 'accepted' }],
  };
  await importer.import(changed);
  assert.deepEqual((await importer.types(4)).sort(), ['LeadAccepted', 'LeadActivityLogged']);
  assert.equal((await importer.import(changed)).events, 0);
  assert.equal((await importer.import(documents)).events, 0, 'an older dump undoes nothing');
});

test('a very long history is appended in several steps, each event once', async (t) => {
  const importer = await testImporter(t);
  const buyer = contact();
  const activities = Array.from({ length: 1500 }, (_, n) =>
    activity(buyer._id, { at: new Date(1.7e12 + n * 1000), body: `Call ${n} ${'x'.repeat(n % 900)}.` }),
  );
  const summary = await importer.import({ contacts: [buyer], activities });
  assert.equal(summary.events, 1501);
  const bodies = (await importer.events()).flatMap(({ event }) =>
    'body' in event.data ? [String(event.data.body)] : [],
  );
  assert.deepEqual(
    bodies,
    activities.map(({ body }) => body),
  );
  assert.equal((await importer.import({ contacts: [buyer], activities })).events, 0);
});

test('a reference that is the ID of a document means that document, even if it is an e-mail address that another one has', async (t) => {
  const importer = await testImporter(t);
  const named = contact({ _id: 'bob@x.com', name: 'Bob Id', email: 'bob.id@x.com' });
  const addressed = contact({ name: 'Bob Address', email: 'bob@x.com' });
  const called = activity('bob@x.com');
  await importer.import({ contacts: [addressed, named], activities: [called] });
  const logged = (await importer.events()).find(({ type }) => type === 'LeadActivityLogged')!;
  const captured = (await importer.events()).find(({ streamName }) => streamName === logged.streamName)!;
  assert.equal((captured.event.data as { email?: string }).email, 'bob.id@x.com');
});
