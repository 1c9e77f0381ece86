import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { addApiKey, revokeApiKey } from '../../console/access/api-keys.ts';
import { migrateAccess } from '../../console/access/migrations.ts';
import type { Listening } from '../../console/http.ts';
import { openWorld, type World } from '../history/support.ts';
import { openPublicPages, seed } from './support.ts';

let world: World;
let server: Listening;
let key: string;
before(async () => {
  world = await openWorld();
  await seed(world);
  await migrateAccess(world.db);
  key = (await addApiKey(world.db, 'form'))!;
  server = await openPublicPages(world);
});
after(async () => {
  await server.close();
  await world.close();
});

const post = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
  const response = await fetch(new URL('/api/leads', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, never> & { contactKey: string; outcome: string },
  };
};
const typesOf = async (contactKey: string) => {
  const types: string[] = [];
  for await (const { type } of world.store.readStream(`lead-${contactKey}`)) types.push(type);
  return types;
};
const ana = {
  firstName: 'Ana',
  lastName: 'Ruiz',
  email: 'ana.ruiz@example.com',
  leadSource: 'Website',
  listing: 'RX-1',
};

suite('POST /api/leads', () => {
  test('records a lead with what was asked about', async () => {
    const { status, body } = await post({ ...ana, message: 'Is it still there?' });
    assert.deepEqual([status, body.outcome], [201, 'captured']);
    assert.deepEqual(await typesOf(body.contactKey), ['LeadCaptured', 'LeadInquired']);
  });

  test('records the same request once, however often it is sent', async () => {
    const repeated = { 'idempotency-key': 'r-1' };
    const answers = await Promise.all([1, 2, 3].map(() => post({ email: 'bo@example.com' }, repeated)));
    const keys = new Set(answers.map(({ body }) => body.contactKey));
    assert.equal(keys.size, 1);
    assert.deepEqual(await typesOf([...keys][0]!), ['LeadCaptured', 'LeadInquired']);
  });

  test('refuses an idempotency key that was used for another request', async () => {
    const reused = { 'idempotency-key': 'r-2' };
    const first = await post({ email: 'ida@example.com', firstName: 'Ida' }, reused);
    assert.equal(first.status, 201);
    const other = await post({ email: 'ivo@example.com' }, reused);
    assert.equal(other.status, 422);
    assert.match(JSON.stringify(other.body), /"code":"idempotency-key-reused"/);
    const same = await post({ firstName: 'Ida', email: 'IDA@example.com ' }, reused);
    assert.deepEqual([same.status, same.body.contactKey], [200, first.body.contactKey], 'spelled differently');
  });

  test('a second inquiry of the same person is recorded on the lead they have', async () => {
    const first = await post({ firstName: 'Cy', lastName: 'Lee', mobilePhone: '(561) 555-0134' });
    await world.catchUp();
    const again = await post({ firstName: 'Cy', lastName: 'Lée', mobilePhone: '561.555.0134', message: 'Me again' });
    assert.deepEqual(
      [again.status, again.body.outcome, again.body.contactKey],
      [200, 'inquiry', first.body.contactKey],
    );
  });

  test('strangers who share a phone number or an office’s address stay two people', async () => {
    const office = 'info@example.org';
    const keys = new Set<string>();
    for (const [firstName, mobilePhone] of [
      ['Di', '561-555-0188'],
      ['Ed', '561-555-0188'],
      ['Flo', undefined],
    ] as const) {
      const { body } = await post({ firstName, email: office, ...(mobilePhone ? { mobilePhone } : {}) });
      keys.add(body.contactKey);
      await world.catchUp();
    }
    assert.equal(keys.size, 3);
  });

  test('a lead about an unknown home is still recorded', async () => {
    const { status } = await post({ email: 'gus@example.com', listing: 'RX-99999999' });
    assert.equal(status, 201);
  });

  test('a program that fills in the hidden field is answered and not recorded', async () => {
    const { status, body } = await post({ email: 'spam@example.com', website: 'https://spam.example' });
    assert.equal(status, 201);
    assert.deepEqual(await typesOf(body.contactKey), []);
  });

  const refused: readonly (readonly [string, unknown, number])[] = [
    ['no address and no phone number', { firstName: 'Hal' }, 422],
    ['an address that is none', { email: 'hal' }, 422],
    ['a field that is not known', { email: 'hal@example.com', surname: 'x' }, 422],
    ['text that is not JSON', '{', 400],
    ['a list', [], 400],
  ];
  for (const [what, body, status] of refused) {
    test(`refuses ${what}, with the reason`, async () => {
      const answer = await post(body);
      assert.equal(answer.status, status);
      assert.match(JSON.stringify(answer.body), /"code":".+"message":".+"/);
    });
  }

  test('needs a key that is in use', async () => {
    assert.equal((await post(ana, { authorization: 'Bearer oh_nonsense' })).status, 401);
    assert.equal((await post(ana, { authorization: '' })).status, 401);
    const old = (await addApiKey(world.db, 'old'))!;
    assert.ok(await revokeApiKey(world.db, 'old'));
    assert.equal((await post(ana, { authorization: `Bearer ${old}` })).status, 401);
  });

  test('limits how many requests come with one key', async () => {
    const busy = (await addApiKey(world.db, 'busy'))!;
    const answers = await Promise.all(
      Array.from({ length: 125 }, () => post({}, { authorization: `Bearer ${busy}` }).then(({ status }) => status)),
    );
    assert.ok(answers.filter((status) => status === 429).length >= 5);
  });
});
