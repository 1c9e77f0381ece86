import { ObjectId } from 'bson';
import { type Kysely, sql } from 'kysely';
import { rememberAlertsSent } from '../../../importers/alerts-sent/remember-alerts.ts';
import type { CompiledMapping } from '../../../importers/mappings/compile.ts';
import { type LegacyCollection, legacyCollections } from '../../../importers/source.ts';
import { regroup } from '../../../importers/staging/grouping/regroup.ts';
import { settleReferences } from '../../../importers/staging/references/settle.ts';
import { rehearse } from '../../../platform/database/rehearsal.ts';
import fc from '../../support/fast-check.ts';
import { activity, alertSent, assignment, contact, property, search, user } from '../support/documents.ts';
import { deleteDocument, type Saying, stageDocuments } from './support/ledger.ts';

/** What may happen to what is on file. `pick` chooses among what there is. */
type Step =
  | { readonly does: 'read'; readonly documents: readonly Saying[] }
  | { readonly does: 'delete' | 'write back' | 'another ID'; readonly pick: number }
  | { readonly does: 'look' | 'look, and die' };

export const now = new Date('2026-01-01');
const among = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const pick = fc.nat({ max: 1_000 });
const oid = new ObjectId('5f0000000000000000000001');
// The same text as an ID of several types.
const id = among<unknown>(1, '1', 2, '2', 'ab', oid, oid.toHexString(), 'ana@x.com', 3, 4);
const reference = among<unknown>(1, '1', 2, '2', 'ab', ' ab ', oid, oid.toHexString(), 'ana@x.com', 'bob@x.com', 3, 4);
const address = among('ana@x.com', 'bob@x.com', 'cy@x.com');
const few = among<unknown>(1, '1', 2, oid, 'ana@x.com');
const saying = (collection: LegacyCollection, fields: fc.Arbitrary<{ _id: unknown }>): fc.Arbitrary<Saying> =>
  fields.map((fields) => ({ collection, fields }));
const two = fc.tuple(id, reference, reference);
const said = fc.oneof(
  saying(
    'users',
    fc.record({ _id: few, email: address }).map((fields) => user(fields)),
  ),
  saying(
    'contacts',
    fc
      .record({
        _id: few,
        email: address,
        secondaryEmail: fc.option(address, { nil: undefined }),
        assignedTo: reference,
        name: among('Ana López', 'Bob Smith'),
      })
      .map((fields) => contact(fields)),
  ),
  saying(
    'properties',
    fc
      .record({ _id: id, agentId: reference })
      .map((fields) => property({ ...fields, mlsId: `RX-1000${JSON.stringify(fields._id).length}` })),
  ),
  saying(
    'savedsearches',
    two.map(([_id, contactId]) => search(contactId, { _id })),
  ),
  saying(
    'activities',
    two.map(([_id, contactId]) => activity(contactId, { _id })),
  ),
  saying(
    'leadassignments',
    two.map(([_id, contactId, agentId]) => ({ ...assignment(contactId, agentId, 'accepted', '2025-01-03'), _id })),
  ),
  saying(
    'alerts_sent',
    two.map(([_id, searchId, listingId]) => ({ ...alertSent(searchId, listingId), _id: _id as ObjectId })),
  ),
); // prettier-ignore
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('read' as const),
      documents: fc.array(said, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: among<'delete' | 'write back' | 'another ID'>('delete', 'write back', 'another ID'),
      pick,
    }),
  },
  { weight: 5, arbitrary: fc.record({ does: among<'look' | 'look, and die'>('look', 'look', 'look, and die') }) },
); // prettier-ignore

export const says = (collection: LegacyCollection, fields: object): Saying => ({
  collection,
  fields: fields as Saying['fields'],
});
const reads = (...documents: readonly Saying[]): Step => ({ does: 'read', documents });
const looks: Step = { does: 'look' };
const ana = { _id: 1, email: 'cy@x.com' };
const forAna = [
  says('properties', property({ _id: 1, mlsId: 'RX-10000001', agentId: 'ana@x.com' })),
  says('savedsearches', search('ana@x.com', { _id: 1 })),
  says('alerts_sent', { ...alertSent(1, 2), _id: 1 }),
];

