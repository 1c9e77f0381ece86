import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { buildEmail, type EmailMessage } from '../../../delivery/email/build-email.ts';
import type { Footer } from '../../../delivery/email/footer.ts';
import { greeting } from '../../../delivery/email/greeting.ts';
import { dollars } from '../../../domain/dollars.ts';
import { isPlaceholderName } from '../../../domain/identity/person-name.ts';
import { factsInWords, photoOf, publicAddressOf } from '../../../domain/listing/index.ts';
import type { ChangeType } from '../../../domain/reso.ts';
import { holdsLink, listed, oneLine, shortened, wellFormed } from '../../../platform/wording/words.ts';
import type { Home } from '../homes.ts';

/** A home in a digest: its present state, what happened to it, and which of the buyer's searches found it. */
export type DigestItem = {
  readonly home: Home;
  readonly changeType: ChangeType;
  readonly listPrice: number | null;
  readonly previousListPrice: number | null;
  readonly searches: readonly string[];
};

export type Digest = {
  readonly to: string;
  readonly firstName: string | null;
  readonly items: readonly DigestItem[];
  /** `https://crm.example.com`: the base of all links. */
  readonly baseUrl: string;
  readonly footer: Footer;
  readonly unsubscribeUrl: string;
};

const views = fileURLToPath(new URL('./templates', import.meta.url));
const html = new Eta({ views, cache: true });
const text = new Eta({ views, cache: true, autoEscape: false });

/** How many homes get a card with picture and facts; those after them get a line each, up to `lines`. */
const cards = 20;
const lines = 1_000;

/** The e-mail that tells a buyer about homes: the same input always gives exactly the same text. */
export const renderDigest = (digest: Digest): EmailMessage => {
  const shown = digest.items.map((item) => show(item, digest.baseUrl));
  const data = {
    greeting: greeting(isPlaceholderName({ firstName: digest.firstName }) ? null : digest.firstName),
    subject: subjectOf(shown),
    intro: introOf(shown),
    cards: shown.slice(0, cards),
    lines: shown.slice(cards, cards + lines),
    more: Math.max(shown.length - cards, 0).toLocaleString('en-US'),
    left: Math.max(shown.length - cards - lines, 0).toLocaleString('en-US'),
    sender: [digest.footer.name, digest.footer.postalAddress].filter((line) => line !== null),
    unsubscribeUrl: digest.unsubscribeUrl,
  };
  return buildEmail({
    to: digest.to,
    subject: data.subject,
    html: html.render('./digest-html', data),
    text: text.render('./digest-text', data),
    tag: 'alert-digest',
    headers: {
      'List-Unsubscribe': `<${digest.unsubscribeUrl}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  });
};

/** The longest that one value may be in an e-mail, in characters. */
const longest = 200;
const words = (value: string): string => shortened(oneLine(value), longest);

type Shown = ReturnType<typeof show>;

const show = ({ home, changeType, listPrice, previousListPrice, searches }: DigestItem, baseUrl: string) => {
  const now = home.listPrice ?? listPrice;
  const before = previousListPrice !== now ? previousListPrice : null;
  const kind = kindOf(changeType, before, now);
  return {
    ...kind,
    price: now === null || now === undefined ? 'Price on request' : dollars(now),
    before: before === null ? null : dollars(before),
    difference: before !== null && now ? differenceOf(before, now) : null,
    address: words(addressOf(home)),
    place: words(home.city ?? home.postalCode ?? '') || null,
    facts: factsInWords(home).join(' · '),
    bedrooms: home.bedroomsTotal ?? null,
    photo: photoOf(home),
    url: `${baseUrl}/homes/${encodeURIComponent(wellFormed(home.listingKey))}`,
    why: whyOf(searches),
  };
};

/**
 * `Your search “Boca, 3 beds”`. The name was typed by whoever created the search, perhaps with someone else's address,
 * so a name with a link is left out.
 */
const whyOf = (searches: readonly string[]): string => {
  const names = searches
    .map(words)
    .filter((name) => name !== '' && !holdsLink(name))
    .map((name) => `“${name}”`);
  if (names.length === 0) return searches.length > 1 ? 'Your saved searches' : 'Your saved search';
  return names.length < 3
    ? `${names.length > 1 ? 'Your searches' : 'Your search'} ${names.join(' and ')}`
    : `Your searches ${listed(names, { most: 1_000 })}`;
};

const kindOf = (changeType: ChangeType, before: number | null, now: number | null | undefined) => {
  switch (changeType) {
    case 'Price Change':
      return before !== null && now && now > before
        ? { label: 'Price raised', one: 'price raised', many: 'prices raised', colour: '#8a4b00' }
        : {
            label: before === null ? 'New price' : 'Price drop',
            one: 'price drop',
            many: 'price drops',
            colour: '#b3261e',
          };
    case 'Back On Market':
      return { label: 'Back on the market', one: 'back on the market', many: 'back on the market', colour: '#5b3a8c' };
    case 'Coming Soon':
      return { label: 'Coming soon', one: 'coming soon', many: 'coming soon', colour: '#00566b' };
    case 'Active':
      return { label: 'Now on the market', one: 'now on the market', many: 'now on the market', colour: '#1b6b3a' };
    case 'New Listing':
      return { label: 'New', one: 'new', many: 'new', colour: '#1b6b3a' };
    case 'Pending':
    case 'Active Under Contract':
      return { label: 'Under contract', one: 'under contract', many: 'under contract', colour: '#4d5257' };
    case 'Closed':
      return { label: 'Sold', one: 'sold', many: 'sold', colour: '#4d5257' };
    default:
      return { label: 'Off the market', one: 'off the market', many: 'off the market', colour: '#4d5257' };
  }
};

const subjectOf = (items: readonly Shown[]): string => {
  const [first] = items;
  if (items.length === 1 && first !== undefined) {
    const home = first.bedrooms ? `${first.bedrooms}-bedroom home` : 'home';
    const where = first.place === null ? '' : ` in ${first.place}`;
    const price = first.before === null ? first.price : `now ${first.price}, was ${first.before}`;
    return `${first.label}: ${home}${where}, ${price}`;
  }
  return `${items.length} homes for you: ${tally(items)}`;
};

const introOf = (items: readonly Shown[]): string =>
  items.length === 1
    ? 'There is news about a home you may like.'
    : `There is news about ${items.length} homes you may like.`;

/** `3 new, 2 price drops, 1 coming soon` */
const tally = (items: readonly Shown[]): string => {
  const counts = new Map<string, { count: number; one: string; many: string }>();
  for (const { label, one, many } of items) {
    const sofar = counts.get(label)?.count ?? 0;
    counts.set(label, { count: sofar + 1, one, many });
  }
  return [...counts.values()].map(({ count, one, many }) => `${count} ${count === 1 ? one : many}`).join(', ');
};

/** If the seller does not want the street shown, only the place. */
const addressOf = (home: Home): string => {
  const place = [home.city, [home.stateOrProvince, home.postalCode].filter(Boolean).join(' ')]
    .filter(Boolean)
    .join(', ');
  return publicAddressOf(home) ?? (place === '' ? 'Address on request' : `Address on request, ${place}`);
};

/** `−$25,000 (5%)` */
const differenceOf = (before: number, now: number): string => {
  const percent = Math.abs(((now - before) / before) * 100);
  return `${now < before ? '−' : '+'}${dollars(Math.abs(now - before))} (${percent.toFixed(percent < 10 ? 1 : 0)}%)`;
};
