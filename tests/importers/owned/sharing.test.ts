import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { leads } from '../../../commands/aggregates.ts';
import { execute, load } from '../../../commands/execute.ts';
import { captureLead } from '../../../commands/leads/capture-lead.ts';
import type { OwnedType } from '../../../domain/ownership/index.ts';
import { noteEdits } from '../../../importers/differences/note-edits.ts';
import { type Shared, sharedWith } from '../../../importers/owned/sharing/shared.ts';
import { joinedByAccepting } from '../../../importers/owned/sharing/shared-by-conflicts.ts';
import { sharedInWords } from '../../../importers/owned/sharing/shared-words.ts';
import { catchUp } from '../../../projections/index.ts';
import { openhouse } from '../../support/command.ts';
import { contact, property, user } from '../support/documents.ts';
import { byPerson, testImporter } from '../support/importer.ts';

test('a correction with an address or number that identifies another record names that record, and says what follows', async (t) => {
  const world = await testImporter(t);
  const { db, store, databaseUrl, eventStoreUrl } = world;
  const maria = user({ name: 'Maria Lopez', email: 'maria.lopez@agency.com' });
  const [ana, annie, desk, bob] = [
    contact({ name: 'Ana Lopez', email: 'ana.lopez44@gmail.com', createdAt: new Date('2024-06-01') }),
    contact({ name: 'Annie Reyes', email: 'annie71@gmail.com', phone: '5615550171' }),
    contact({ name: 'Carl Berg', email: 'info@condos.com' }),
    contact({ name: 'Bob Stone', email: 'bob.stone9@gmail.com' }),
  ];
  const homes = [property({ mlsId: 'RX-10101234' }), property({ mlsId: 'RX-10109876' })];
  await world.import({ users: [maria], contacts: [ana!, annie!, desk!, bob!], properties: homes });
  const intake = { firstName: 'Dora', email: 'dora.hill@gmail.com' };
  const captured = await captureLead(store, { intake, known: null, addressShared: false, recordKey: 'dora' }, byPerson);
  await catchUp({ db, store, log: pino({ level: 'silent' }) });
  const keys = new Map<string, string>();
  for (const { streamName, type, event } of await world.events()) {
    const { firstName, memberFullName, listingId } = event.data as Record<string, string>;
    const name = firstName ?? memberFullName ?? listingId;
    if (/Captured|Joined|Entered|Registered|Added/.test(type) && name !== undefined)
      keys.set(name, streamName.slice(streamName.indexOf('-') + 1));
  }
  const nameOf = (key: string) => [...keys].find(([, one]) => one === key)?.[0] ?? key;
  const asked = async (aggregate: OwnedType, name: string, field: string, before: unknown, after: unknown) => {
    const recordKey = keys.get(name)!;
    const found = await sharedWith(db, store, [{ aggregate, recordKey, changes: [{ field, before, after }] }]);
    return found.map(({ other, follows, when, continues }: Shared) =>
      [nameOf(other.recordKey), follows, when, continues === null ? null : nameOf(continues)].join(' '),
    );
  };
  const email = (name: string, before: string, after: string) => asked('lead', name, 'email', before, after);

  assert.deepEqual(await email('Annie', 'annie71@gmail.com', 'annie.new@gmail.com'), []);
  assert.deepEqual(await email('Annie', 'annie71@gmail.com', 'ana.lopez44@gmail.com'), ['Ana one-record owned Ana']);
  // Whoever is at the desk has its address, and a phone number alone proves nothing.
  assert.deepEqual(await email('Bob', 'bob.stone9@gmail.com', 'info@condos.com'), ['Carl nothing  ']);
  assert.deepEqual(await asked('lead', 'Bob', 'mobilePhone', null, '+15615550171'), ['Annie nothing  ']);
  assert.deepEqual(await email('Bob', 'bob.stone9@gmail.com', 'maria.lopez@agency.com'), ['Maria Lopez no-alerts  ']);
  assert.deepEqual(await asked('agent', 'Maria Lopez', 'memberEmail', 'maria.lopez@agency.com', 'annie71@gmail.com'), [
    'Annie no-alerts  ',
  ]);
  assert.deepEqual(await asked('listing', 'RX-10109876', 'listingId', 'RX-10109876', 'RX-10101234'), [
    'RX-10101234 one-record owned RX-10101234',
  ]);
  assert.deepEqual(await email('Bob', 'bob.stone9@gmail.com', 'dora.hill@gmail.com'), ['Dora one-record owned Bob']);
  assert.deepEqual(await email('Dora', 'dora.hill@gmail.com', 'bob.stone9@gmail.com'), ['Bob one-record import Dora']);

  // Before deciding about many conflicts, so many of them are looked at.
  const edits = [
    ['Annie', 'annie71@gmail.com', 'ana.lopez44@gmail.com'],
    ['Bob', 'bob.stone9@gmail.com', 'info@condos.com'],
  ].map(([name, ours, legacy]) => ({
    ...{ recordKey: keys.get(name!)!, document: 'contacts/1', reason: 'edited' as const },
    ...{
      disputed: { email: { before: ours, legacy, openhouse: ours } },
      legacy: { email: legacy },
      ours: { email: ours },
    },
  }));
  await noteEdits(db, 'lead', edits, new Date());
  const looking = async (lookedAt: number) => {
    const { count, isComplete } = await joinedByAccepting(db, store, {}, { lookedAt });
    return [count, isComplete];
  };
  assert.deepEqual(
    [await looking(1), await looking(2)],
    [
      [1, false],
      [1, true],
    ],
  );

  const shown = ['correct', 'lead', keys.get('Annie')!, 'email=ana.lopez44@gmail.com', '--dry-run', '--because', 'x'];
  const extraEnv = { DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl };
  const { stdout } = await openhouse(shown, { extraEnv });
  assert.match(stdout, /Note: Lead Ana Lopez \(\S+\) has this e-mail address too\. As long as the old CRM owns leads/);

  // What was said about the captured lead is what the next import does.
  const commands = [{ type: 'CorrectLead' as const, changes: { email: 'bob.stone9@gmail.com' } }];
  assert.ok((await execute(store, leads, captured.contactKey, commands, byPerson)).ok);
  await world.import({ contacts: [{ ...ana!, bedsMin: 2, updatedAt: new Date('2026-05-01') }] });
  const { state } = await load(store, leads, keys.get('Bob')!);
  assert.equal(state.mergedIntoContactKey, captured.contactKey);
});

test('what follows from a shared value is said in plain words', () => {
  const one = { aggregate: 'lead', recordKey: 'a', field: 'mobilePhone', other: { aggregate: 'lead', recordKey: 'b' } };
  const said = (more: object) =>
    sharedInWords({ ...one, when: null, continues: null, ...more } as Shared, (key) => key);
  assert.equal(said({ follows: 'nothing' }), 'Lead b has this phone number too. They stay two leads.');
  assert.match(
    said({ follows: 'one-record', when: 'written', continues: 'b' }),
    /^Lead b has this phone number too\. Next, this is written to the old CRM, and reading that again makes them one lead, b\. If/,
  );
});
