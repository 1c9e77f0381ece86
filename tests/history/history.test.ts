import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { sql } from 'kysely';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { findKeys, findRecord } from '../../history/find-record.ts';
import { type HistoryEntry, readHistory } from '../../history/read-history.ts';
import { stateAt } from '../../history/state-at.ts';
import { isUserError } from '../../platform/errors.ts';
import { openWorld, type World } from './support.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const historyOf = async (aggregate: RecordName, key: string): Promise<HistoryEntry[]> => {
  const entries = [];
  for await (const { entry } of readHistory(world.store, aggregate, key)) entries.push(entry);
  return entries;
};

const listing = { listingId: 'RX-1', standardStatus: 'Active', listPrice: 525_000, city: 'Boca Raton' } as const;
const enter = (key: string, fields: object) => ({ type: 'RecordListing', listingKey: key, fields }) as const;

suite('the history of a record', () => {
  test('shows who, when, from where, why, and each field before and after', async () => {
    await world.tell('listing', 'l1', enter('l1', listing));
    await world.tell('listing', 'l1', enter('l1', { listPrice: 499_000, standardStatus: 'Pending' }), {
      occurredAt: '2026-02-01T10:00:00.000Z',
    });
    await world.tell(
      'listing',
      'l1',
      { type: 'CorrectListing', changes: { listPrice: 489_000, city: null } },
      { actor: { kind: 'person', id: 'mlopez' }, source: 'cli', reason: 'Typed one digit wrong' },
    );
    const [entered, price, status, corrected] = await historyOf('listing', 'l1');

    assert.equal(entered!.eventType, 'ListingEntered');
    assert.equal(entered!.changeType, 'New Listing');
    assert.deepEqual(
      entered!.changes,
      Object.entries(listing)
        .map(([fieldName, newValue]) => ({ fieldName, previousValue: null, newValue }))
        .sort(byOrderOf(entered!.changes)),
    );
    assert.deepEqual(price!.changes, [
      { fieldName: 'listPrice', previousValue: 525_000, newValue: 499_000 },
      { fieldName: 'previousListPrice', previousValue: null, newValue: 525_000 },
    ]);
    assert.deepEqual([price!.changeType, price!.occurredAt], ['Price Change', '2026-02-01T10:00:00.000Z']);
    assert.deepEqual(status!.changes, [{ fieldName: 'standardStatus', previousValue: 'Active', newValue: 'Pending' }]);
    const { eventId, entityEventSequence, modificationTimestamp, correlationId, causationId, ...rest } = corrected!;
    assert.deepEqual(rest, {
      resourceName: 'Property',
      resourceRecordKey: 'l1',
      revision: 3,
      eventType: 'ListingDetailsCorrected',
      changeType: null,
      changedByMemberKey: 'mlopez',
      actor: { kind: 'person', id: 'mlopez' },
      source: 'cli',
      reason: 'Typed one digit wrong',
      occurredAt: '2026-01-15T09:00:00.000Z',
      changes: [
        { fieldName: 'listPrice', previousValue: 499_000, newValue: 489_000 },
        { fieldName: 'city', previousValue: 'Boca Raton', newValue: null },
      ],
      details: {},
      unreadable: null,
    });
    assert.ok(BigInt(entityEventSequence!) > BigInt(status!.entityEventSequence!));
    assert.ok(Math.abs(Date.parse(modificationTimestamp) - Date.now()) < 60_000);
    assert.ok(eventId && correlationId && causationId);
  });

  test('shows the other details of an event: messages, reasons of an offer', async () => {
    const reasons = [{ rule: 'area', points: 40, detail: 'covers 33432' }];
    await world.tell('lead', 'c1', [
      { type: 'RecordLead', contactKey: 'c1', fields: { email: 'maria@example.com', firstName: 'Maria' } },
      { type: 'RecordInquiry', listingKey: 'l1', message: 'Is it still there?' },
      { type: 'OfferLead', offerKey: 'o1', memberKeys: ['a1'], score: 40, reasons, expiresAt: '2026-03-01T12:15:00Z' },
      { type: 'PassLead', memberKey: 'a1' },
      { type: 'OptOut' },
    ]);
    const [, inquired, offered, passed, optedOut] = await historyOf('lead', 'c1');
    assert.deepEqual(
      [inquired!.changes, inquired!.details],
      [[{ fieldName: 'inquiredListingKey', previousValue: null, newValue: 'l1' }], { message: 'Is it still there?' }],
    );
    assert.deepEqual(offered!.details, { score: 40, reasons });
    assert.deepEqual(offered!.changes.map(({ fieldName }) => fieldName).sort(), [
      'offerExpiresAt',
      'offerKey',
      'offeredMemberKeys',
    ]);
    assert.deepEqual(passed!.details, { memberKey: 'a1' });
    assert.deepEqual(passed!.changes.find(({ fieldName }) => fieldName === 'triedMemberKeys')?.newValue, ['a1']);
    assert.deepEqual(optedOut!.changes, [{ fieldName: 'emailOptOut', previousValue: false, newValue: true }]);
  });

  test('shows criteria one by one, and an agent’s pause', async () => {
    const record = (criteria: object) =>
      ({ type: 'RecordSavedSearch', savedSearchKey: 's1', fields: { contactKey: 'c1', criteria } }) as const;
    await world.tell('savedSearch', 's1', [
      record({ cities: ['Boca Raton'], bedroomsMin: 2 }),
      record({ bedroomsMin: 3 }),
    ]);
    assert.deepEqual((await historyOf('savedSearch', 's1'))[1]!.changes, [
      { fieldName: 'criteria.cities', previousValue: ['Boca Raton'], newValue: null },
      { fieldName: 'criteria.bedroomsMin', previousValue: 2, newValue: 3 },
    ]);
    await world.tell('agent', 'a1', [
      { type: 'RecordAgent', memberKey: 'a1', fields: { memberFullName: 'Dana', memberEmail: 'dana@example.com' } },
      { type: 'PauseAgent', pause: { from: '2026-04-01', to: null } },
    ]);
    assert.deepEqual((await historyOf('agent', 'a1'))[1]!.changes, [
      { fieldName: 'pausedFrom', previousValue: null, newValue: '2026-04-01' },
    ]);
  });

  test('continues after an unreadable event, and reports it', async () => {
    await world.tell('listing', 'l2', enter('l2', { ...listing, listingId: 'RX-2' }));
    await (await world.store.connection.node()).client.appendToStream(
      'listing-l2',
      jsonEvent({ type: 'ListingSanded', data: {} }),
    );
    await world.tell('listing', 'l3', enter('l3', { ...listing, listingId: 'RX-3' }));
    const entries = await historyOf('listing', 'l2');
    assert.equal(entries.length, 2);
    assert.match(entries[1]!.unreadable ?? '', /ListingSanded/);
    assert.deepEqual(entries[1]!.changes, []);
  });

  test('of a record with thousands of events is read to the end, every event once', async () => {
    const prices = Array.from({ length: 2_000 }, (_, index) => ({ listPrice: 400_000 + index }));
    await world.tell('listing', 'l-long', enter('l-long', { ...listing, listingId: 'RX-LONG', listPrice: 1 }));
    for (let start = 0; start < prices.length; start += 500) {
      await world.tell(
        'listing',
        'l-long',
        prices.slice(start, start + 500).map((price) => enter('l-long', price)),
      );
    }
    const entries = await historyOf('listing', 'l-long');
    assert.deepEqual(
      entries.map(({ revision }) => revision),
      Array.from({ length: 2_001 }, (_, index) => index),
    );
    assert.deepEqual(entries.at(-1)!.changes[0], {
      fieldName: 'listPrice',
      previousValue: 401_998,
      newValue: 401_999,
    });
  });
});

