import assert from 'node:assert/strict';
import { test } from 'node:test';
import { footerOf, noFooter } from '../../delivery/email/footer.ts';
import type { SlackMessage } from '../../delivery/outbox.ts';
import { type DigestItem, renderDigest } from '../../schedulers/alerts/digests/digest.ts';
import { offerMessage } from '../../schedulers/lead-offers/messages/offer-message.ts';
import fc, { runs } from '../support/fast-check.ts';

const offer = (lead: object, agent: object = {}, reasons = [{ rule: 'area', points: 40, detail: 'covers 33432' }]) =>
  offerMessage({
    offerKey: 'o1',
    reasons,
    expiresAt: '2026-03-31T14:30:00.000Z',
    offeredTo: 1,
    lead: {
      contactKey: 'c1',
      firstName: 'Ana',
      lastName: 'López',
      leadStage: null,
      leadSource: null,
      timeframe: null,
      bedroomsMin: null,
      ...lead,
    },
    agent: { memberKey: 'a1', memberFullName: 'Dana', slackUserId: null, ...agent },
  }).message as SlackMessage;

const item = (home: object, more: Partial<DigestItem> = {}): DigestItem => ({
  home: {
    listingKey: 'l1',
    listingId: 'RX-1',
    standardStatus: 'Active',
    listPrice: 450_000,
    unparsedAddress: '1 Ocean Dr',
    city: 'Boca Raton',
    stateOrProvince: 'FL',
    postalCode: '33432',
    yearBuilt: null,
    media: null,
    internetAddressDisplayYN: null,
    ...home,
  },
  changeType: 'New Listing',
  listPrice: 450_000,
  previousListPrice: null,
  searches: ['Boca'],
  ...more,
});
const digest = (firstName: string | null, items: readonly DigestItem[], footer = noFooter) =>
  renderDigest({
    to: 'ana@example.com',
    firstName,
    items,
    baseUrl: 'https://crm.example.com',
    footer,
    unsubscribeUrl: 'https://crm.example.com/unsubscribe?token=x',
  });

test('an e-mail to a buyer ends with the name and the postal address of the brokerage', () => {
  const brokerage = { name: 'Sunshine & Sons', postalAddress: '12 Main St,\nBoca Raton, FL 33432' };
  const { TextBody, HtmlBody } = digest('Ana', [item({})], footerOf({ brokerage, postmark: undefined }));
  assert.match(TextBody, /token=x\n\nSunshine & Sons, 12 Main St, Boca Raton, FL 33432\n$/);
  assert.match(HtmlBody, /Sunshine &amp; Sons, 12 Main St, Boca Raton, FL 33432/);
});

test('an e-mail shows where the postal address is missing in a preview, and never to a buyer', () => {
  const brokerage = { name: 'Sunshine Homes', postalAddress: undefined };
  const postmark = {
    serverToken: 't',
    from: 'a@example.com',
    messageStream: 'm',
    trackOpens: [],
    trackLinks: [],
    apiUrl: '',
  };
  const preview = digest('Ana', [item({})], footerOf({ brokerage, postmark: undefined }));
  assert.match(preview.TextBody, /Sunshine Homes, \[.*postal address.*OPENHOUSE_BROKERAGE_ADDRESS\]\n$/);
  const sent = digest('Ana', [item({})], footerOf({ brokerage, postmark }));
  assert.match(sent.TextBody, /token=x\n\nSunshine Homes\n$/);
});

test('an e-mail does not greet a buyer by what was typed instead of a name', () => {
  for (const name of ['Dup', 'Test', 'Unknown', 'xxx', 'Zillow User', 'New Lead'])
    assert.match(digest(name, [item({})]).TextBody, /^Hello,$/m, name);
  assert.match(digest('Ana', [item({})]).TextBody, /^Hello Ana,$/m);
});

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom(
    '<!channel>',
    '@here',
    '*x*',
    'WIN $500 https://evil.example',
    `${'a'.repeat(139)}🏡`,
    '\ud83d',
    '\0',
    '',
  ),
);

test('an offer for a name of 139 letters and an emoji is whole', () => {
  const [first] = offer({ firstName: `${'a'.repeat(139)}🏡`, lastName: null }).blocks;
  assert.equal((first!.text as { text: string }).text, `New lead: ${'a'.repeat(139)}…`);
});

