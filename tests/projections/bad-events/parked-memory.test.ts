import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../../../eventstore/codec.ts';
import { decodeReadResponse } from '../../../eventstore/reader/decode.ts';
import type { ResolvedEvent } from '../../../eventstore/reader/recorded-event.ts';
import { openSandbox } from '../../../projections/engine/builds/sandbox.ts';
import { foldEvents, noChanges, noRows } from '../../../projections/engine/feeding/fold.ts';
import { eventMessage, recordedMessage } from '../../eventstore/reader/messages.ts';

const source = `var loaded = { default: {
  name: 'refusing', version: 1, categories: ['listing'], eventTypes: ['Tested'],
  tables: { refusing: { columns: { key: 'text' }, key: ['key'], record: 'key' } },
  handle() { throw new Error('not today'); },
} };`;

test('a parked event does not hold on to the bytes that it came in', () => {
  const message = eventMessage(recordedMessage({ revision: '3', commit: '7' }));
  const { event } = decodeReadResponse(message) as ResolvedEvent;
  const sandbox = openSandbox(source);
  const { projection } = sandbox;
  const { parked } = foldEvents(sandbox, [decode(event!)], noRows(projection), noChanges(projection), new Set(), 2_000);
  assert.deepEqual(
    parked.map((each) => each.event),
    [
      {
        id: '00000000-0000-4000-8000-000000000001',
        streamName: 'listing-1',
        revision: 3n,
        position: { commit: 7n, prepare: 7n },
        created: new Date(1_700_000_000_000),
        type: 'Tested',
      },
    ],
  );
});
