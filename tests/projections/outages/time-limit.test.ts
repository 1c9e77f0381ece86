import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredEvent } from '../../../eventstore/stored-event.ts';
import { openSandbox, TimeLimitExceeded } from '../../../projections/engine/builds/sandbox.ts';
import { noChanges, noRows, openFolding } from '../../../projections/engine/feeding/fold.ts';

const source = `var loaded = { default: {
  name: 'counts', version: 1, categories: ['thing'], eventTypes: ['Counted'],
  tables: {
    counts: { columns: { key: 'text', count: 'integer' }, key: ['key'], record: 'key' },
    log: { columns: { key: 'text', position: 'bigint' }, key: ['position'], record: 'key', appendOnly: true },
  },
  handle(event, rows) {
    const key = event.streamName.slice(6);
    while (event.event.data.endless) {}
    rows.put('log', { key, position: Number(event.revision) });
    rows.put('counts', { key, count: (rows.get('counts')?.count ?? 0) + 1 });
  },
} };`;

const event = (revision: number, key: string, endless = false) =>
  ({
    streamName: `thing-${key}`,
    type: 'Counted',
    revision: BigInt(revision),
    event: { data: { endless } },
  }) as unknown as StoredEvent;

test('when one time limit for several builds interrupts some event, each counts every other event exactly once', () => {
  const events = Array.from({ length: 3_000 }, (_, index) => event(index, `k${index % 7}`, false));
  events[1_500] = event(1_500, 'bad', true);
  events.push(event(3_000, 'bad'));
  const limitMs = 500;
  const builds = [1, 2].map(() => {
    const sandbox = openSandbox(source);
    const rows = noRows(sandbox.projection);
    for (const key of ['bad', ...Array.from({ length: 7 }, (_, index) => `k${index}`)])
      rows.get('counts')!.set(key, null);
    const changes = noChanges(sandbox.projection);
    return { sandbox, rows, changes, folding: openFolding(sandbox, events, rows, changes, new Set(), limitMs) };
  });
  assert.throws(
    () => builds[0]!.sandbox.run(() => builds.forEach(({ folding }) => void folding.rush()), limitMs),
    TimeLimitExceeded,
  );
  for (const { folding, rows, changes } of builds) {
    const { parked, handled } = folding.finish();
    assert.deepEqual(
      parked.map(({ cause, event }) => [cause, event.revision]),
      [
        ['time-limit', 1_500n],
        ['follows', 3_000n],
      ],
    );
    assert.equal(handled, 2_999);
    const log = [...changes.changed.get('log')!.values()].map((row) => (row as { position: number }).position);
    assert.deepEqual(
      log,
      Array.from({ length: 3_000 }, (_, index) => index).filter((index) => index !== 1_500),
    );
    const counts = [...rows.get('counts')!.values()].map((row) => (row as { count: number } | null)?.count ?? 0);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      2_999,
    );
    assert.equal(rows.get('counts')!.get('bad'), null);
  }
});
