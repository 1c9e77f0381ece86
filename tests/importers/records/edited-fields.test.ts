import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAgent } from '../../../commands/agents/load-agent.ts';
import { setCapacity } from '../../../commands/agents/set-capacity.ts';
import { setOffice } from '../../../commands/agents/set-office.ts';
import { newRecord, type PendingRecord, type RecordDocument } from '../../../importers/apply/load-pending.ts';
import { leadPlanner } from '../../../importers/apply/planning/leads/plan-lead.ts';
import { agentPlanner } from '../../../importers/apply/planning/plan-agent.ts';
import { listingPlanner } from '../../../importers/apply/planning/plan-listing.ts';
import type { Planning } from '../../../importers/apply/planning/planner.ts';
import { fieldTimesAfter } from '../../../importers/staging/documents/field-times.ts';
import fc from '../../support/fast-check.ts';
import { contact, property, user } from '../support/documents.ts';
import { byPerson, type TestImporter, testImporter } from '../support/importer.ts';

const planning: Planning = {
  now: '2026-06-01T12:00:00.000Z',
  agents: {
    keyOf: (reference) => (reference?.startsWith('id:') ? `agent ${reference}` : undefined),
    whyNot: () => 'not-found',
  },
};

type Payload = { readonly fields: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;

const documentOf = (collection: string, payload: object, n: number, since: string): RecordDocument => ({
  collection,
  legacyId: `d${n}`,
  contentHash: '',
  version: 1,
  createdAt: undefined,
  updatedAt: since,
  payload,
  since,
  fieldTimes: {},
  identities: [],
  merged: n > 0,
  contactKey: null,
  importRunId: '1',
  readAgain: false,
  readBy: null,
  readers: null,
  edit: null,
  goneConfirmed: null,
});

/** A document after an edit, as it is staged. */
const edited = (document: RecordDocument, payload: object, at: string): RecordDocument => ({
  ...document,
  payload,
  updatedAt: at,
  fieldTimes: fieldTimesAfter(document, payload, at),
});

type Plan = (
  record: PendingRecord,
  planning: Planning,
  merged: readonly never[],
  partedFrom: readonly never[],
) => { readonly applied: object };

const some = <Value>(...values: Value[]) => fc.constantFrom<Value | undefined>(undefined, ...values);
const emails = ['ana@x.com', 'bob@x.com'] as const;

/** The payloads of an aggregate's documents, and a field that does not belong to any unit. */
const aggregates: readonly {
  readonly name: string;
  readonly collection: string;
  readonly plan: Plan;
  readonly fields: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  readonly beside: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  readonly unrelated: string;
}[] = [
  {
    name: 'listing',
    collection: 'properties',
    plan: listingPlanner.plan as Plan,
    fields: {
      listPrice: some(450_000, 460_000),
      listingId: some('RX-10000001', '10000001', 'A10000001'),
      unparsedAddress: some('1 First St', '2 Second Ave'),
      city: some('Lantana', 'Boca Raton'),
      standardStatus: some('Active', 'Pending'),
      features: some(['Pool'], ['Pool', 'Dock']),
      warnings: some([{ field: 'listPrice', code: 'price-range', found: 'a' }]),
    },
    beside: { agent: some('id:1', 'id:2', 'email:gone@x.com') },
    unrelated: 'publicRemarks',
  },
  {
    name: 'lead',
    collection: 'contacts',
    plan: leadPlanner.plan as Plan,
    fields: {
      firstName: some('Ana', 'Dup'),
      lastName: some('López'),
      email: some(...emails),
      otherEmails: some(['ana@x.com'], ['cy@x.com', 'bob@x.com']),
      mobilePhone: some('+15615550101', '+15615550102'),
      listPriceMin: some(100_000, 390_000),
      listPriceMax: some(380_000, 570_000),
      tags: some(['vip'], ['cash', 'vip']),
      doNotCallYN: some(true, false),
    },
    beside: { owner: some('id:1', 'id:2', 'email:gone@x.com'), otherPhones: some(['+15615550103']) },
    unrelated: 'timeframe',
  },
  {
    name: 'agent',
    collection: 'users',
    plan: agentPlanner.plan as Plan,
    fields: {
      memberFullName: some('Maria Garcia', 'M. Garcia'),
      memberEmail: some(...emails),
      listPriceMin: some(100_000, 390_000),
      listPriceMax: some(380_000, 570_000),
    },
    beside: { pause: fc.constantFrom(null, { from: '2026-01-01', until: '2026-02-01' }, { from: '2026-03-01' }) },
    unrelated: 'memberMobilePhone',
  },
];

const payloads = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>, beside: typeof fields) =>
  fc.record({ fields: fc.record(fields), ...beside }).map((payload) => JSON.parse(JSON.stringify(payload)) as Payload);

