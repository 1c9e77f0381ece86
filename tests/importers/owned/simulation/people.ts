import { sql } from 'kysely';
import { leads } from '../../../../commands/aggregates.ts';
import { correct } from '../../../../commands/corrections/correct.ts';
import { execute } from '../../../../commands/execute.ts';
import { sameMeaning } from '../../../../domain/changes.ts';
import type { DisputedFields } from '../../../../importers/differences/conflicts.ts';
import { datesWritten } from '../../support/dates-written.ts';
import { contact, property, user } from '../../support/documents.ts';
import { byPerson } from '../../support/importer.ts';
import { insert } from '../../support/live.ts';
import type { World } from './world.ts';

/** Something that somebody did, in the order in which they did. */
export type Deed = {
  readonly side: 'legacy' | 'openhouse';
  readonly type: 'listing' | 'lead';
  /** What a record is called on both sides: the MLS number, or the e-mail address. */
  readonly name: string;
  /** In openhouse's terms; `insert` and `delete` are of the whole record. */
  readonly field: string;
  readonly value: unknown;
  /** Of an edit in the old CRM: how things were then. */
  readonly when?: When;
};

/** How things were when someone edited a field in the old CRM. Values are in openhouse's terms. */
export type When = {
  /** What the document said before. */
  readonly from: unknown;
  /** How many events the record had here; none if openhouse did not have it yet. */
  readonly events: number;
  /** What both sides had last agreed on, as far as openhouse knew. */
  readonly base: unknown;
  /** What openhouse was writing to the field, and had not yet recorded as written; `undefined` if nothing. */
  readonly writing: unknown;
  /** The document shows no other trace of the edit than the value. */
  readonly undated: boolean;
  /** The conflicts of the record that were resolved by then. */
  readonly resolved: readonly string[];
};

type Fields = Readonly<Record<string, unknown>>;

type Field = {
  readonly field: string;
  readonly path: string;
  /** Where a document that openhouse made has it instead. */
  readonly made?: string;
  /** A value in openhouse, from a number. */
  readonly value: (n: number) => unknown;
  /** Ways in which the old CRM may have it. */
  readonly written: readonly ((value: unknown) => unknown)[];
  /** What a way of the old CRM means. */
  readonly read: (written: unknown) => unknown;
};

const letters = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
const dollars = (value: unknown) => `$${Number(value).toLocaleString('en-US')}`;
const valueAt = (document: Fields, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Fields | null | undefined)?.[name], document);
const asIs = (value: unknown) => value;
const inDigits = (written: unknown) =>
  written === undefined || written === null ? undefined : Number(String(written).replace(/[^0-9.]/g, ''));

export const fields: Readonly<Record<'listing' | 'lead', readonly Field[]>> = {
  listing: [
    { field: 'listPrice', path: 'price', value: (n) => 200_000 + n, written: [asIs, dollars, String], read: inDigits },
    { field: 'publicRemarks', path: 'description', value: (n) => `Remark number ${n}`, written: [asIs], read: asIs },
    {
      field: 'livingArea',
      path: 'sqft',
      value: (n) => 1_000 + n,
      written: [asIs, (v) => `${String(v)} sqft`],
      read: inDigits,
    },
  ],
  lead: [
    {
      field: 'firstName',
      path: 'name',
      value: (n) => `Ana${letters(n)}`,
      written: [(v) => `${String(v)} López`],
      read: (written) => written?.toString().split(' ')[0],
    },
    {
      field: 'listPriceMax',
      path: 'priceMax',
      made: 'budget.max',
      value: (n) => 300_000 + n,
      written: [asIs, dollars],
      read: inDigits,
    },
    { field: 'tags', path: 'tags', value: (n) => [`tag ${letters(n)}`], written: [asIs], read: asIs },
  ],
};

const collections = { listing: 'properties', lead: 'contacts' } as const;
const identities = { listing: 'mlsId', lead: 'email' } as const;
const hidden = { listing: { standardStatus: 'Delete' }, lead: { leadStage: 'Trash' } } as const;

/** The documents that the old CRM begins with. */
export const firstDocuments = () => ({
  users: [user()],
  contacts: [1, 2, 3].map(() => contact({ priceMax: 299_000 })),
  properties: [property({ price: '$450,000' }), property(), property({ sqft: '1,850 sqft' }), property()],
});

