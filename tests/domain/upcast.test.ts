import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { eventDefinitions } from '../../domain/events.ts';
import { upcast } from '../../domain/upcast.ts';

/**
 * One sample of every version that every event type ever had: such events are in someone's store and must stay
 * readable forever. A fixture is never changed; a new version of a type gets a new one.
 */
const fixtures = new URL('./fixtures/', import.meta.url);
const fixtureOf = (type: string, version: number) => new URL(`${type}.v${version}.json`, fixtures);
const versionsOf = (version: number) => Array.from({ length: version }, (_, index) => index + 1);

suite('every version of every event type can be read forever', () => {
  for (const { type, version: newest, schema } of eventDefinitions.values()) {
    for (const version of versionsOf(newest)) {
      test(`${type} version ${version}`, () => {
        const file = fixtureOf(type, version);
        assert.ok(existsSync(file), `tests/domain/fixtures/${type}.v${version}.json is missing: keep a sample of it`);
        const stored: unknown = JSON.parse(readFileSync(file, 'utf8'));
        const lifted = upcast(type, version, stored);
        assert.ok('event' in lifted, JSON.stringify(lifted));
        assert.equal(lifted.event.type, type);
        // Equal and not just valid, because anything that the schema does not know would silently be lost.
        assert.deepEqual(schema.parse(lifted.event.data), lifted.event.data);
        if (version === newest) assert.deepEqual(lifted.event.data, stored);
      });
    }
  }

  test('every fixture has a known event type', () => {
    const known = [...eventDefinitions.values()].flatMap(({ type, version }) =>
      versionsOf(version).map((each) => `${type}.v${each}.json`),
    );
    assert.deepEqual(readdirSync(fixtures).sort(), known.sort());
  });
});

suite('unreadable events', () => {
  test('an unknown event type is reported', () => {
    assert.deepEqual(upcast('ListingSanded', 1, {}), {
      unknown: { code: 'unknown-event-type', message: 'unknown event type ListingSanded' },
    });
  });

  for (const version of [0, -1, 99, 1.5, Number.NaN]) {
    test(`version ${version} of a known type is reported`, () => {
      const lifted = upcast('ListingMerged', version, {});
      assert.ok('unknown' in lifted);
      assert.equal(lifted.unknown.code, 'unknown-event-version');
    });
  }
});
