import { emailOf, type Language, type Person, personSpeaking, phoneOf } from '../people.ts';
import { homeTowns } from '../places.ts';
import { type Random, random } from '../random.ts';
import { between, DAY, FIRST_DUMP, HISTORY, workingHour } from '../timeline.ts';
import type { World } from '../world.ts';

/** The facts about someone who works at the brokerage. */
export type AgentFacts = {
  person: Person;
  email: string;
  phone: string;
  roles: ('agent' | 'admin')[];
  active: boolean;
  slackId: string;
  licenseNo?: string;
  areas: string[];
  specialties: string[];
  languages: Language[];
  priceRange?: { min: number; max: number };
  maxLeads?: number;
  /** The period away from work, in ms. */
  vacation?: { from: number; to: number };
  hours: { days: readonly string[]; from: number; to: number };
  createdAt: number;
  updatedAt: number;
};

const ranges = [
  { min: 100_000, max: 450_000 },
  { min: 250_000, max: 700_000 },
  { min: 400_000, max: 1_200_000 },
  { min: 150_000, max: 900_000 },
  { min: 800_000, max: 6_000_000 },
];

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri'];

/**
 * Person number `index` at the brokerage. Number 0 is the office administrator, who takes no leads; one in nine has left;
 * about one in eight is away when the dumps are taken, a third of those for months. With enough agents, every town is
 * covered and every language is spoken.
 */
export function agentFacts(world: World, index: number): AgentFacts {
  const r = random(world.seed, 'agent', index);
  const language = (['en', 'es', 'en', 'pt', 'es', 'fr', 'ht', 'en', 'ru', 'es', 'en', 'it'] as const)[index % 12]!;
  const person = personSpeaking(language, r);
  const adminOnly = index === 0 && world.agents > 1;
  const towns = [homeTowns[index % homeTowns.length]!, ...r.some(homeTowns, r.int(1, 3))];
  const areas = [...new Set(towns.map((town) => town.city))];
  if (r.chance(0.3)) areas.push(r.pick(towns[0]!.zips));
  const joined = joinedAt(world, index);
  const months = index % 24 === 5;
  return {
    person,
    email: emailOf(person, index, r, '.agent'),
    phone: phoneOf(r),
    roles: adminOnly ? ['admin'] : index === 7 ? ['agent', 'admin'] : ['agent'],
    active: adminOnly || index % 9 !== 4,
    slackId: `U0${slackLetters(world, index)}`,
    ...(adminOnly ? {} : { licenseNo: `SL3${(100_000 + index * 37 + r.int(0, 36)).toString().padStart(6, '0')}` }),
    areas: adminOnly ? [] : areas,
    specialties: adminOnly
      ? []
      : r.some(['Waterfront', 'First-time buyers', 'Condos', 'Luxury', 'Relocation', '55+', 'Investment'], r.int(1, 3)),
    languages: language === 'en' ? ['en'] : ['en', language],
    ...(adminOnly ? {} : { priceRange: ranges[index % ranges.length]!, maxLeads: r.pick([8, 10, 12, 15, 20, 25, 40]) }),
    ...(index % 8 === 5
      ? {
          vacation: months
            ? { from: FIRST_DUMP - 30 * DAY, to: FIRST_DUMP + 330 * DAY }
            : { from: FIRST_DUMP - r.int(1, 5) * DAY, to: FIRST_DUMP + r.int(8, 24) * DAY },
        }
      : {}),
    hours: {
      days: r.chance(0.3) ? [...weekdays, 'sat'] : weekdays,
      from: r.pick([8, 9, 9, 10]),
      to: r.pick([17, 17, 18, 19]),
    },
    createdAt: joined,
    updatedAt: between(joined, FIRST_DUMP - DAY, r),
  };
}

function slackLetters(world: World, index: number): string {
  const r = random(world.seed, 'slack', index);
  return Array.from({ length: 9 }, () => r.pick([...'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'])).join('');
}

/** When person number `index` joined, in ms: the first few were there from the start. */
function joinedAt(world: World, index: number): number {
  const r = random(world.seed, 'agent', index, 'joined');
  const into = index < 4 ? 0 : Math.floor(r.next() * r.next() * (HISTORY - 60 * DAY));
  return workingHour(FIRST_DUMP - HISTORY - DAY + into, r);
}

/** The number of an agent who takes leads and had joined by `time`. */
export function someAgent(world: World, time: number, r: Random): number {
  const least = Math.min(1, world.agents - 1);
  for (let tries = 0; tries < 8; tries++) {
    const index = r.int(least, world.agents - 1);
    if (joinedAt(world, index) <= time) return index;
  }
  return least;
}
