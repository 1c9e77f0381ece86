import { type Kysely, sql } from 'kysely';
import type { CompiledMapping } from '../../../../importers/mappings/compile.ts';
import { moveDocuments } from '../../../../importers/staging/grouping/move-documents.ts';
import { regroup } from '../../../../importers/staging/grouping/regroup.ts';
import { rehearse } from '../../../../platform/database/rehearsal.ts';
import fc from '../../../support/fast-check.ts';
import { deleteDocument, type Saying, stageDocuments } from '../support/ledger.ts';

const shared = ['users', 'contacts', 'properties'] as const;
type Shared = (typeof shared)[number];
type Document = Saying & { readonly collection: Shared; readonly fields: object & { readonly _id: number } };

/** What may happen to a ledger. `pick` chooses among what there is. */
export type Step =
  | { readonly does: 'read'; readonly documents: readonly Document[] }
  | { readonly does: 'delete'; readonly pick: number }
  | { readonly does: 'split'; readonly pick: number; readonly leaving: number }
  | { readonly does: 'join a captured lead'; readonly pick: number }
  | { readonly does: 'apply' | 'forget an agent' | 'group, and die' | 'group' };

const pick = fc.nat({ max: 1_000 });
const among = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
// One address that many have, an office's, a staff member's, and people's own.
const address = fc.oneof(
  { weight: 7, arbitrary: among('hub@x.com') },
  { weight: 4, arbitrary: among('info@x.com', 'ana@x.com', 'bob@x.com', 'staff@x.com', 'cy@x.com') },
);
const phone = among('561-555-0101', '561-555-0102', '561-555-0103', undefined);
const name = among('Ana López', 'Bob Smith', 'Cy Young', 'Dee Fox', 'Eve Hall', 'Flo King', 'Gus Lake', 'Ana Smith');
const createdAt = among('2025-01-01', '2025-01-02', '2025-01-03').map((day) => new Date(day));
const said = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      collection: fc.constant('users' as const),
      fields: fc.record({
        _id: fc.nat({ max: 3 }),
        email: address,
        phone,
        name,
        createdAt,
        active: fc.constant(true),
        roles: fc.constant(['agent']),
      }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      collection: fc.constant('contacts' as const),
      fields: fc.record({
        _id: fc.nat({ max: 11 }),
        email: address,
        secondaryEmail: fc.option(address, { nil: undefined }),
        phone,
        name,
        createdAt,
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      collection: fc.constant('properties' as const),
      fields: fc.record({
        _id: fc.nat({ max: 9 }),
        mlsId: among('RX-10000001', '10000001', 'F10000001', 'RX-10000002', 'RX-12345678', '11111111'),
        address: among('1 Main St', '2 Oak Ave', '3 Elm Ct', '4 Ash Dr', '5 Bay Rd', '6 Fir Ln', '7 Key Way').map(
          (street) => `${street}, Boca Raton, FL 33432`,
        ),
        price: among(400_000, 500_000),
        status: fc.constant('Active'),
        createdAt,
      }),
    }),
  },
); // prettier-ignore
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('read' as const),
      documents: fc.array(said, { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('delete' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('split' as const), pick, leaving: pick }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('join a captured lead' as const), pick }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: among<'apply' | 'forget an agent' | 'group' | 'group, and die'>(
        'apply',
        'group',
        'group',
        'group',
        'group, and die',
        'forget an agent',
      ),
    }),
  },
); // prettier-ignore

const says = (collection: Shared, fields: object & { readonly _id: number }): Document => ({ collection, fields });
const home = (_id: number, mlsId: string, day: string) =>
  says('properties', {
    _id,
    mlsId,
    address: '1 Main St',
    price: 400_000,
    status: 'Active',
    createdAt: new Date(day),
  } as Document['fields']);
export const person = (_id: number, fields: object) =>
  says('contacts', { _id, createdAt: new Date('2025-01-01'), ...fields } as Document['fields']);
export const group: Step = { does: 'group' };
const reads = (...documents: readonly Document[]): Step => ({ does: 'read', documents });
const people = ['Ana López', 'Bob Smith', 'Cy Young', 'Dee Fox', 'Eve Hall', 'Flo King'];

