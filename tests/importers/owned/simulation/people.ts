import { leads } from '../../../../commands/aggregates.ts';
import { correct } from '../../../../commands/corrections/correct.ts';
import { execute } from '../../../../commands/execute.ts';
import { datesWritten } from '../../support/dates-written.ts';
import { contact, property, user } from '../../support/documents.ts';
import { byPerson } from '../../support/importer.ts';
import { insert } from '../../support/live.ts';
import type { World } from './world.ts';

/** Something that somebody did, in the order in which they did. Each value is used only once. */
export type Deed = {
  readonly side: 'legacy' | 'openhouse';
  readonly type: 'listing' | 'lead';
  /** What a record is called on both sides: the MLS number, or the e-mail address. */
  readonly name: string;
  /** In openhouse's terms; `insert` and `delete` are of the whole record. */
  readonly field: string;
  readonly value: unknown;
};

type Field = {
  readonly field: string;
  readonly path: string;
  /** Where a document that openhouse made has it instead. */
  readonly made?: string;
  /** A value in openhouse, from a number. */
  readonly value: (n: number) => unknown;
  /** Ways in which the old CRM may have it. */
  readonly written: readonly ((value: unknown) => unknown)[];
};

const letters = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
const dollars = (value: unknown) => `$${Number(value).toLocaleString('en-US')}`;
const asIs = (value: unknown) => value;

export const fields: Readonly<Record<'listing' | 'lead', readonly Field[]>> = {
  listing: [
    { field: 'listPrice', path: 'price', value: (n) => 200_000 + n, written: [asIs, dollars, String] },
    { field: 'publicRemarks', path: 'description', value: (n) => `Remark number ${n}`, written: [asIs] },
    { field: 'livingArea', path: 'sqft', value: (n) => 1_000 + n, written: [asIs, (v) => `${String(v)} sqft`] },
  ],
  lead: [
    { field: 'firstName', path: 'name', value: (n) => `Ana${letters(n)}`, written: [(v) => `${String(v)} López`] },
    {
      field: 'listPriceMax',
      path: 'priceMax',
      made: 'budget.max',
      value: (n) => 300_000 + n,
      written: [asIs, dollars],
    },
    { field: 'tags', path: 'tags', value: (n) => [`tag ${letters(n)}`], written: [asIs] },
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
  const { store, mongo } = world;
  const pick = <One>(among: readonly One[]): One => among[Math.floor(random() * among.length)]!;
  const anyType = () => pick(['listing', 'lead'] as const);
  const note = (side: Deed['side'], type: Deed['type'], name: string, field: string, value: unknown) =>
    deeds.push({ side, type, name, field, value });

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
    const edits = fields[type]
      .filter((field) => field === chosen || random() < 0.3)
      .map((field) => ({ ...field, value: field.value(++said) }));
    const set = Object.fromEntries(
      edits.map(({ path, made, written, value }) => [
        made !== undefined && document[made.split('.')[0]!] != null ? made : path,
        pick(written)(value),
      ]),
    );
    await collection.updateOne({ _id: document._id }, { $set: { ...set, ...dated() } });
    for (const edit of edits) note('legacy', type, name, edit.field, edit.value);
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
    const value = field.value(said);
    const done = await correct(store, type, key, { [field.field]: value }, context);
    if (done.outcome === 'done') note('openhouse', type, name, field.field, value);
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
