import { join } from 'node:path';
import type { Document } from 'bson';
import { contactDocument } from './documents/contact-document.ts';
import { activityDocument, alertDocument, assignmentDocument } from './documents/history-documents.ts';
import { listingDocument } from './documents/listing-document.ts';
import { searchDocument } from './documents/search-document.ts';
import { userDocument } from './documents/user-document.ts';
import { writeCollection } from './dump-writer.ts';
import { alertsOf, searchersOf } from './facts/alert-facts.ts';
import { contactNow } from './facts/contact-changes.ts';
import { activitiesOf, assignmentsOf } from './facts/history-facts.ts';
import { listingNow } from './facts/listing-changes.ts';
import { searchCountNow, searchNow } from './facts/search-facts.ts';
import {
  type Collection,
  collections,
  contactCount,
  listingCount,
  type Stage,
  type Tally,
  type World,
} from './world.ts';

/** The name of the database in the dump: documents land in `<folder>/legacy/<collection>.bson`. */
const DATABASE = 'legacy';

export type SampleOptions = {
  /** Where the dump is written; created if missing. Earlier sample files in it are replaced, other files are left alone. */
  folder: string;
  /** The number of documents in `properties` in the first dump (the later one has about 5 % more). */
  listings: number;
  /** The number of documents in `contacts` in the first dump (the later one has about 3 % more). */
  contacts: number;
  /** The number of documents in `users`: by default one per 24 contacts, from 5 to 400. At least 1. */
  agents?: number;
  /** The same seed and options produce the same dump, on every machine. */
  seed: number | string;
  /** 0: every field in its clean shape. 1: every oddity of the old CRM, often. 0.3 is typical. */
  dirt: number;
  /** `later`: the same database two weeks later; unchanged documents have the same bytes. Default `first`. */
  stage?: Stage;
  /** Writes `.bson.gz` as `mongodump --gzip` does: all collections, or the ones named. */
  gzip?: boolean | readonly Collection[];
  /** Called now and then with the progress, in records processed (not documents written). */
  onProgress?(done: number, total: number): void;
};

export type SampleSummary = {
  folder: string;
  database: string;
  stage: Stage;
  seed: string;
  dirt: number;
  /** Documents written, by collection. */
  documents: Record<Collection, number>;
  /** Bytes of BSON (before compression), by collection. */
  bytes: Record<Collection, number>;
  /** How often each oddity was written: `properties.price` → `Call` → 3. Empty at dirt 0. */
  oddities: Tally;
  /** What happened since the first dump, by collection: `properties` → `price drop` → 21. Empty for the first dump. */
  changes: Partial<Record<Collection, Record<string, number>>>;
};

/**
 * Writes a MongoDB dump of a fictional South Florida brokerage's old CRM, as `mongodump` would: seven collections with five
 * years of history. Streams: memory does not grow with the size. Throws a RangeError that names any option out of range, and
 * the file system's error if the folder cannot be written.
 *
 * On the command line: `openhouse sample <folder> --listings N --contacts N [--agents N] --seed S --dirt 0..1
 * [--later] [--gzip]`.
 */
export async function writeSample(options: SampleOptions): Promise<SampleSummary> {
  const world = worldOf(options);
  const changes: SampleSummary['changes'] = {};
  const counted = (collection: Collection, change: string | undefined) => {
    if (change === undefined) return;
    changes[collection] ??= {};
    const of = changes[collection];
    of[change] = (of[change] ?? 0) + 1;
  };
  const total = world.agents + listingCount(world) * 2 + contactCount(world) * 4;
  let done = 0;
  const step = () => {
    done += 1;
    if (done % 1000 === 0 || done === total) options.onProgress?.(done, total);
  };
  const documents = {} as Record<Collection, number>;
  const bytes = {} as Record<Collection, number>;
  for (const collection of collections) {
    const gzip = options.gzip === true || (Array.isArray(options.gzip) && options.gzip.includes(collection));
    const source = documentsOf[collection](world, step, (change) => counted(collection, change));
    const written = await writeCollection(join(options.folder, DATABASE), collection, source, {
      gzip,
      seed: world.seed,
    });
    documents[collection] = written.documents;
    bytes[collection] = written.bytes;
  }
  return {
    folder: options.folder,
    database: DATABASE,
    stage: world.stage,
    seed: world.seed,
    dirt: world.dirt,
    documents,
    bytes,
    oddities: world.tally,
    changes,
  };
}

function worldOf(options: SampleOptions): World {
  const whole = (name: string, value: number, least: number) => {
    if (Number.isSafeInteger(value) && value >= least && value <= 10_000_000) return value;
    throw new RangeError(`${name} must be a whole number from ${least} to 10000000, not ${value}`);
  };
  if (!(options.dirt >= 0 && options.dirt <= 1))
    throw new RangeError(`dirt must be a number from 0 to 1, not ${options.dirt}`);
  const contacts = whole('contacts', options.contacts, 0);
  return {
    seed: String(options.seed),
    listings: whole('listings', options.listings, 0),
    contacts,
    agents: whole('agents', options.agents ?? Math.max(5, Math.min(400, Math.round(contacts / 24))), 1),
    dirt: options.dirt,
    stage: options.stage ?? 'first',
    tally: {},
  };
}

type Source = (world: World, step: () => void, changed: (change: string | undefined) => void) => Generator<Document>;

const documentsOf: Record<Collection, Source> = {
  *users(world, step) {
    for (let i = 0; i < world.agents; i++, step()) yield userDocument(world, i);
  },
  *properties(world, step, changed) {
    for (let i = 0; i < listingCount(world); i++, step()) {
      const { facts, change } = listingNow(world, i);
      changed(change);
      if (facts) yield listingDocument(world, i, facts);
    }
  },
  *contacts(world, step, changed) {
    for (let i = 0; i < contactCount(world); i++, step()) {
      const { facts, change } = contactNow(world, i);
      changed(change);
      yield contactDocument(world, i, facts);
    }
  },
  *savedsearches(world, step, changed) {
    for (let i = 0; i < contactCount(world); i++, step()) {
      for (let n = 0; n < searchCountNow(world, i); n++) {
        const { facts, change } = searchNow(world, i, n);
        changed(change);
        yield searchDocument(world, n, facts);
      }
    }
  },
  *leadassignments(world, step) {
    for (let i = 0; i < contactCount(world); i++, step()) {
      for (const row of assignmentsOf(world, i, contactNow(world, i))) yield assignmentDocument(world, i, row);
    }
  },
  *activities(world, step) {
    for (let i = 0; i < contactCount(world); i++, step()) {
      for (const row of activitiesOf(world, i, contactNow(world, i))) yield activityDocument(world, i, row);
    }
  },
  *alerts_sent(world, step) {
    const searchers = searchersOf(world);
    for (let i = 0; i < listingCount(world); i++, step()) {
      for (const row of alertsOf(world, searchers, i)) yield alertDocument(world, i, row);
    }
  },
};
