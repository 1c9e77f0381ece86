import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Document } from 'bson';
import { homeTowns } from '../../samples/generator/places.ts';
import { bytesById, documentsOf } from './read-dump.ts';

/**
 * The committed dumps must contain a story: alerts to send and leads to match. These checks read only what is
 * legible, so they guarantee less than an importer finds.
 */
const samples = {
  first: fileURLToPath(new URL('../../samples/legacy', import.meta.url)),
  later: fileURLToPath(new URL('../../samples/legacy-later', import.meta.url)),
};

const truthy = (value: unknown) => [true, 'Y', 1].includes(value as string);
const active = (status: unknown) => ['Active', 'active', 'A', 'ACT', 'Back on Market'].includes(status as string);
const list = (value: unknown): string[] =>
  typeof value === 'string' ? value.split(',').map((item) => item.trim()) : Array.isArray(value) ? value : [];
const cityOf = ({ address, city }: Document): string | undefined => city ?? address?.city;

const legible = ['cities', 'city', 'zips', 'zip', 'minPrice', 'maxPrice', 'minBeds'];

/** Whether a legible search matches this legible listing. */
function asksFor(query: Document, listing: Document): boolean {
  if (Object.keys(query).some((name) => !legible.includes(name))) return false;
  const places = [query.cities, query.city, query.zips, query.zip].flatMap(list);
  const place = [cityOf(listing), listing.zip ?? listing.address?.zip];
  const price = listing.price ?? listing.listPrice;
  const beds = listing.beds ?? listing.bedrooms ?? 0;
  return (
    place.some((name) => places.includes(name)) &&
    price >= Number(query.minPrice ?? 0) &&
    price <= Number(query.maxPrice ?? 1e9) &&
    (query.minBeds === undefined || (typeof beds === 'number' && beds >= Number(query.minBeds)))
  );
}

test('at least 20 active searches of leads who accept e-mail match what changed', async () => {
  const before = await bytesById(samples.first, 'properties');
  const news: Document[] = [];
  const after = await bytesById(samples.later, 'properties');
  const documents = await documentsOf(samples.later, 'properties');
  for (const document of documents) {
    const id = `${typeof document._id} ${document._id}`;
    const price = document.price ?? document.listPrice;
    if (before.get(id)?.equals(after.get(id)!) || !active(document.status) || typeof price !== 'number' || price < 1000)
      continue;
    if (!truthy(document.deleted ?? document.isDeleted)) news.push(document);
  }
  assert.ok(news.length >= 20, `${news.length} homes with news`);

  const contacts = new Map<string, Document>();
  for (const contact of await documentsOf(samples.later, 'contacts')) {
    contacts.set(String(contact._id), contact);
    if (typeof contact.email === 'string') contacts.set(contact.email.trim().toLowerCase(), contact);
  }
  const sent = new Set(
    (await documentsOf(samples.later, 'alerts_sent')).map(({ searchId, propertyId }) => `${searchId} ${propertyId}`),
  );
  const matched = (await documentsOf(samples.later, 'savedsearches')).filter((search) => {
    const lead = contacts.get(String(search.contactId ?? search.contact ?? search.userEmail));
    if (!lead || typeof lead.email !== 'string' || !lead.email.includes('@example.')) return false;
    if (
      truthy(lead.emailOptOut ?? lead.unsubscribed) ||
      lead.stage === 'DNC' ||
      !truthy(search.active) ||
      search.frequency === 'never'
    )
      return false;
    const query = typeof search.query === 'string' ? JSON.parse(search.query) : search.query;
    return news.some((listing) => asksFor(query, listing) && !sent.has(`${search._id} ${listing._id}`));
  });
  assert.ok(matched.length >= 20, `${matched.length} searches`);
});

for (const stage of ['first', 'later'] as const) {
  test(`at least 10 new leads of the ${stage} dump are waiting for an agent, with known area, budget and language`, async () => {
    const offered = new Set(
      (await documentsOf(samples[stage], 'leadassignments')).map(({ contactId }) => String(contactId)),
    );
    const waiting = (await documentsOf(samples[stage], 'contacts')).filter(
      (lead) =>
        ['new', 'New Lead'].includes(lead.stage ?? lead.type ?? lead.status) &&
        (lead.assignedTo ?? lead.agent) === undefined &&
        !offered.has(String(lead._id)) &&
        lead.areas !== undefined &&
        (lead.budget ?? lead.priceMin) !== undefined &&
        lead.language !== undefined &&
        !truthy(lead.emailOptOut ?? lead.unsubscribed),
    );
    assert.ok(waiting.length >= 10, `${waiting.length} leads`);
  });
}

test('the agents cover every town and several languages; some are away, have left, or are only administrators', async () => {
  const users = await documentsOf(samples.first, 'users');
  assert.equal(users.length, 25);
  const working = users.filter((user) => truthy(user.active) && list(user.areas).length > 0);
  const covered = new Set(working.flatMap(({ areas }) => list(areas)));
  for (const { city } of homeTowns) assert.ok(covered.has(city), city);
  const spoken = new Set(
    working.flatMap(({ languages }) => list(languages).map((language) => language.slice(0, 2).toLowerCase())),
  );
  for (const language of ['en', 'es', 'po', 'fr'])
    assert.ok(spoken.has(language) || (language === 'po' && spoken.has('pt')), language);
  const taken = new Date('2026-09-21');
  assert.ok(users.filter(({ vacation }) => vacation && new Date(vacation.to) > taken).length >= 1, 'away for long');
  assert.ok(users.filter(({ vacation }) => vacation).length >= 2, 'away');
  assert.ok(users.filter(({ active }) => !truthy(active)).length >= 2, 'left');
  assert.equal(
    users.filter(({ roles, areas }) => [roles].flat().join() === 'admin' && list(areas).length === 0).length,
    1,
  );
  assert.ok(working.every(({ maxLeads, priceRange }) => maxLeads > 0 && priceRange.min < priceRange.max));
});