test('an offer for 300 areas names some and counts the rest', () => {
  const cities = Array.from({ length: 300 }, (_, index) => `Neighborhood number ${index}`);
  const { blocks } = offer({ cities });
  const [field] = blocks.find((block) => 'fields' in block)!.fields as { text: string }[];
  assert.match(field!.text, /^\*Where\*\nNeighborhood number 0, .* and 283 more$/);
});

test('a lead called <!channel> notifies no one, even in the notification text', () => {
  const { text, blocks } = offer({ firstName: '<!channel>' }, { memberFullName: '<!here> *Dana*' });
  assert.doesNotMatch(text, /[<>]/);
  assert.match(text, /&lt;!channel&gt; L\./);
  for (const block of blocks.slice(1)) assert.doesNotMatch(JSON.stringify(block), /<!(?!date)|\*Dana\*/);
});

test('an offer has the initial of the last name, even if it is an emoji of several parts', () => {
  assert.match(offer({ lastName: '👨‍👩‍👧 Smith' }).text, /Ana 👨‍👩‍👧\./);
});

test('an offer can be sent whatever its lead, its agent and its reasons are called', () => {
  fc.assert(
    fc.property(anything, anything, fc.array(anything, { maxLength: 300 }), anything, (first, last, many, agent) => {
      const reasons = many.map((detail) => ({ rule: 'area', points: 1, detail: detail || '-' }));
      const lead = { firstName: first, lastName: last, cities: many, postalCodes: many, languages: many };
      const { text, blocks } = offer(lead, { memberFullName: agent }, reasons);
      assert.ok(blocks.length <= 50 && text.length > 0);
      const all = JSON.stringify([text, blocks]);
      assert.doesNotMatch(all, /\\u0000|\\ud[89a-f]/);
      assert.match(all, /accept_lead.*pass_lead/);
      for (const { fields = [], type, text: one } of blocks as {
        fields?: { text: string }[];
        type: string;
        text?: { text: string };
      }[]) {
        for (const field of fields) assert.ok(field.text.length <= 2_000);
        assert.ok((one?.text.length ?? 0) <= (type === 'header' ? 150 : 3_000));
      }
    }),
    { numRuns: runs(60) },
  );
});

test('a buyer called WIN $500 https://evil.example is greeted without it', () => {
  const { TextBody, HtmlBody } = digest('WIN $500 https://evil.example', [item({})]);
  assert.match(TextBody, /^Hello,\n/);
  assert.doesNotMatch(TextBody + HtmlBody, /evil|WIN/);
});

test('a search with a link for a name is not named to the buyer', () => {
  const { TextBody } = digest('Ana', [item({}, { searches: ['Boca', 'cheap pills evil.example'] })]);
  assert.match(TextBody, /Your search “Boca”$/m);
  assert.match(digest('Ana', [item({}, { searches: ['evil.example'] })]).TextBody, /Your saved search$/m);
});

test('a digest can be sent whatever is written in it, and no text in it becomes markup', () => {
  fc.assert(
    fc.property(anything, anything, fc.array(anything, { maxLength: 20 }), (name, text, searches) => {
      const home = {
        unparsedAddress: text,
        city: text,
        postalCode: text,
        listingKey: text,
        media: [{ mediaURL: text }],
      };
      const { HtmlBody, TextBody, Subject } = digest(name, [item({ ...home, propertySubType: null }, { searches })]);
      for (const part of [HtmlBody, TextBody, Subject]) assert.doesNotMatch(part, /\p{Surrogate}|\0/u);
      assert.doesNotMatch(Subject, /[\r\n]/);
      assert.doesNotMatch(HtmlBody, /<!channel>|<script/);
    }),
    { numRuns: runs(60) },
  );
});

test('a digest of 3,000 homes stays within Postmark’s limits, and counts what it leaves out', () => {
  const items = Array.from({ length: 3_000 }, (_, index) =>
    item({ listingKey: `l${index}`.padEnd(200, 'é'), unparsedAddress: '&'.repeat(5_000) }),
  );
  const { HtmlBody, TextBody } = digest('Ana', items);
  assert.ok(Buffer.byteLength(HtmlBody) < 5_000_000);
  assert.match(HtmlBody, /And 2,980 more.*and 1,980 more: ask your agent/s);
  assert.match(TextBody, /and 1,980 more: ask your agent/);
});
