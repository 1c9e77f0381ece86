import { type Random, random } from '../random.ts';
import { between, DAY, FIRST_DUMP, HOUR, toSecond } from '../timeline.ts';
import type { World } from '../world.ts';
import { someAgent } from './agent-facts.ts';
import { type ContactNow, contactNow } from './contact-changes.ts';

export type AssignmentFacts = {
  n: number;
  agent: number;
  status: 'offered' | 'accepted' | 'declined' | 'expired' | 'reassigned';
  at: number;
};
export type ActivityFacts = {
  n: number;
  type: 'call' | 'email' | 'sms' | 'note' | 'showing' | 'site_visit';
  body?: string;
  agent?: number;
  at: number;
};

/** Who contact number `index` was offered to, and who took it: the rows of the world's stage, in order. */
export function assignmentsOf(world: World, index: number, now: ContactNow): AssignmentFacts[] {
  const { facts, change, changedAt } = now;
  const r = random(world.seed, 'assignments', index);
  if (facts.agent === undefined) {
    // Some leads were offered, but no one took them.
    return facts.stage !== 'new' && r.chance(0.08)
      ? offers(world, facts.createdAt, r.pick(['declined', 'expired']), undefined, 0, r)
      : [];
  }
  if (change === 'assigned') return offers(world, changedAt! - 2 * HOUR, 'accepted', facts.agent, 0, r);
  // One in eight was assigned verbally: the contact shows it, the history does not.
  if (r.chance(0.125)) return [];
  const rows: AssignmentFacts[] = [];
  if (r.chance(0.25)) rows.push(...offers(world, facts.createdAt, r.pick(['declined', 'expired']), undefined, 0, r));
  const taken = offers(world, facts.createdAt + rows.length * HOUR, 'accepted', facts.agent, rows.length, r);
  return [...rows, ...taken];
}

function offers(
  world: World,
  from: number,
  end: 'accepted' | 'declined' | 'expired',
  agent: number | undefined,
  n: number,
  r: Random,
): AssignmentFacts[] {
  const who = agent ?? someAgent(world, from, r);
  const at = toSecond(from + r.int(20, 900) * 1000);
  const rows: AssignmentFacts[] = [
    { n, agent: who, status: 'offered', at },
    { n: n + 1, agent: who, status: end, at: toSecond(at + r.int(30, 3000) * 1000) },
  ];
  if (end === 'declined' && r.chance(0.3))
    rows.push({ n: n + 2, agent: who, status: 'reassigned', at: rows[1]!.at + 60_000 });
  return rows;
}

const bodies: Record<ActivityFacts['type'], readonly string[]> = {
  call: ['Left voicemail', 'Talked 10 min, wants to see two homes', 'No answer', 'Llamé, pidió más fotos'],
  email: ['Sent market report', 'Sent three listings', 'Asked for pre-approval letter'],
  sms: ['On my way!', 'Can you do Saturday at 11?', 'Merci, à bientôt'],
  note: ['Kids start school in August', 'Cash buyer, proof of funds seen', 'Spouse prefers a condo'],
  showing: ['Showed two homes in the morning', 'Second showing, brought parents'],
  site_visit: ['Viewed 6 listings', 'Viewed 1 listing', 'Came back after 40 days'],
};

/** The activities of contact number `index`: none to five before the first dump, and for a few one or two more after it. */
export function activitiesOf(world: World, index: number, now: ContactNow): ActivityFacts[] {
  const r = random(world.seed, 'activities', index);
  const isNew = index >= world.contacts;
  const count = isNew
    ? r.int(0, 1)
    : r.weighted([
        [0, 30],
        [1, 22],
        [2, 18],
        [3, 14],
        [4, 9],
        [5, 7],
      ] as const);
  const owner = contactOwner(world, index, now);
  const end = isNew ? FIRST_DUMP + 13.5 * DAY : FIRST_DUMP - HOUR;
  const rows = Array.from({ length: count }, (_, n) =>
    activity(n, now.facts.createdAt, Math.min(end, now.facts.createdAt + 300 * DAY), owner, r),
  );
  if (world.stage === 'later' && !isNew) {
    const later = random(world.seed, 'activities', index, 'later');
    if (later.chance(0.05)) rows.push(activity(6, FIRST_DUMP + HOUR, FIRST_DUMP + 13.5 * DAY, owner, later));
  }
  return rows;
}

/** The owner at the time of the first dump: rows written before it must not change with a later owner. */
const contactOwner = (world: World, index: number, now: ContactNow) =>
  world.stage === 'first' ? now.facts.agent : contactNow({ ...world, stage: 'first' }, index).facts.agent;

function activity(n: number, from: number, to: number, owner: number | undefined, r: Random): ActivityFacts {
  const type = r.weighted<ActivityFacts['type']>([
    ['call', 25],
    ['email', 25],
    ['sms', 15],
    ['note', 10],
    ['showing', 7],
    ['site_visit', 18],
  ]);
  const body = r.chance(0.9) ? r.pick(bodies[type]) : undefined;
  return {
    n,
    type,
    ...(body === undefined ? {} : { body }),
    ...(owner === undefined || type === 'site_visit' ? {} : { agent: owner }),
    at: between(from, to, r),
  };
}
