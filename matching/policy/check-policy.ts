import { isActive, isAgent } from '../../domain/agent/index.ts';
import { minutesOf, type Policy, type PolicyRule, type RuleConditions } from '../../domain/routing-policy/index.ts';
import { sameName } from '../words.ts';
import { isInStep, type PolicyMember, personOf } from './members.ts';

/**
 * A problem with a policy: an `error` prevents publishing, a `warning` is only reported. `path` leads to its place in
 * the document: `['rules', 0, 'chain', 1, 'offerTo', 'agents', 0]`.
 */
export type PolicyProblem = {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly path: readonly (string | number)[];
  readonly message: string;
};

type Path = PolicyProblem['path'];

/** All problems with a policy that its schema cannot find: unknown people and contradictions. */
export const checkPolicy = (policy: Policy, members: readonly PolicyMember[]): readonly PolicyProblem[] => {
  const problems: PolicyProblem[] = [];
  const error = (code: string, path: Path, message: string) =>
    problems.push({ severity: 'error', code, path, message });
  const warn = (code: string, path: Path, message: string) =>
    problems.push({ severity: 'warning', code, path, message });
  const byKey = new Map(members.map((member) => [member.memberKey, member]));

  const person = (escalateTo: string, path: Path) => {
    if (personOf(escalateTo, members) !== null) return;
    if (escalateTo === 'broker') {
      error('no-end', path, 'no active member has the role broker, owner, manager or admin: name a person');
    } else error(...missingEnd(byKey.get(escalateTo), escalateTo, path));
  };
  const agent = (key: string, path: Path) => {
    const member = byKey.get(key);
    if (member === undefined) error('agent-unknown', path, `there is no agent ${key}`);
    else if (!isActive(member)) warn('agent-inactive', path, `${nameOf(member)} is no longer with the brokerage`);
    else if (!isAgent(member)) warn('not-an-agent', path, `${nameOf(member)} is not an agent, and gets no offers`);
  };

  person(policy.escalateTo, ['escalateTo']);
  if (Object.values(policy.weights).every((points) => points === 0)) {
    warn('no-weights', ['weights'], 'nothing gives any points: all agents are equal');
  }
  const { remindAfter, escalateAfter } = policy.firstResponse ?? {};
  if (remindAfter && escalateAfter && minutesOf(remindAfter) >= minutesOf(escalateAfter)) {
    error('contradiction', ['firstResponse', 'remindAfter'], 'the reminder comes after the escalation');
  }

  const firstWithName = new Map<string, number>();
  for (const [index, rule] of policy.rules.entries()) {
    const at: Path = ['rules', index];
    const first = firstWithName.get(rule.name);
    if (first !== undefined) error('name-twice', [...at, 'name'], `rule ${first + 1} is called ${rule.name} too`);
    firstWithName.set(rule.name, first ?? index);
    const before = policy.rules.slice(0, index).findIndex((earlier) => takesAll(earlier.when, rule.when));
    if (before !== -1) {
      const { name } = policy.rules[before]!;
      error('never-reached', [...at, 'name'], `no lead comes to this rule: "${name}" takes all of them before it`);
    }
    if (rule.escalateTo !== undefined) person(rule.escalateTo, [...at, 'escalateTo']);
    if (Array.isArray(rule.when?.listingAgents)) {
      for (const [place, key] of rule.when.listingAgents.entries()) agent(key, [...at, 'when', 'listingAgents', place]);
    }
    checkChain(rule, at, members, { error, warn, agent });
  }
  if (!policy.rules.some(({ when }) => when === undefined || Object.keys(when).length === 0)) {
    warn('not-for-all', ['rules'], 'a lead that matches no rule is escalated at once (escalateTo)');
  }
  return problems;
};

type Say = (code: string, path: Path, message: string) => void;

