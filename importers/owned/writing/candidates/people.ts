import { readPersonName } from '../../../legacy/fields/people/person-name.ts';
import { type Edit, rawAt } from '../edits.ts';
import { formsOf } from '../forms/forms.ts';
import { hoursForms } from '../forms/hours.ts';
import { nameForms, nameInCaseOf } from '../forms/names.ts';
import { phoneForms } from '../forms/phone-forms.ts';
import { within } from '../within.ts';
import { inUse, single, type Ways, type Writing } from './writing.ts';

/** A name in one text, or in two fields. */
const person = (full: string, parts: (wanted: Writing['wanted']) => readonly [unknown, unknown]): Ways =>
  function* (writing) {
    const [first, last] = parts(writing.wanted);
    const whole = inUse(writing, full);
    const [firstAt, lastAt] = [inUse(writing, 'firstName'), inUse(writing, 'lastName')];
    const places =
      firstAt === undefined || lastAt === undefined
        ? []
        : ([
            [firstAt, first],
            [lastAt, last],
          ] as const);
    const apart: Edit[] = places.map(([path, value]) => ({ path, value: value ?? null }));
    const inItsCase = apart.map(({ path, value }) => ({
      path,
      value: nameInCaseOf(rawAt(writing.document, path), value),
    }));
    const hasParts = apart.some(({ path }) => (rawAt(writing.document, path) ?? null) !== null);
    if (hasParts) {
      yield inItsCase;
      yield apart;
    }
    if (whole !== undefined) {
      const forms = nameForms(rawAt(writing.document, whole), first, last);
      for (const value of forms) yield [{ path: whole, value }];
      for (const value of forms) yield [...apart.map(({ path }) => ({ path, value: null })), { path: whole, value }];
    }
    if (apart.length > 0) yield apart;
  };

/** First and last name. */
const partsOfName = (name: unknown): readonly [unknown, unknown] => {
  const { first, last } = readPersonName(name).value ?? {};
  return [first ?? null, last ?? null];
};

/** A phone number, with the extension that a lead's may have. */
const phone = (slot: string): Ways =>
  function* (writing) {
    const { [slot]: number, [`${slot}Ext`]: ext } = writing.wanted as Record<string, string | null | undefined>;
    const path = inUse(writing, slot);
    if (path === undefined) return;
    const clear = writing
      .pathsOf(slot)
      .flatMap((other) =>
        other === path || rawAt(writing.document, other) === undefined ? [] : [{ path: other, value: null }],
      );
    const before = rawAt(writing.document, path);
    const forms = (part: unknown) => phoneForms(writing.bson, part, number, ext);
    for (const value of [...within(before, forms), ...forms(before)]) {
      yield [{ path, value }];
      yield [{ path, value }, ...clear];
    }
  };

/** `Ana Cruz <ana@example.com>`, `mailto:ana@example.com`, or the first of several in one text. */
const emailForms = (before: unknown, email: string): string[] => {
  const address = /(?<=^|[\s<(:;,"'])[^\s<>(),;:"'@]+@[^\s<>(),;"'@]+/;
  return [...(typeof before === 'string' && address.test(before) ? [before.replace(address, () => email)] : []), email];
};

/** What is particular about people, by the first field of the unit. */
export const waysOfPeople: Readonly<Record<string, Ways>> = {
  *memberStatus(writing) {
    const path = inUse(writing, 'memberStatus');
    const before = path === undefined ? undefined : rawAt(writing.document, path);
    if (path === undefined) return;
    // Of texts, the words that other documents use say it best: `N` is the no of `J` as well as of `Y`.
    const words =
      typeof before === 'string' ? writing.spellings('memberStatus', path, writing.wanted.memberStatus) : [];
    for (const value of formsOf(writing.bson, before, writing.wanted.memberStatus === 'Active', words))
      yield [{ path, value }];
  },
  *email(writing) {
    const { email, otherEmails } = writing.wanted as { email?: string; otherEmails?: readonly string[] };
    const all = [email, ...(otherEmails ?? [])].filter((one) => typeof one === 'string');
    const path = inUse(writing, 'email');
    if (path === undefined) return;
    const others = writing
      .pathsOf('email')
      .filter((other) => other !== path && rawAt(writing.document, other) !== undefined);
    const clear = others.map((other) => ({ path: other, value: null }));
    if (typeof email === 'string')
      for (const value of within(rawAt(writing.document, path), (part) => emailForms(part, email)))
        yield [{ path, value }];
    const before = rawAt(writing.document, path);
    if (typeof before === 'string' && typeof email === 'string')
      for (const value of emailForms(before, email)) yield [{ path, value }];
    if (Array.isArray(rawAt(writing.document, path))) yield [{ path, value: all }, ...clear];
    // One in each place, if there are several: two in one would not be an address to the old CRM.
    yield [{ path, value: email ?? null }];
    const places = [path, ...others];
    if (all.length <= places.length) yield places.map((place, index) => ({ path: place, value: all[index] ?? null }));
    if (all.length <= 1) yield [{ path, value: email ?? null }, ...clear];
    yield [{ path, value: all.join('; ') }, ...clear];
  },
  *memberEmail(writing) {
    const { memberEmail } = writing.wanted;
    const path = inUse(writing, 'memberEmail');
    if (path === undefined || typeof memberEmail !== 'string') return;
    const before = rawAt(writing.document, path);
    const forms = (part: unknown) => emailForms(part, memberEmail);
    for (const value of [...within(before, forms), ...(typeof before === 'string' ? forms(before) : [])])
      yield [{ path, value }];
  },
  mobilePhone: phone('mobilePhone'),
  memberMobilePhone: phone('memberMobilePhone'),
  firstName: person('fullName', ({ firstName, lastName }) => [firstName, lastName]),
  memberFullName: person('memberFullName', ({ memberFullName }) => partsOfName(memberFullName)),
  *leadStage(writing) {
    const { leadStage, doNotCallYN } = writing.wanted;
    const path = inUse(writing, 'leadStage');
    if (path === undefined || doNotCallYN !== true) return;
    // A stage that says so, in a word of the old CRM's own if it has one. "DNC" would be an opt-out from e-mail, too.
    yield* single(writing, 'leadStage', leadStage);
    yield [{ path, value: 'Do Not Call' }];
  },
  *hours(writing) {
    const path = inUse(writing, 'hours');
    if (path === undefined) return;
    const before = rawAt(writing.document, path);
    for (const value of hoursForms(before, writing.wanted.hours, writing.example(path))) yield [{ path, value }];
  },
  *emailOptOut(writing) {
    const known = ['emailOptOut', 'unsubscribed', 'optOut', 'optedOut', 'doNotEmail'];
    const paths = [
      ...writing.pathsOf('emailOptOut'),
      ...known.filter((name) => rawAt(writing.document, name) !== undefined),
    ];
    const value = writing.wanted.emailOptOut === true;
    if (!value)
      yield paths.map((path) => ({ path, value: formsOf(writing.bson, rawAt(writing.document, path), false, [])[0] }));
    const path = paths[0] ?? 'emailOptOut';
    for (const form of formsOf(writing.bson, rawAt(writing.document, path), value, [])) yield [{ path, value: form }];
  },
};
