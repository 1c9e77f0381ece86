import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SlackMessage } from '../../delivery/outbox.ts';
import { settledMessage } from '../../delivery/slack/build-message.ts';
import { initialState, type LeadState } from '../../domain/lead/state.ts';
import { type AgentNews, matchMessages } from '../../schedulers/agent-matches/match-message.ts';
import { detailsMessage } from '../../schedulers/lead-messages/details-message.ts';
import { offerOutcome } from '../../schedulers/lead-messages/offer-outcome.ts';
import type { Ending, LeadStory } from '../../schedulers/lead-messages/story.ts';
import { type Notice, noticeMessage } from '../../schedulers/lead-offers/messages/notices.ts';
import { type OfferToTell, offerMessage } from '../../schedulers/lead-offers/messages/offer-message.ts';
import { answerWith, refused, stranger } from '../../slack/answers.ts';
import { listingAnswer } from '../../slack/commands/listing.ts';
import { mineAnswer } from '../../slack/commands/mine.ts';
import { help } from '../../slack/commands/run.ts';
import { whyAnswer } from '../../slack/commands/why.ts';
import { passForm } from '../../slack/offers.ts';
import fc, { runs } from '../support/fast-check.ts';
import { hostilePieces } from '../support/hostile-text.ts';

/** Everything that people, programs and imports put into texts. */
const hostile = fc.oneof(
  fc.constantFrom(null, '', ' ', '\u200b\u200d\ufeff', '–'),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.array(fc.constantFrom(...hostilePieces), { maxLength: 12 }).map((parts) => parts.join('')),
);
const text = hostile.map((one) => one ?? '');
const many = fc.oneof(
  fc.array(text, { maxLength: 5 }),
  fc
    .tuple(text, fc.constantFrom(40, 300))
    .map(([one, count]) => Array.from({ length: count }, (_, at) => `${one}${at}`)),
);
const price = fc.option(fc.integer({ min: 1, max: 99_999_999 }));
const key = fc.uuid();
const time = fc.constantFrom('2026-03-31T14:00:00.000Z', 'not a time', '<!channel>');
const at = new Date('2026-03-31T14:00:00Z');
const slackUser = fc.constantFrom(null, 'U0000001');

const isWellFormed = (one: string) => !/\p{Surrogate}|[\0\u202a-\u202e\u2066-\u2069]/u.test(one);
const isVisible = (one: string) => /[^\s\p{Default_Ignorable_Code_Point}]/u.test(one);
/** All control sequences of a text that are not ours: ours are the dates that `moment` writes. */
const controls = (one: string) =>
  one.replace(/<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>/g, '').match(/[<>]|&(?!(?:amp|lt|gt);)/g);

const assertText = (one: unknown, most: number, what: string) => {
  assert.ok(typeof one === 'string', what);
  assert.ok(one.length <= most, `${what} has ${one.length} of ${most} characters`);
  assert.ok(isWellFormed(one), `${what} is well-formed: ${JSON.stringify(one)}`);
  assert.ok(isVisible(one), `${what} shows something`);
  assert.doesNotMatch(one, /\u200d…/, `${what} is not cut within an emoji`);
};

const assertObject = (one: { type?: unknown; text?: unknown }, most: number, what: string) => {
  assertText(one.text, most, what);
  if (one.type === 'mrkdwn') assert.equal(controls(one.text as string), null, `${what}: ${JSON.stringify(one.text)}`);
  else assert.equal(one.type, 'plain_text', what);
};

// biome-ignore lint/suspicious/noExplicitAny: blocks come in many shapes, and the test is about what is really there
type Any = any;