/** People on both sides, who do something each time they are asked; all that they do is in `deeds`. */
export const people = (world: World, random: () => number) => {
  const deeds: Deed[] = [];
  let said = 0;
  const { store, mongo, db } = world;
  const pick = <One>(among: readonly One[]): One => among[Math.floor(random() * among.length)]!;
  const anyType = () => pick(['listing', 'lead'] as const);
  const note = (side: Deed['side'], type: Deed['type'], name: string, field: string, value: unknown, when?: When) =>
    deeds.push({ side, type, name, field, value, ...(when !== undefined && { when }) });

  /** Mostly a new value; sometimes one that the field had before on this side, or the one that the other side gave it last. */
  const nextValue = async (side: Deed['side'], type: Deed['type'], name: string, field: Field): Promise<unknown> => {
    const dice = random();
    if (dice < 0.6) return field.value(++said);
    const mine = deeds.filter((deed) => deed.type === type && deed.name === name && deed.field === field.field);
    const began = (await recordsOf(world, type)).find((record) => record.name === name)?.began[field.field];
    const other = mine.findLast((deed) => deed.side !== side)?.value;
    if (dice > 0.85) return other ?? began ?? field.value(++said);
    const earlier = mine.flatMap((deed) => (deed.side === side ? [deed.value] : []));
    return pick([...earlier, ...(began === undefined ? [] : [began])]) ?? field.value(++said);
  };

  /** How things are for a record, for each of its fields. */
  const thingsNow = async (type: Deed['type'], name: string) => {
    const key = (await recordsOf(world, type)).find((record) => record.name === name)?.key;
    const events = (await world.events()).filter(({ streamName }) => streamName === `${type}-${key}`).length;
    const { rows } = await sql<{
      applied: { fields?: Fields } | null;
      intended: Fields | null;
      open: DisputedFields | null;
      resolved: string[];
    }>`
      select (select applied from ops.import_record where record_key = ${key ?? ''}) as applied,
        (select intended from ops.write_back where record_key = ${key ?? ''}) as intended,
        (select fields from ops.legacy_conflict where record_key = ${key ?? ''} and resolved_at is null) as open,
        array(select conflict_id::text from ops.legacy_conflict
          where record_key = ${key ?? ''} and resolved_at is not null) as resolved`.execute(db);
    const { applied, intended, open, resolved } = rows[0]!;
    return (field: string) => ({
      events,
      resolved,
      base: (open !== null && field in open ? open[field]!.before : applied?.fields?.[field]) ?? null,
      writing: intended !== null && field in intended ? (intended[field] ?? null) : undefined,
    });
  };

  /** Every clock in the old CRM is wrong, its programs write dates in different ways, and some edits do not change the date at all. */
  const dated = () =>
    random() < 0.25
      ? {}
      : { updatedAt: pick(Object.values(datesWritten(new Date(Date.now() + (random() - 0.5) * 200_000)))) };

  const inLegacy = async (): Promise<void> => {
    const type = anyType();
    const collection = mongo.client.db().collection(collections[type]);
    const found = await collection.find({}, { sort: { _id: 1 } }).toArray();
    const dice = random();
    if (found.length === 0 || dice < 0.12) {
      const document = type === 'listing' ? property() : contact();
      await insert(mongo, { [collections[type]]: [{ ...document, ...dated() }] });
      note('legacy', type, (document as Record<string, unknown>)[identities[type]] as string, 'insert', null);
      return;
    }
    const document = pick(found);
    const name = document[identities[type]] as string;
    if (dice < 0.22) {
      await collection.deleteOne({ _id: document._id });
      note('legacy', type, name, 'delete', null);
      return;
    }
    const chosen = pick(fields[type]);
    const edited = fields[type].filter((field) => field === chosen || random() < 0.3);
    // Sometimes they change their mind at once, so that openhouse never sees the value in between.
    const times = random() < 0.1 ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const before = (await collection.findOne({ _id: document._id })) ?? document;
      const pathIn = ({ path, made }: Field) =>
        made !== undefined && before[made.split('.')[0]!] != null ? made : path;
      const edits = [];
      for (const field of edited) edits.push({ field, value: await nextValue('legacy', type, name, field) });
      const set = Object.fromEntries(edits.map(({ field, value }) => [pathIn(field), pick(field.written)(value)]));
      const date = dated();
      const now = await thingsNow(type, name);
      const found = await collection.findOneAndUpdate({ _id: document._id }, { $set: { ...set, ...date } });
      if (found === null) return;
      for (const { field, value } of edits) {
        const from = field.read(valueAt(found, pathIn(field)));
        if (sameMeaning(from, value)) continue;
        const when = { ...now(field.field), from, undated: Object.keys(date).length === 0 };
        note('legacy', type, name, field.field, value, when);
      }
    }
  };

  const inOpenhouse = async (): Promise<void> => {
    const type = anyType();
    const context = { ...byPerson, correlationId: `deed ${++said}`, causationId: `deed ${said}` };
    if (type === 'lead' && random() < 0.15) {
      const email = `born${said}@example.com`;
      const known = { firstName: 'Ben', lastName: 'Cole', email, leadStage: 'New' as const };
      const command = { type: 'RecordLead' as const, contactKey: `born-${said}`, fields: known };
      await execute(store, leads, command.contactKey, [command], context);
      note('openhouse', type, email, 'insert', null);
      return;
    }
    const records = await recordsOf(world, type);
    if (records.length === 0) return;
    const { key, name } = pick(records);
    if (random() < 0.08) {
      const done = await correct(store, type, key, hidden[type], context);
      if (done.outcome === 'done') note('openhouse', type, name, 'delete', null);
      return;
    }
    const field = pick(fields[type]);
    const times = random() < 0.1 ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const value = await nextValue('openhouse', type, name, field);
      const ids = { correlationId: `deed ${++said}`, causationId: `deed ${said}` };
      const done = await correct(store, type, key, { [field.field]: value }, { ...context, ...ids });
      if (done.outcome === 'done') note('openhouse', type, name, field.field, value);
    }
  };

  return { deeds: deeds as readonly Deed[], inLegacy, inOpenhouse, pick };
};

/** The records of a type, by what both sides call them, and what they said when they began here. */
export const recordsOf = async (
  { events }: Pick<World, 'events'>,
  type: 'listing' | 'lead',
): Promise<
  readonly { readonly key: string; readonly name: string; readonly began: Readonly<Record<string, unknown>> }[]
> => {
  const found = new Map<string, Readonly<Record<string, unknown>>>();
  for (const {
    streamName,
    type: event,
    event: { data },
  } of await events()) {
    if (event !== 'ListingEntered' && event !== 'LeadCaptured') continue;
    if (!streamName.startsWith(`${type}-`)) continue;
    found.set(streamName.slice(type.length + 1), data as Readonly<Record<string, unknown>>);
  }
  return [...found].map(([key, began]) => ({ key, name: String(began.listingId ?? began.email ?? ''), began }));
};
