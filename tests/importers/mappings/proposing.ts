import { join } from 'node:path';
import { ObjectId } from 'bson';
import { temporaryFolder, writeDump } from '../support/dump.ts';
import { propose } from './support/propose.ts';

type Context = Parameters<typeof writeDump>[0] & Parameters<typeof temporaryFolder>[0];

export const many = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));
export const oneOf = <Item>(items: readonly Item[], n: number): Item => items[n % items.length]!;
export const id = (n: number) => new ObjectId(`65b00000000000000${String(n).padStart(7, '0')}`);
export const day = (n: number) => new Date(Date.UTC(2025, 2, 1 + n, 9));
export const names = ['Nora Quinn', 'Omar Haddad', 'Petra Vogel', 'Luis Romero', 'Ivy Tan'];

export const proposed = (t: Context, collections: Record<string, readonly object[]>) =>
  propose({ source: writeDump(t, collections as never), file: join(temporaryFolder(t), 'our.yaml') });
export type Proposed = Awaited<ReturnType<typeof proposed>>;

/** Which collections a record type is taken from, with their conditions. */
export const taken = ({ mapping }: Proposed, type: keyof Proposed['mapping']['file']) =>
  (mapping.file[type] as { collections: { name: string; where?: unknown }[] } | undefined)?.collections.map(
    ({ name, where }) => (where === undefined ? name : [name, where]),
  );
export const places = ({ mapping }: Proposed, type: 'agents' | 'leads' | 'listings' | 'activities', slot: string) =>
  (mapping.file[type]?.fields as Record<string, { from: { path: string; refersTo?: string }[] }> | undefined)?.[slot]
    ?.from;
export const understood = ({ inspection }: Proposed, name: string) =>
  inspection.collections
    .find((one) => one.name === name)
    ?.recordTypes.map(({ type, sampled, understood }) => [type, sampled, understood]);

/** Each agent has a number of its own, and listings name it. */
export const english = {
  agents: names.map((name, n) => ({
    _id: id(n),
    name,
    email: `${name.split(' ')[0]!.toLowerCase()}@harborhomes.example.com`,
    badge: `HH-${4000 + n}`,
  })),
  leads: many(20, (n) => ({
    _id: id(100 + n),
    fullName: oneOf(names, n + 1),
    mail: `lead${n}@example.com`,
    stage: oneOf(['New', 'Hot', 'Nurture'], n),
    agentEmail: `${oneOf(names, n).split(' ')[0]!.toLowerCase()}@harborhomes.example.com`,
    favouriteColour: oneOf(['red', 'green'], n),
  })),
  buyers: many(12, (n) => ({
    _id: id(200 + n),
    contactName: oneOf(names, n + 2),
    emailAddress: `buyer${n}@example.com`,
    stage: oneOf(['Hot', 'Closed'], n),
  })),
  ...Object.fromEntries(
    ['active', 'sold', 'archive'].map((which, part) => [
      `listings_${which}`,
      many(10, (n) => ({
        _id: id(1000 * (part + 1) + n),
        mlsNo: `A1${part}${String(n).padStart(5, '0')}`,
        status: which === 'active' ? 'Active' : 'Sold',
        amount: `${300 + n},000 USD`,
        sleeps: `${(n % 4) + 2} bedrooms`,
        addr: `${10 + n} Harbor Way`,
        town: 'Portland',
        soldBy: `HH-${4000 + (n % 5)}`,
      })),
    ]),
  ),
};

/** Everything in one collection, in German. */
export const german = {
  datensaetze: [
    ...names.map((name, n) => ({
      _id: id(n),
      satzart: 'MAKLER',
      name,
      mailadresse: `makler${n}@immo.example.com`,
      kuerzel: `MK${n}7`,
    })),
    ...many(15, (n) => ({
      _id: id(100 + n),
      satzart: oneOf(['KUNDE', 'INTERESSENT'], n),
      vorname: oneOf(['Anna', 'Jörg', 'Ute'], n),
      nachname: oneOf(['Müller', 'Groß', 'Yıldız', 'Krause'], n),
      mailadresse: `kunde${n}@example.com`,
      telefon: `(561) 555-02${String(10 + n)}`,
      betreuer: `MK${n % 5}7`,
    })),
    ...many(15, (n) => ({
      _id: id(200 + n),
      satzart: 'OBJEKT',
      objektnr: `RX-2${String(n).padStart(7, '0')}`,
      vermarktung: oneOf(['verfügbar', 'reserviert', 'verkauft'], n),
      kaufpreis: `${(400 + n) * 1000} USD`,
      schlafzimmer: `${(n % 4) + 1} Schlafzimmer`,
      wohnflaeche: 90 + n,
      ort: oneOf(['Boca Raton', 'Lantana'], n),
      makler: `MK${n % 5}7`,
    })),
    { _id: id(900), satzart: 'VORLAGE', html: '<p>Hallo</p>' },
  ],
};

/** The paths that feed fields of a record type, joined. */
export const pathsOf = (result: Proposed, type: 'agents' | 'leads' | 'listings', ...slots: string[]) =>
  slots.map((slot) =>
    places(result, type, slot)
      ?.map(({ path }) => path)
      .join(),
  );
