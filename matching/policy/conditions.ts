import zipcodes from 'zipcodes';
import type { Policy, PolicyRule, RuleConditions } from '../../domain/routing-policy/index.ts';
import type { LeadToMatch } from '../agent-fit.ts';
import { sameName } from '../words.ts';
import { atWork, localTime } from '../working-hours.ts';

/** What conditions use of a lead, besides what agents are compared with. */
export type LeadToRoute = LeadToMatch & {
  readonly leadSource?: string | null;
  /** When the lead came (or came back). */
  readonly capturedAt?: Date | null;
};

/** What conditions use of the brokerage. */
export type RouteContext = {
  /** The office of each member; a person who is not in it is not of the brokerage. */
  readonly offices: ReadonlyMap<string, string | null>;
  readonly timeZone: string;
  readonly now: Date;
  /** Providers rejected this lead's offers because of their content, so no more agents are asked. */
  readonly offerRejected?: boolean;
};

/** The first rule whose conditions hold; `null` if none does. */
export const ruleFor = ({ rules }: Policy, lead: LeadToRoute, context: RouteContext): PolicyRule | null =>
  rules.find(({ when }) => when === undefined || holds(when, lead, context)) ?? null;

/** A condition on an unknown value of the lead does not hold. */
const holds = (when: RuleConditions, lead: LeadToRoute, { offices, timeZone, now }: RouteContext): boolean => {
  const { listing } = lead;
  const at = lead.capturedAt ?? now;
  const listAgentKey = listing?.listAgentKey ?? null;
  return (
    any(when.sources, (source) => sameName(source, lead.leadSource ?? '')) &&
    inArea(when, lead) &&
    inPrice(when.price, lead) &&
    any(when.propertyTypes, (type) => type === listing?.propertyType) &&
    (when.listingAgents === undefined ||
      (listAgentKey !== null &&
        (when.listingAgents === 'ours' ? offices.has(listAgentKey) : when.listingAgents.includes(listAgentKey)))) &&
    any(when.listingOffices, (office) => listAgentKey !== null && offices.get(listAgentKey) === office) &&
    any(when.days, (day) => localTime(at, timeZone).day === day) &&
    (when.hours === undefined || atWork(daily(when.hours), at, timeZone))
  );
};

const any = <Value>(wanted: readonly Value[] | undefined, holdsOf: (value: Value) => boolean): boolean =>
  wanted === undefined || wanted.some(holdsOf);

const inArea = ({ cities, postalCodes }: RuleConditions, { listing, ...lead }: LeadToRoute): boolean => {
  if (cities === undefined && postalCodes === undefined) return true;
  const zips = [...(lead.postalCodes ?? []), listing?.postalCode ?? ''].map((zip) => zip.slice(0, 5)).filter(Boolean);
  const places = [...(lead.cities ?? []), listing?.city ?? '', ...zips.map((zip) => zipcodes.lookup(zip)?.city ?? '')];
  return (
    (postalCodes?.some((zip) => zips.includes(zip)) ?? false) ||
    (cities?.some((city) => places.some((place) => place !== '' && sameName(place, city))) ?? false)
  );
};

const inPrice = (price: RuleConditions['price'], { listPriceMin, listPriceMax, listing }: LeadToRoute): boolean => {
  if (price === undefined) return true;
  const asked = listing?.listPrice ?? null;
  const min = listPriceMin ?? listPriceMax ?? asked;
  const max = listPriceMax ?? listPriceMin ?? asked;
  return min !== null && max !== null && max >= (price.min ?? 0) && min <= (price.max ?? Number.POSITIVE_INFINITY);
};

const daily = (span: [string, string]) =>
  ({ mon: span, tue: span, wed: span, thu: span, fri: span, sat: span, sun: span }) as const;
