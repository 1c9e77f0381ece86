import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sender, singleAddress } from '../../delivery/email/addresses.ts';
import { buildEmail } from '../../delivery/email/build-email.ts';
import { greeting } from '../../delivery/email/greeting.ts';
import {
  actions,
  buildSlackMessage,
  context,
  fields,
  header,
  section,
  slackLimits,
} from '../../delivery/slack/build-message.ts';
import { inLines, moment, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { holdsLink, listed, oneLine, shortened, wellFormed } from '../../platform/wording/words.ts';
import fc, { runs } from '../support/fast-check.ts';
import { hostilePieces } from '../support/hostile-text.ts';

/** Everything that has ever broken a message, in any order and number. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.array(fc.constantFrom(...hostilePieces, 'x'.repeat(3_000)), { maxLength: 60 }).map((parts) => parts.join('')),
  fc.constant('Q'.repeat(10_000)),
);

const segments = (text: string) => [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => segment);
const isWellFormed = (text: string) => !/\p{Surrogate}|[\0\u202a-\u202e\u2066-\u2069]/u.test(text);

describe('words', () => {
  test('a shortened text is well-formed, within its limit, and cut between characters', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 2, max: 300 }), (text, most) => {
        const given = wellFormed(text);
        const short = shortened(given, most);
        assert.ok(short.length <= most);
        assert.ok(isWellFormed(short));
        if (short === given) return;
        const kept = segments(short.slice(0, -1));
        const whole = segments(given).slice(0, kept.length);
        // Only a character that is too long on its own may be cut.
        if (kept.length > 1 || (whole[0]?.length ?? 0) < most) assert.deepEqual(kept, whole);
      }),
    );
  });

  test('cuts 139 letters and an emoji before the emoji', () => {
    assert.equal(shortened(`${'a'.repeat(139)}🏡`, 140), `${'a'.repeat(139)}…`);
    assert.equal(shortened(`${'a'.repeat(139)}🏡`, 141), `${'a'.repeat(139)}🏡`);
  });

  test('lists whole names of 300 areas and the number of the rest', () => {
    const areas = Array.from({ length: 300 }, (_, index) => `Neighborhood number ${index}`);
    assert.match(listed(areas, { most: 500 }), /^Neighborhood number 0, .*Neighborhood number 16 and 283 more$/);
    assert.equal(listed(['Boca Raton', 'Delray Beach'], { most: 500 }), 'Boca Raton, Delray Beach');
  });

  test('a list never exceeds its limit, and counts everything that it omits', () => {
    fc.assert(
      fc.property(
        fc.array(hostile.map(oneLine), { maxLength: 40 }),
        fc.integer({ min: 60, max: 400 }),
        (items, most) => {
          const text = listed(items, { most });
          assert.ok(text.length <= most, `${text.length}`);
          assert.ok(isWellFormed(text));
        },
      ),
      { numRuns: runs(50) },
    );
  });

  test('recognises what mail programs turn into a link', () => {
    for (const link of ['https://x', 'www.evil', 'evil.example', 'EVIL。example', 'a@b', 'evil．com', 'ev\u200bil.com'])
      assert.ok(holdsLink(link), link);
    for (const plain of ['St. Lucie', '3.5 baths', 'Boca, 3+ beds, up to $500,000', 'J. R.', 'Under $1.2M'])
      assert.ok(!holdsLink(plain), plain);
  });
});

describe('e-mail', () => {
  test('an e-mail has one recipient, well-formed texts and one-line headers, whatever people wrote', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (one, two, three) => {
        const message = buildEmail({
          to: one,
          subject: two,
          html: `<p>${three.length}</p>`,
          text: three,
          tag: one,
          headers: { 'X-Name': two, [`X-${three}`]: one },
        });
        for (const line of [message.To, message.Subject, message.Tag!, ...message.Headers!.flatMap(Object.values)])
          assert.doesNotMatch(line as string, /[\r\n\0]/);
        assert.ok(Buffer.byteLength(message.Subject) <= 2_000);
        assert.ok(message.Tag!.length <= 1_000);
        for (const { Name } of message.Headers!) assert.match(Name, /^[!-9;-~]+$/);
        assert.ok(isWellFormed(JSON.stringify(message).replace(/\\u/g, '?')));
      }),
    );
  });

  test('refuses a body that is too large for Postmark', () => {
    assert.throws(() => buildEmail({ to: 'a@x.com', subject: '', html: 'é'.repeat(2_600_000), text: '' }), RangeError);
  });

  test('greets a buyer by name', () => {
    for (const name of [
      'Ana',
      'María José',
      'Mary-Jane',
      'O’Neil',
      'Ana & Luis',
      'J.R.',
      'St. John',
      '李小龍',
      'Zoë',
      'Winnie',
      'Grace',
      'Wonda',
      'Heremias',
      'Cash',
    ])
      assert.equal(greeting(name), `Hello ${name},`);
    assert.equal(greeting(' Ana\n🌸 '), 'Hello Ana,');
    assert.equal(greeting(null), 'Hello,');
  });

  test('does not greet with text that is not a name', () => {
    for (const name of [
      'WIN $500 https://evil.example',
      'evil.example',
      'Ana www.evil.example',
      'Call 561-555-0100',
      '<b>Ana</b>',
      'ana@example.com',
      'Dear winner you have been chosen today',
      'a'.repeat(139),
      `Z${'\u0301'.repeat(30)}`,
      '{{name}}',
      '\u202eAna. evil。example',
      'Click here',
      'Free money now',
      'You won',
      'WIN BIG',
      'Win,Big,Prize',
      'amazon dot com',
      'Dear Customer',
      'undefined',
      '?',
      '',
    ])
      assert.equal(greeting(name), 'Hello,', name);
  });

  test('a greeting is one well-formed line without a link, whatever the name', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const text = greeting(name);
        assert.ok(text.length < 60 && isWellFormed(text) && !holdsLink(text.slice(0, -1)), text);
        assert.doesNotMatch(text, /[\r\n<>$\d]/);
      }),
    );
  });

  test('accepts exactly one address, and nothing else', () => {
    assert.equal(singleAddress('ana@example.com'), 'ana@example.com');
    assert.equal(singleAddress('josé@example.com'), 'josé@example.com', 'for Postmark to refuse');
    assert.equal(singleAddress('ana@bücher.example'), 'ana@xn--bcher-kva.example');
    for (const list of [
      'ana@x.com, bob@y.com',
      'ana@x.com;bob@y.com',
      'Ana <ana@x.com>',
      'ana@x.com\nBcc: bob@y.com',
      'ana@x.com bob@y.com',
      '"a b"@x.com',
      'ana',
      '@x.com',
      'a@b@c.com',
      'ana@x.com\u0000',
    ])
      assert.equal(singleAddress(list), null, list);
  });

  test('quotes a sender’s name where necessary', () => {
    assert.equal(sender('alerts@example.com'), 'alerts@example.com');
    assert.equal(sender('Sunshine Homes <a@x.com>'), 'Sunshine Homes <a@x.com>');
    assert.equal(sender('Sunshine Homes, Inc. <a@x.com>'), '"Sunshine Homes, Inc." <a@x.com>');
    assert.equal(sender('"Sunshine Homes, Inc." <a@x.com>'), '"Sunshine Homes, Inc." <a@x.com>');
    assert.equal(sender('Joe "JJ" Doe <a@x.com>'), '"Joe \\"JJ\\" Doe" <a@x.com>');
  });
});

describe('Slack', () => {
  type Text = { type: string; text: string };
  const textsOf = (value: unknown): Text[] => {
    if (Array.isArray(value)) return value.flatMap(textsOf);
    if (typeof value !== 'object' || value === null) return [];
    const found = value as Record<string, unknown>;
    return typeof found.text === 'string' ? [found as Text] : Object.values(found).flatMap(textsOf);
  };

  test('a Slack message is within every limit, escaped and without mentions, whatever people wrote', () => {
    fc.assert(
      fc.property(hostile, fc.array(hostile, { maxLength: 30 }), (name, more) => {
        const message = buildSlackMessage({
          channel: null,
          text: `New lead: ${name} ${more.join(' ')}`,
          blocks: [
            header(name),
            section(mrkdwn`For *${name}*`),
            ...fields(more.map((text) => mrkdwn`*Label*\n${text}`)),
            section(inLines(more.map((text) => mrkdwn`• ${text}`))),
            context(mrkdwn`by ${moment('2026-03-31T14:30:00Z')} ${name}`),
            actions([{ label: name, actionId: 'accept_lead', value: { key: 'k' } }]),
          ],
        });
        assert.ok(message.text.length <= slackLimits.text);
        assert.ok(message.blocks.length <= slackLimits.blocks);
        assert.ok(isWellFormed(message.text));
        const unescaped = /<(?!!date\^)|&(?!(?:amp|lt|gt);)/;
        assert.doesNotMatch(message.text, unescaped);
        for (const block of message.blocks) {
          const limit =
            block.type === 'header' ? 150 : block.type === 'actions' ? 75 : 'fields' in block ? 2_000 : 3_000;
          assert.ok(((block.fields as unknown[] | undefined)?.length ?? 0) <= slackLimits.fields);
          for (const { type, text } of textsOf(block)) {
            assert.ok(text.length > 0 && text.length <= limit, `${block.type}: ${text.length}`);
            assert.ok(isWellFormed(text));
            if (type === 'mrkdwn') assert.doesNotMatch(text, unescaped);
          }
        }
      }),
      { numRuns: runs(60) },
    );
  });

  test('text of which nothing can be seen becomes a dash, because Slack rejects empty text', () => {
    for (const text of ['', ' ', '\u200b', '\u200b\u200d \u2060']) {
      const blocks = [header(text), section(mrkdwn`${text}`), ...fields([mrkdwn`${text}`])];
      const message = buildSlackMessage({ channel: null, text, blocks });
      assert.deepEqual([message.text, ...textsOf(message.blocks).map((one) => one.text)], ['–', '–', '–', '–']);
    }
  });

  test('a name cannot format text', () => {
    const [block] = [section(mrkdwn`For *${'*Ana* _x_ ~y~ `z`'}*`)];
    assert.equal(
      (block!.text as Text).text,
      'For *\u200b*\u200bAna\u200b*\u200b \u200b_\u200bx\u200b_\u200b \u200b~\u200by\u200b~\u200b \u200b`\u200bz\u200b`\u200b*',
    );
  });

  test('refuses a button’s value that would not come back intact', () => {
    assert.throws(() => actions([{ label: 'A', actionId: 'a', value: { key: 'x'.repeat(2_000) } }]), RangeError);
  });
});