for (const { name, collection, plan, fields, beside, unrelated } of aggregates) {
  test(`editing a field in one document of a merged ${name} changes only that field`, () => {
    /** Without the edited field's own values, on the record or among the other values. */
    const planned = (documents: readonly RecordDocument[]) => {
      const {
        [unrelated]: _,
        otherValues,
        ...rest
      } = (plan(newRecord('record', documents), planning, [], []).applied as { fields: Record<string, unknown> })
        .fields;
      return {
        ...rest,
        otherValues: ((otherValues ?? []) as { field: string }[]).filter((v) => v.field !== unrelated),
      };
    };
    const day = fc.integer({ min: 1, max: 9 }).map((day) => `2025-01-0${day}T00:00:00.000Z`);
    const documents = fc
      .array(fc.tuple(payloads(fields, beside), day), { minLength: 1, maxLength: 4 })
      .map((all) => all.map(([payload, since], n) => documentOf(collection, payload, n, since)));
    const edits = fc.array(
      fc.record({ which: fc.nat({ max: 3 }), payload: payloads(fields, beside), onlyUnrelated: fc.boolean() }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(documents, edits, (documents, edits) => {
        let now = documents;
        for (const [n, { which, payload, onlyUnrelated }] of edits.entries()) {
          const at = which % now.length;
          const document = now[at]!;
          const before = document.payload as Payload;
          const after = onlyUnrelated ? { ...before, fields: { ...before.fields, [unrelated]: `edit ${n}` } } : payload;
          const next = now.with(at, edited(document, after, `2025-02-0${n + 1}T00:00:00.000Z`));
          if (onlyUnrelated) assert.deepEqual(planned(next), planned(now));
          now = next;
        }
      }),
    );
  });
}

/** The latest price, and how often it changed. */
const prices = async (importer: TestImporter) =>
  (await importer.events()).flatMap(({ event }) =>
    event.type === 'ListingEntered' || event.type === 'ListPriceChanged' ? [event.data.listPrice] : [],
  );

test('editing the description in one of two merged documents does not change the price; editing the price does', async (t) => {
  const importer = await testImporter(t);
  const scrape = { mlsId: 'RX-1', address: '1 Ocean Drive, Boca Raton, FL 33432' };
  const on = (day: number) => new Date(`2025-03-0${day}T00:00:00Z`);
  const one = property({ ...scrape, price: 460_000, description: 'Pool', updatedAt: on(1) });
  const two = property({ ...scrape, price: 450_000, description: 'Pool', updatedAt: on(2) });
  await importer.import({ properties: [one, two] });
  assert.deepEqual(await prices(importer), [450_000], 'without a history the later document counts');

  const reworded = { ...one, description: 'Heated pool', updatedAt: on(3) };
  await importer.import({ properties: [reworded, two] });
  assert.deepEqual(await prices(importer), [450_000]);
  assert.equal((await importer.types()).at(-1), 'ListingDetailsCorrected', 'the description is the edited one');

  const dearer = { ...reworded, price: 470_000, updatedAt: on(4) };
  await importer.import({ properties: [dearer, two] });
  assert.deepEqual(await prices(importer), [450_000, 470_000]);

  const { updatedAt: _, ...undated } = two;
  await importer.import({ properties: [dearer, { ...undated, price: 440_000 }] });
  assert.deepEqual(await prices(importer), [450_000, 470_000, 440_000], 'even if the edit has no date');
  assert.equal((await importer.import({ properties: [dearer, { ...undated, price: 440_000 }] })).events, 0);
});

test('editing a note in one of two merged contacts does not change the phone number', async (t) => {
  const importer = await testImporter(t);
  const one = contact({ email: 'ana@x.com', phone: '5615550101' });
  const two = contact({ email: 'ana@x.com', phone: '5615550102', updatedAt: new Date('2025-03-02T00:00:00Z') });
  await importer.import({ contacts: [one, two] });
  const before = (await importer.events()).length;
  await importer.import({
    contacts: [{ ...one, notes: 'Likes docks', updatedAt: new Date('2025-03-03T00:00:00Z') }, two],
  });
  const changes = (await importer.events())
    .slice(before)
    .map(({ event }) => Object.keys((event.data as { changes: object }).changes));
  assert.deepEqual(changes, [['notes']]);
});

test('what a person sets on an agent stays when the old CRM edits other fields', async (t) => {
  const importer = await testImporter(t);
  const maria = user({ maxLeads: 10 });
  await importer.import({ users: [maria] });
  const [joined] = await importer.events();
  assert.ok(joined?.event.type === 'AgentJoined');
  const { memberKey } = joined.event.data;
  assert.ok((await setOffice(importer.store, { memberKey, officeKey: 'boca' }, byPerson)).ok);
  assert.ok((await setCapacity(importer.store, { memberKey, maxLeads: 3 }, byPerson)).ok);

  const renamed = { ...maria, name: 'Maria Garcia-Lopez', updatedAt: new Date('2025-03-01T00:00:00Z') };
  await importer.import({ users: [renamed] });
  const { fields } = await loadAgent(importer.store, memberKey);
  assert.deepEqual([fields.memberFullName, fields.officeKey, fields.maxLeads], ['Maria Garcia-Lopez', 'boca', 3]);

  const busier = { ...renamed, maxLeads: 20, updatedAt: new Date('2025-04-01T00:00:00Z') };
  await importer.import({ users: [busier] });
  const after = (await loadAgent(importer.store, memberKey)).fields;
  assert.deepEqual([after.officeKey, after.maxLeads], ['boca', 20], 'a later edit of the same field counts');
});
