/** The seven collections of the old CRM, in the order in which they are written. */
export const collections = [
  'users',
  'properties',
  'contacts',
  'savedsearches',
  'leadassignments',
  'activities',
  'alerts_sent',
] as const;

export type Collection = (typeof collections)[number];

/** `first`: the database at first. `later`: the same database two weeks later. */
export type Stage = 'first' | 'later';

/** How often each oddity was written: `properties.price` → `thousands` → 12. Clean forms are not counted. */
export type Tally = Record<string, Record<string, number>>;

/** Everything that a record depends on besides its own number. */
export type World = {
  seed: string;
  /** How many of each the first dump has; later ones are numbered after them. */
  listings: number;
  contacts: number;
  agents: number;
  /** 0 (every field in its clean shape) to 1 (every documented oddity, often). */
  dirt: number;
  stage: Stage;
  /** Counts the oddities as they are written. */
  tally: Tally;
};

/** How many listings come on the market between the two dumps. */
const laterListings = (world: World) => (world.listings === 0 ? 0 : Math.max(3, Math.round(world.listings / 20)));

/** How many contacts are captured between the two dumps. */
const laterContacts = (world: World) => (world.contacts === 0 ? 0 : Math.max(2, Math.round(world.contacts / 33)));

/** How many listings there are at this stage, including removed ones. */
export const listingCount = (world: World) => world.listings + (world.stage === 'later' ? laterListings(world) : 0);

/** How many contacts there are at this stage. */
export const contactCount = (world: World) => world.contacts + (world.stage === 'later' ? laterContacts(world) : 0);