/** Slack's limits for blocks: docs.slack.dev/reference/block-kit/blocks */
const assertBlocks = (blocks: readonly Readonly<Record<string, Any>>[]) => {
  assert.ok(blocks.length <= 50, `${blocks.length} blocks`);
  for (const block of blocks) {
    switch (block.type) {
      case 'header':
        assertObject(block.text, 150, 'a header');
        assert.equal(block.text.type, 'plain_text');
        break;
      case 'section':
        if (block.text !== undefined) assertObject(block.text, 3_000, 'a section');
        if (block.fields !== undefined) {
          assert.ok(block.fields.length >= 1 && block.fields.length <= 10, `${block.fields.length} fields`);
          for (const field of block.fields) assertObject(field, 2_000, 'a field');
        }
        assert.ok(block.text !== undefined || block.fields !== undefined);
        break;
      case 'context':
        assert.ok(block.elements.length >= 1 && block.elements.length <= 10);
        for (const element of block.elements) assertObject(element, 2_000, 'a context');
        break;
      case 'actions':
        assert.ok(block.elements.length >= 1 && block.elements.length <= 25);
        for (const { text: label, value, action_id: id } of block.elements) {
          assertObject(label, 75, 'a button');
          assert.ok(value.length <= 2_000 && id.length <= 255 && typeof JSON.parse(value) === 'object');
        }
        break;
      case 'input':
        assertObject(block.label, 2_000, 'a label');
        for (const option of block.element.options ?? []) {
          assertObject(option.text, 75, 'an option');
          assert.ok(option.value.length <= 150);
        }
        break;
      default:
        assert.fail(`a block of the type ${block.type}`);
    }
  }
};

const assertMessage = ({ text: fallback, blocks, metadata }: Pick<SlackMessage, 'text' | 'blocks' | 'metadata'>) => {
  assertText(fallback, 40_000, 'the notification');
  assert.equal(controls(fallback), null, `the notification: ${fallback}`);
  assertBlocks(blocks);
  for (const value of Object.values(metadata?.event_payload ?? {})) assert.ok(isWellFormed(String(value)));
};

const assertAnswer = (answer: Readonly<Record<string, unknown>> | null) => {
  assert.ok(answer !== null);
  assertText(answer.text, 3_000, 'an answer');
  assert.equal(controls(String(answer.text)), null);
  assertBlocks((answer.blocks ?? []) as Readonly<Record<string, unknown>>[]);
};

const lead = fc.record({
  firstName: hostile,
  lastName: hostile,
  cities: fc.option(many),
  postalCodes: fc.option(many),
  languages: fc.option(many),
  listPriceMin: price,
  listPriceMax: price,
  bedroomsMin: fc.option(fc.integer({ min: 0, max: 99 })),
  timeframe: hostile,
  leadSource: hostile,
  leadStage: hostile,
});

const offer = fc
  .record({
    contactKey: key,
    offerKey: key,
    lead,
    reasons: fc.array(fc.record({ rule: text, detail: text, points: fc.integer({ min: -99, max: 99 }) }), {
      maxLength: 60,
    }),
    expiresAt: fc.option(time),
    offeredTo: fc.integer({ min: 1, max: 10 }),
    agent: fc.record({ memberKey: key, memberFullName: hostile, slackUserId: slackUser }),
  })
  .map((one) => ({ ...one, lead: { ...one.lead, contactKey: one.contactKey } }) as unknown as OfferToTell);

const slackOf = (message: { readonly message: unknown }) => message.message as SlackMessage;

test('Slack accepts every offer, and what becomes of it, whatever the lead, its areas and the agents are called', () => {
  const endings: readonly Ending[] = [
    { kind: 'accepted' },
    { kind: 'taken' },
    { kind: 'passed', passReason: 'Too busy' as never },
    { kind: 'passed', passReason: null },
    { kind: 'expired' },
    { kind: 'withdrawn', reason: 'x' },
    { kind: 'over' },
  ];
  const ways = ['accepted', 'reassigned', 'escalated', 'source'] as const;
  fc.assert(
    fc.property(
      offer,
      text,
      fc.constantFrom(...endings),
      fc.option(fc.constantFrom(...ways)),
      fc.boolean(),
      (one, name, ending, how, direct) => {
        const sent = slackOf(offerMessage(one));
        assertMessage(sent);
        assert.equal(sent.blocks.at(-1)?.type, 'actions');
        const { offerKey, agent } = one;
        const owner = how === null ? null : { memberKey: 'other', how, at: '', reason: null };
        const story = { owner, endings: new Map([[`${offerKey}/${agent.memberKey}`, ending]]) } as unknown as LeadStory;
        const outcome = offerOutcome(story, { offerKey, memberKey: agent.memberKey, direct }, () => name)!;
        const settled = settledMessage(sent, 'D1/1.1', outcome);
        assertMessage(settled);
        assert.ok(
          settled.blocks.every(({ type }) => type !== 'actions'),
          'no buttons remain',
        );
      },
    ),
    { numRuns: runs(150) },
  );
});