const byOrderOf = (changes: readonly { fieldName: string }[]) => {
  const order = changes.map(({ fieldName }) => fieldName);
  return (one: { fieldName: string }, other: { fieldName: string }) =>
    order.indexOf(one.fieldName) - order.indexOf(other.fieldName);
};

suite('a record as it was at a moment', () => {
  test('by recorded time includes all events up to that moment', async () => {
    await world.tell('listing', 'l4', enter('l4', { ...listing, listingId: 'RX-4' }));
    await world.tell('listing', 'l4', enter('l4', { listPrice: 499_000 }));
    const entries = await historyOf('listing', 'l4');
    const first = new Date(entries[0]!.modificationTimestamp);
    const then = (await stateAt(world.store, 'listing', 'l4', first))!;
    assert.equal(then.known, true);
    // Both may have been recorded in the same millisecond, and then both count.
    const expected = entries[1]!.modificationTimestamp === entries[0]!.modificationTimestamp ? 499_000 : 525_000;
    assert.equal(then.fields.listPrice, expected);
    assert.equal((await stateAt(world.store, 'listing', 'l4', new Date()))!.fields.listPrice, 499_000);
    const early = (await stateAt(world.store, 'listing', 'l4', new Date(first.getTime() - 1)))!;
    assert.deepEqual([early.known, early.fields, early.eventsInAll], [false, {}, 2]);
  });

  test('by occurred time follows the order of the world, whenever we learned of it', async () => {
    const at = (occurredAt: string) => ({ occurredAt });
    await world.tell('listing', 'l5', enter('l5', { ...listing, listingId: 'RX-5' }), at('2026-01-01T00:00:00.000Z'));
    await world.tell('listing', 'l5', enter('l5', { listPrice: 450_000 }), at('2026-03-01T00:00:00.000Z'));
    await world.tell('listing', 'l5', enter('l5', { listPrice: 480_000 }), at('2026-02-01T00:00:00.000Z'));
    const priceOn = async (date: string) =>
      (await stateAt(world.store, 'listing', 'l5', new Date(date), 'occurred'))!.fields.listPrice;
    assert.equal(await priceOn('2025-12-31T00:00:00Z'), undefined);
    assert.equal(await priceOn('2026-01-20T00:00:00Z'), 525_000);
    assert.equal(await priceOn('2026-02-20T00:00:00Z'), 480_000);
    assert.equal(await priceOn('2026-03-20T00:00:00Z'), 450_000);
  });

  test('is null when the record does not exist', async () => {
    assert.equal(await stateAt(world.store, 'listing', 'nobody', new Date()), null);
  });
});

