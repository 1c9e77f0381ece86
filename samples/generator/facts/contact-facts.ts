import { befalls } from '../dirt.ts';
import { emailOf, type Language, type Person, phoneOf, someone } from '../people.ts';
import { someTown, type Town } from '../places.ts';
import { random } from '../random.ts';
import { between, createdAt, DAY, FIRST_DUMP, HOUR, LATER_DUMP } from '../timeline.ts';
import type { World } from '../world.ts';
import { someAgent } from './agent-facts.ts';

export type LeadStage =
  | 'new'
  | 'Attempted'
  | 'Contacted'
  | 'nurture'
  | 'Hot'
  | 'Appt'
  | 'Under Contract'
  | 'Closed'
  | 'Trash';
export type LeadSource = 'zillow' | 'realtor.com' | 'Website' | 'referral' | 'Open House' | 'Facebook';

/** What a contact is looking for. */
export type Wants = { towns: Town[]; areas: string[]; budget?: { min: number; max: number }; bedsMin?: number };

export type Note = { text: string; agent: number; at: number };

/** The facts about a lead, before the old CRM's ways of writing them. */
export type ContactFacts = {
  person: Person;
  email: string;
  phone: string;
  source?: LeadSource;
  stage: LeadStage;
  /** The number of the agent who owns the lead. */
  agent?: number;
  wants: Wants;
  timeframe?: string;
  language?: Language;
  tags: string[];
  optedOut: boolean;
  notes: Note[];
  createdAt: number;
  updatedAt: number;
};

/** The number of the contact that contact `index` duplicates, if any. */
export function doubleOfContact(world: World, index: number): number | undefined {
  if (index < 3 || index >= world.contacts || !befalls(world, 'contact entered twice', index, 0.08)) return undefined;
  const first = random(world.seed, 'contact', index, 'double of').int(0, index - 1);
  return befalls(world, 'contact entered twice', first, 0.08) ? undefined : first;
}

/** What contact number `index` is looking for. */
export function contactWants(world: World, index: number): Wants {
  const r = random(world.seed, 'contact', index, 'wants');
  const towns = [someTown(r)];
  if (r.chance(0.5)) towns.push(someTown(r));
  if (r.chance(0.2)) towns.push(someTown(r));
  const different = [...new Set(towns)];
  const areas = different.map((town) => town.city);
  if (r.chance(0.3)) areas.push(r.pick(different[0]!.zips));
  const max = Math.round((different[0]!.median * (1.05 + r.bell() * 0.6)) / 10_000) * 10_000;
  const min = Math.round((max * (0.35 + r.next() * 0.35)) / 10_000) * 10_000;
  return {
    towns: different,
    areas: r.chance(0.9) ? areas : [],
    ...(r.chance(0.85) ? { budget: { min, max } } : {}),
    ...(r.chance(0.6) ? { bedsMin: r.int(1, 4) } : {}),
  };
}

/** Who contact number `index` is, and how to reach them. A duplicate is the same person. */
export function contactPerson(world: World, index: number): { person: Person; email: string; phone: string } {
  const self = doubleOfContact(world, index) ?? index;
  const r = random(world.seed, 'contact', self, 'person');
  const person = someone(r);
  return { person, email: emailOf(person, self, r), phone: phoneOf(r) };
}

/** Contact number `index` as of the first dump (or, if numbered after those, as of its capture). */
export function contactFacts(world: World, index: number): ContactFacts {
  const r = random(world.seed, 'contact', index);
  const captured = createdAt(world, 'contact', index);
  const now = index < world.contacts ? FIRST_DUMP : LATER_DUMP;
  const age = (now - captured) / DAY;
  const stage = r.among(stageAt(age));
  const who = contactPerson(world, index);
  const agent = r.chance(ownedAt(stage)) ? someAgent(world, captured, r) : undefined;
  const quiet = stage === 'new' && agent === undefined;
  const updatedAt = quiet ? captured : between(captured + HOUR, Math.min(now - 2 * HOUR, captured + 400 * DAY), r);
  return {
    ...who,
    ...(r.chance(0.92) ? { source: r.weighted<LeadSource>(sources) } : {}),
    stage,
    ...(agent === undefined ? {} : { agent }),
    wants: contactWants(world, index),
    ...(r.chance(0.75) ? { timeframe: r.pick(['0-3 months', '3-6 months', 'ASAP', '6mo+']) } : {}),
    ...(r.chance(quiet ? 0.9 : 0.7) ? { language: who.person.language } : {}),
    tags: r.chance(0.5)
      ? r.some(
          ['buyer', 'seller', 'investor', 'first-time', 'relocating', 'snowbird', 'cash', 'VIP', 'renter'],
          r.int(1, 3),
        )
      : [],
    optedOut: r.chance(stage === 'Trash' ? 0.35 : stage === 'new' ? 0.02 : 0.06),
    notes: r.chance(0.3) ? notes(r.int(1, 2), captured, updatedAt, world, index) : [],
    createdAt: captured,
    updatedAt: Math.max(updatedAt, captured),
  };
}

const sources = [
  ['zillow', 34],
  ['realtor.com', 16],
  ['Website', 22],
  ['referral', 12],
  ['Open House', 8],
  ['Facebook', 8],
] as const;

/** How likely a lead at this stage has an owner: about a third of all leads do. */
function ownedAt(stage: LeadStage): number {
  if (stage === 'new') return 0.08;
  if (stage === 'Hot' || stage === 'Appt' || stage === 'Under Contract') return 0.95;
  return { Attempted: 0.25, Contacted: 0.5, nurture: 0.3, Closed: 0.45, Trash: 0.1 }[stage];
}

/** The stages of leads captured this many days ago, in percent. */
function stageAt(days: number): Partial<Record<LeadStage, number>> {
  if (days < 30) return { new: 70, Attempted: 10, Contacted: 10, Hot: 6, Trash: 4 };
  if (days < 180) {
    return { new: 6, Attempted: 20, Contacted: 20, nurture: 26, Hot: 6, Appt: 5, 'Under Contract': 3, Trash: 14 };
  }
  return { nurture: 38, Attempted: 16, Contacted: 10, Closed: 14, Trash: 22 };
}

const noteTexts = [
  'Wants a pool, no HOA over $500.',
  'Relocating from New Jersey; flies in next month.',
  'Pre-approved with a local credit union.',
  'Habla español; llamar después de las 6.',
  'Left voicemail, will try again.',
  'Prefere WhatsApp; não ligar antes das 10.',
  'Needs to sell the condo first.',
  'Loved the house on Banyan, too far from the kids’ school.',
];

function notes(count: number, from: number, to: number, world: World, index: number): Note[] {
  return Array.from({ length: count }, (_, n) =>
    noteOf(world, index, n, between(from, to, random(world.seed, 'note at', index, n))),
  ).sort((a, b) => a.at - b.at);
}

/** Note number `n` on contact number `index`. */
export function noteOf(world: World, index: number, n: number | string, at: number): Note {
  const r = random(world.seed, 'note', index, n);
  return { text: r.pick(noteTexts), agent: someAgent(world, at, r), at };
}