/** Each way in which a document can begin to be the one that is meant. */
export const examples: readonly (readonly Step[])[] = [
  // It is new.
  [
    reads(...forAna),
    looks,
    reads(says('users', user({ _id: 'ana@x.com' })), says('contacts', contact({ _id: 'ana@x.com' }))),
    looks,
  ],
  [reads(...forAna), looks, reads(says('properties', property({ _id: 2, mlsId: 'RX-10000002' }))), looks],
  // It gets that address.
  [
    reads(says('users', user(ana)), ...forAna),
    looks,
    reads(says('users', user({ ...ana, email: 'ana@x.com' }))),
    looks,
  ],
  [
    reads(says('contacts', contact(ana)), ...forAna),
    looks,
    reads(says('contacts', contact({ ...ana, secondaryEmail: 'ana@x.com' }))),
    looks,
  ],
  // Of two people with that address, one gets it as the main address.
  [
    reads(
      ...[1, 2].map((_id) =>
        says(
          'contacts',
          contact({
            _id,
            name: `Ana ${_id}`,
            email: `${_id}@x.com`,
            phone: `561-555-010${_id}`,
            secondaryEmail: 'info@x.com',
          }),
        ),
      ),
      says('savedsearches', search('info@x.com', { _id: 1 })),
    ),
    looks,
    reads(says('contacts', contact({ _id: 1, name: 'Ana 1', email: 'info@x.com', phone: '561-555-0101' }))),
    looks,
  ],
  // Its ID has another type.
  [reads(says('savedsearches', search(1, { _id: 1 }))), looks, reads(says('contacts', contact({ _id: '1' }))), looks],
  // It is itself waiting.
  [
    reads(
      says('savedsearches', search('ana@x.com', { _id: 1 })),
      says('alerts_sent', { ...alertSent(1, 2), _id: 1 }),
      says('properties', property({ _id: 2 })),
    ),
    looks,
    reads(says('contacts', contact({ _id: 1, email: 'ana@x.com' }))),
    looks,
  ],
];

export const look = async (db: Kysely<unknown>) => {
  for (const collection of ['users', 'contacts', 'properties'] as const) await regroup(db, collection);
  await settleReferences(db, now);
  await rememberAlertsSent(db, new AbortController().signal);
};

export const take = async (db: Kysely<unknown>, step: Step, mapping: CompiledMapping): Promise<void> => {
  switch (step.does) {
    case 'read':
      return await readDocuments(db, step.documents, mapping);
    case 'look':
      return await look(db);
    case 'look, and die':
      return await rehearse(db, look);
    case 'delete': {
      const document = await nth(db, step.pick);
      if (document === undefined) return;
      await deleteDocument(db, document, mapping);
      return;
    }
    case 'write back': {
      // As `settleWrites` does.
      const document = await nth(db, step.pick);
      if (document?.collection !== 'properties' && document?.collection !== 'contacts') return;
      await sql`
        update ops.import_document set agent_ref = 'id:4', unresolved = '{id:4}', waits_for = null, version = version + 1
        where collection = ${document.collection} and legacy_id = ${document.legacy_id}`.execute(db);
      return;
    }
    case 'another ID': {
      const document = await nth(db, step.pick);
      if (document === undefined) return;
      await sql`
        update ops.import_document set legacy_id = 'ab'
        where collection = ${document.collection} and legacy_id = ${document.legacy_id} and not exists (
          select from ops.import_document where collection = ${document.collection} and legacy_id = 'ab')`.execute(db);
    }
  }
};

type Found = { readonly collection: string; readonly legacy_id: string };

const nth = async (db: Kysely<unknown>, n: number): Promise<Found | undefined> => {
  const { rows } = await sql<Found>`
    select collection, legacy_id from ops.import_document where gone_at is null order by 1, 2`.execute(db);
  return rows[n % Math.max(rows.length, 1)];
};

export const readDocuments = (db: Kysely<unknown>, documents: readonly Saying[], mapping: CompiledMapping) =>
  stageDocuments(db, documents, mapping, legacyCollections);