test('an offer shows no e-mail address or phone number, wherever somebody wrote one', () => {
  const contact = fc.constantFrom(
    'maria@example.com',
    'María.Lopez+x@mail.example.co.uk',
    '<maria@example.com>',
    '+15615550134',
    '(561) 555-0134',
    '561.555.0134',
    '561 555 0134',
    '5615550134',
    '1-561-555-0134',
  );
  const written = fc.tuple(text, contact, text).map((parts) => parts.join(' '));
  const digits = (one: string) => one.replace(/\D/g, '');
  fc.assert(
    fc.property(
      offer,
      written,
      fc.constantFrom('firstName', 'lastName', 'cities', 'languages', 'timeframe', 'leadSource', 'leadStage'),
      (one, value, where) => {
        const given = ['cities', 'languages'].includes(where) ? [value] : value;
        const plain = { firstName: 'Ana', lastName: null, cities: null, languages: null, timeframe: null };
        const quiet = { ...one.lead, ...plain, postalCodes: null, leadSource: null, leadStage: null, [where]: given };
        const sent = slackOf(offerMessage({ ...one, lead: quiet as OfferToTell['lead'], reasons: [] }));
        const words = JSON.stringify([sent.text, sent.blocks.filter(({ type }) => type !== 'actions')]);
        assert.doesNotMatch(words, /lopez|maria@|@mail\./i);
        assert.ok(!digits(words).includes('5615550134'), words);
      },
    ),
    { numRuns: runs(150) },
  );
});

test('Slack accepts every direct message to an agent, whatever the lead and the home are called', () => {
  const kinds = ['lead-assigned', 'lead-escalated', 'lead-reminder', 'lead-inquiry'] as const;
  const notice = fc.record({
    kind: fc.constantFrom(...kinds),
    contactKey: key,
    memberKey: fc.constant('m'),
    at: fc.constant(at),
    escalationReason: fc.constantFrom(null, 'no-first-response', 'chain-ended', 'offer-rejected', 'nobody-fits'),
    ownerMemberKey: fc.option(text),
    firstName: hostile,
    lastName: hostile,
    mobilePhone: hostile,
    email: hostile,
  });
  fc.assert(
    fc.property(lead, notice, hostile, slackUser, fc.boolean(), (fields, about, name, user, doNotCallYN) => {
      const contact = { mobilePhone: about.mobilePhone, mobilePhoneExt: name, email: about.email, doNotCallYN };
      const state = { ...initialState, fields: { ...fields, ...contact } } as unknown as LeadState;
      const accepted = { contactKey: about.contactKey, memberKey: 'm', at: at.toISOString() };
      const asked = name === null ? null : { title: name };
      assertMessage(slackOf(detailsMessage(accepted, state, { slackUserId: 'U1' }, asked)));
      const agents = new Map([['m', { memberFullName: name, slackUserId: user }]]);
      const message = slackOf(noticeMessage(about as Notice, agents));
      assertMessage(message);
      if (user === null && about.email && about.email.length > 5) {
        assert.ok(
          message.blocks.every((block) => !('fields' in block)),
          'contact data is not for a channel',
        );
      }
    }),
    { numRuns: runs(150) },
  );
});