const checkChain = (
  { chain, when }: PolicyRule,
  at: Path,
  members: readonly PolicyMember[],
  { error, warn, agent }: { error: Say; warn: Say; agent: (key: string, path: Path) => void },
) => {
  for (const [index, step] of chain.entries()) {
    const path: Path = [...at, 'chain', index];
    const { offerTo, turns } = step;
    const named = typeof offerTo === 'string' ? [] : (offerTo.agents ?? []);
    for (const [place, key] of named.entries()) agent(key, [...path, 'offerTo', 'agents', place]);
    for (const key of Object.keys(turns ?? {})) {
      agent(key, [...path, 'turns', key]);
      const member = members.find(({ memberKey }) => memberKey === key);
      if (member !== undefined && !isInStep(step, member, null)) {
        error('contradiction', [...path, 'turns', key], `the step does not offer leads to ${nameOf(member)}`);
      }
    }
    if (step.answerWithin === undefined) {
      const message = 'the offer stays open for as long as no one accepts it, and no person gets the lead';
      warn('no-deadline', [...path, 'answerWithin'], message);
    }
    if (offerTo === 'listingAgent') {
      if (when?.listingAgents === undefined) {
        warn(
          'no-listing',
          [...path, 'offerTo'],
          'leads that did not ask about a listing skip this step (when: listingAgents)',
        );
      }
      continue;
    }
    if (!members.some((member) => isActive(member) && isAgent(member) && isInStep(step, member, null))) {
      error('matches-nobody', [...path, 'offerTo'], 'no active agent is in this group');
    }
    const sameAsBefore = index > 0 && JSON.stringify(chain[index - 1]) === JSON.stringify(step);
    if (sameAsBefore && step.attempts === undefined) {
      warn('step-twice', path, 'the same as the previous step, which has already asked everyone');
    }
  }
};

const nameOf = ({ memberFullName, memberKey }: PolicyMember): string => memberFullName || memberKey;

const missingEnd = (member: PolicyMember | undefined, key: string, path: Path): [string, Path, string] =>
  member === undefined
    ? ['agent-unknown', path, `there is no one called ${key}`]
    : ['no-end', path, `${nameOf(member)} is no longer with the brokerage, and cannot be the end of a chain`];

/** Whether the earlier conditions hold for every lead for which the later ones do. */
const takesAll = (earlier: RuleConditions = {}, later: RuleConditions = {}): boolean =>
  (Object.keys(earlier) as (keyof RuleConditions)[]).every((name) => {
    if (earlier[name] === undefined) return true;
    // Cities and ZIP codes are one condition: a lead in either is in the area.
    if (name === 'cities' || name === 'postalCodes') return areaWithin(earlier, later);
    return later[name] !== undefined && within(name, earlier, later);
  });

const areaWithin = (earlier: RuleConditions, later: RuleConditions): boolean =>
  (later.cities !== undefined || later.postalCodes !== undefined) &&
  subset(later.cities ?? [], earlier.cities ?? []) &&
  subset(later.postalCodes ?? [], earlier.postalCodes ?? []);

const within = (name: keyof RuleConditions, earlier: RuleConditions, later: RuleConditions): boolean => {
  switch (name) {
    case 'price': {
      const { min = 0, max = Number.POSITIVE_INFINITY } = later.price!;
      // A lead's range has to overlap the rule's; one that overlaps the narrower range also overlaps the wider one.
      return min >= (earlier.price!.min ?? 0) && max <= (earlier.price!.max ?? Number.POSITIVE_INFINITY);
    }
    case 'hours':
      return JSON.stringify(earlier.hours) === JSON.stringify(later.hours);
    case 'listingAgents':
      if (earlier.listingAgents === 'ours') return true;
      return later.listingAgents !== 'ours' && subset(later.listingAgents!, earlier.listingAgents!);
    default:
      return subset(later[name]!, earlier[name]!);
  }
};

const subset = (some: readonly string[], all: readonly string[]): boolean =>
  some.every((one) => all.some((other) => sameName(one, other)));