suite('a record is found', () => {
  const key = '6d2d1c3e-0000-5a43-9a51-3f0f3f0b6a01';
  before(async () => {
    await world.tell('listing', key, enter(key, { ...listing, listingId: 'RX-77', legacyIds: ['properties/5f77'] }));
    const lead = (contactKey: string, fields: object) => ({ type: 'RecordLead', contactKey, fields }) as const;
    await world.tell(
      'lead',
      'c7',
      lead('c7', { email: 'ana@example.com', otherEmails: ['both@example.com'], legacyIds: ['contacts/5f78'] }),
    );
    await world.tell('lead', 'c8', lead('c8', { email: 'both@example.com', legacyIds: ['contacts/77'] }));
  });

  test('by its key before there is any read model', async () => {
    await sql`drop schema if exists read cascade`.execute(world.db);
    assert.equal(await findRecord(world, 'listing', key), key);
    await assert.rejects(findRecord(world, 'listing', 'RX-77'), (error) => isUserError(error));
  });

  test('by key, MLS number, e-mail address and legacy ID, with and without the collection', async () => {
    // The unreadable event is parked by then: this world has one.
    await world.catchUp().catch(() => {});
    for (const id of [key, 'RX-77', 'rx-77', '5f77', 'properties/5f77']) {
      assert.equal(await findRecord(world, 'listing', id), key, id);
    }
    for (const id of ['c7', 'ana@example.com', 'Ana@Example.com', '5f78', 'contacts/5f78']) {
      assert.equal(await findRecord(world, 'lead', id), 'c7', id);
    }
    assert.equal(await findRecord(world, 'agent', 'dana@example.com'), 'a1');
    assert.equal(await findRecord(world, 'savedSearch', 's1'), 's1');
  });

  test('by its MLS number as people write it, and by a legacy ID in any spelling', async () => {
    const hex = '5f9a1b2c3d4e5f6a7b8c9d0e';
    const legacyIds = [
      `properties/${hex}`,
      'properties/UUID("550e8400-e29b-41d4-a716-446655440000")',
      'properties/"17"',
    ];
    await world.tell('listing', 'l-mls', enter('l-mls', { ...listing, listingId: 'RX-10999999', legacyIds }));
    await world.catchUp().catch(() => {});
    const spellings = ['RX-10999999', '10999999', 'RX10999999', 'rx-10999999', ' rx 10999999', 'RX–10999999'];
    const ids = [
      hex.toUpperCase(),
      `ObjectId("${hex}")`,
      `properties/ObjectId('${hex}')`,
      '{550E8400-E29B-41D4-A716-446655440000}',
      '17',
    ];
    for (const id of [...spellings, ...ids]) assert.equal(await findRecord(world, 'listing', id), 'l-mls', id);
    await assert.rejects(findRecord(world, 'listing', '0999999'), (error) => isUserError(error));
    await assert.rejects(findRecord(world, 'listing', 'A10999999'), (error) => isUserError(error));

    await world.tell('listing', 'l-other-board', enter('l-other-board', { ...listing, listingId: 'F-10999999' }));
    await world.catchUp().catch(() => {});
    const found = await findKeys(world.db, 'listing', ['10999999', 'RX10999999']);
    assert.deepEqual(found.get('10999999'), ['l-mls', 'l-other-board']);
    assert.deepEqual(found.get('RX10999999'), ['l-mls']);
  });

  test('many at once, each with its record', async () => {
    const found = await findKeys(world.db, 'lead', ['c7', 'nobody@example.com', 'both@example.com', '77', 'c7']);
    assert.deepEqual([...found.keys()].sort(), ['77', 'both@example.com', 'c7']);
    assert.deepEqual(found.get('both@example.com'), ['c7', 'c8']);
  });

  test('ambiguous and unknown IDs are reported differently, with what to do', async () => {
    await assert.rejects(
      findRecord(world, 'lead', 'both@example.com'),
      (error) => isUserError(error) && error.code === 'record-ambiguous' && /c7, c8/.test(error.message),
    );
    for (const id of ['RX-0', '', 'a\0b', 'properties/', "' or 1=1 --", '5f78']) {
      await assert.rejects(
        findRecord(world, 'listing', id),
        (error) =>
          isUserError(error) &&
          error.code === 'record-unknown' &&
          error.message.includes(`"${id}"`) &&
          /MLS number/.test(error.hint ?? ''),
        id,
      );
    }
  });
});