test('Slack accepts every message about homes that fit, whatever buyers and homes are called', () => {
  const news = fc.record({
    home: fc.record({
      listingKey: key,
      listingId: hostile,
      unparsedAddress: hostile,
      standardStatus: fc.constantFrom('Active', 'Pending', 'Closed'),
      listPrice: price,
      bedroomsTotal: fc.option(fc.integer({ min: 0, max: 20 })),
      propertySubType: hostile,
    }),
    news: fc.record({
      changeType: fc.constantFrom('New Listing', 'Price Change', 'Back On Market', 'Pending'),
      previousListPrice: price,
    }),
    position: fc.constant('1'),
    buyers: fc.array(fc.record({ contactKey: key, firstName: hostile, lastName: hostile }), {
      minLength: 1,
      maxLength: 40,
    }),
  });
  fc.assert(
    fc.property(fc.array(news, { minLength: 1, maxLength: 9 }), fc.constantFrom(1, 1, 8), (found, times) => {
      const all = Array.from({ length: times }, () => found).flat() as unknown as AgentNews[];
      const messages = matchMessages({ memberKey: 'm', slackUserId: 'U1' }, all);
      assert.ok(messages.length >= 1 && messages.length <= 5);
      for (const message of messages) assertMessage(slackOf(message));
      if (all.length > 5) {
        const shown = JSON.stringify(slackOf(messages[0]!).blocks);
        assert.equal(shown.split('• *').length - 1, Math.min(all.length, 40), 'each home has its line');
      }
    }),
    { numRuns: runs(60) },
  );
});

test('each home of a message has its line, though escaping makes names five times as long', () => {
  const long = '&'.repeat(200);
  const home = { listingKey: 'l', unparsedAddress: long, standardStatus: 'Active', listPrice: 450_000 };
  const buyers = Array.from({ length: 30 }, () => ({ contactKey: 'c', firstName: long, lastName: long }));
  const one = { home, news: { changeType: 'New Listing', previousListPrice: null }, position: '1', buyers };
  const found = Array.from({ length: 40 }, () => one) as unknown as AgentNews[];
  const [message] = matchMessages({ memberKey: 'm', slackUserId: 'U1' }, found);
  assertMessage(slackOf(message!));
  assert.equal(JSON.stringify(slackOf(message!).blocks).split('• *').length - 1, 40);
});

test('Slack accepts every answer to a press or a command, and the form', () => {
  const leadOf = fc.record({
    contactKey: key,
    firstName: hostile,
    lastName: hostile,
    leadStage: hostile,
    mobilePhone: hostile,
    email: hostile,
    firstResponseAt: fc.option(fc.constant(at)),
    offerExpiresAt: fc.option(fc.constant(at)),
    total: fc.constantFrom(1, 400),
  });
  const rows = fc.array(leadOf, { maxLength: 15 });
  const codes = ['offer-taken', 'offer-expired', 'offer-missing', 'offer-elsewhere', 'lead-unknown'] as const;
  fc.assert(
    fc.property(rows, rows, offer, text, hostile, price, (offers, leads, one, words, name, listPrice) => {
      const now = new Date(at.getTime() + 1);
      assertAnswer(mineAnswer({ offers, leads }, now));
      const listing = {
        listingId: name,
        unparsedAddress: name,
        listPrice,
        standardStatus: 'Active',
        propertyType: name,
      };
      assertAnswer(listingAnswer('key', listing as unknown as Parameters<typeof listingAnswer>[1]));
      const { reasons, agent } = one;
      const data = { offerKey: one.offerKey, memberKeys: [agent.memberKey], reasons, rule: words || 'rule', score: 1 };
      const offered = data as unknown as Parameters<typeof whyAnswer>[1];
      assertAnswer(whyAnswer(one.lead as never, offered, '2026-03-31T14:00:00.000Z', agent.memberKey));
      assertAnswer(help(null).answer);
      assertAnswer(help(words).answer);
      assertAnswer(answerWith('x', words).answer);
      assertAnswer(stranger(words).answer);
      for (const code of codes) assertAnswer(refused({ code, message: words } as never, name).answer);
      const form = passForm(
        { offerKey: one.offerKey, contactKey: one.lead.contactKey },
        `https://hooks.example/${'r'.repeat(200)}`,
      );
      const { title, submit, close, private_metadata: metadata, blocks } = form as Record<string, Any>;
      for (const label of [title, submit, close]) assertObject(label, 24, 'a label of the form');
      assert.ok(metadata.length <= 3_000);
      assertBlocks(blocks);
    }),
    { numRuns: runs(100) },
  );
});