/** Histories that are rare among random ones. */
export const examples: readonly (readonly Step[])[] = [
  // A document leaves the record that it started to another one, is then alone, and finds its record taken.
  [
    reads(
      home(1, 'RX-10000001', '2025-01-02'),
      home(2, 'RX-10000001', '2025-01-03'),
      home(3, 'RX-10000002', '2025-01-01'),
    ),
    group,
    reads(home(1, 'RX-10000002', '2025-01-02')),
    group,
    reads(home(1, 'RX-10000003', '2025-01-02')),
  ],
  // An address is shared by so many that it identifies no one, until one of them gets another.
  [
    reads(...people.map((name, n) => person(n, { name, email: 'hub@x.com' }))),
    group,
    reads(person(0, { name: people[0], email: 'ana@x.com' })),
  ],
  // A phone number turns out to be an agent's, and says nothing about who has an office's address.
  [
    reads(...['Ana', 'Bob', 'Cy'].map((name, n) => person(n, { name, email: 'info@x.com', phone: '561-555-0101' }))),
    group,
    reads(
      says('users', {
        _id: 1,
        name: 'Maria Garcia',
        email: 'maria@x.com',
        phone: '561-555-0101',
        active: true,
        roles: ['agent'],
      } as Document['fields']),
    ),
  ],
];

export const groupAll = async (db: Kysely<unknown>) => {
  for (const collection of shared) await regroup(db, collection);
};

export const take = async (db: Kysely<unknown>, step: Step, mapping: CompiledMapping): Promise<void> => {
  switch (step.does) {
    case 'read':
      return await readDocuments(db, step.documents, mapping);
    case 'delete': {
      const document = await nth(
        db,
        step.pick,
        sql`select collection, legacy_id from ops.import_document where gone_at is null`,
      );
      if (document === undefined) return;
      await deleteDocument(db, document, mapping);
      return;
    }
    case 'split': {
      const record = await nth(
        db,
        step.pick,
        sql`select collection, record_key, array_agg(legacy_id order by legacy_id) as ids
        from ops.import_document where record_key is not null and collection <> 'users' group by 1, 2 having count(*) > 1`,
      );
      if (record === undefined) return;
      const ids = record.ids as unknown as string[];
      const leaving = ids[step.leaving % ids.length]!;
      await sql`
        with split as (
          insert into ops.import_split_by_hand (collection, record_key, split_by, because, split_at)
          values (${record.collection}, ${record.record_key}, 'me', 'not the same', now()) returning split_id
        )
        insert into ops.import_kept_apart (collection, legacy_id, split_id, leaves_yn)
        select ${record.collection}, id, split_id, id = ${leaving} from split, unnest(${ids}::text[]) as x (id)`.execute(
        db,
      );
      return;
    }
    case 'join a captured lead': {
      const contact = await nth(
        db,
        step.pick,
        sql`select collection, legacy_id, record_key from ops.import_document
        where collection = 'contacts' and record_key is not null and record_key !~ '^captured'`,
      );
      if (contact === undefined) return;
      const { rows } = await sql<{ legacy_id: string }>`select legacy_id from ops.import_document
        where collection = 'contacts' and record_key = ${contact.record_key}`.execute(db);
      const into = `captured ${contact.legacy_id}`;
      const { rows: taken } = await sql`select from ops.import_document where record_key = ${into}`.execute(db);
      if (taken.length > 0) return;
      await db.transaction().execute(async (transaction) =>
        moveDocuments(
          transaction,
          'contacts',
          rows.map(({ legacy_id: legacyId }) => ({ legacyId, from: contact.record_key!, into, merged: true })),
        ),
      );
      return;
    }
    case 'apply':
      await sql`insert into ops.import_record (aggregate, record_key, revision, applied)
        select aggregate, record_key, 0, '{}' from ops.import_pending p
        where exists (select from ops.import_document d where d.record_key = p.record_key) on conflict do nothing`.execute(
        db,
      );
      await sql`delete from ops.import_record r where not exists (
        select from ops.import_document d where d.record_key = r.record_key)`.execute(db);
      await sql`delete from ops.import_pending`.execute(db);
      return;
    case 'forget an agent':
      await sql`delete from ops.import_record where ctid in (
        select ctid from ops.import_record where aggregate = 'agent' order by record_key limit 1)`.execute(db);
      return;
    case 'group, and die':
      return await rehearse(db, groupAll);
  }
};

type Found = { collection: string; legacy_id: string; record_key: string; ids: unknown };

const nth = async (db: Kysely<unknown>, n: number, query: ReturnType<typeof sql>): Promise<Found | undefined> => {
  const { rows } = await sql<Found>`select * from (${query}) as x order by 1, 2`.execute(db);
  return rows[n % Math.max(rows.length, 1)];
};

/** Reads the latest of documents with the same `_id`. */
export const readDocuments = async (
  db: Kysely<unknown>,
  documents: readonly Document[],
  mapping: CompiledMapping,
): Promise<void> => {
  const latest = new Map(documents.map((document) => [`${document.collection} ${document.fields._id}`, document]));
  await stageDocuments(db, [...latest.values()], mapping, shared);
};
