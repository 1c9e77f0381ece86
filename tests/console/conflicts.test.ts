import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { test } from 'node:test';
import { isReadable } from '../../eventstore/stored-event.ts';
import { conflictNumbered, noteEdit, openConflicts } from '../../importers/differences/conflicts.ts';
import { unwritten } from '../../importers/differences/outbox.ts';
import { openWorld } from '../history/support.ts';
import { openConsole, openPage, seed } from './support.ts';

const now = new Date('2026-04-01T10:00:00Z');

test('a person sees both sides of a conflict, and accepts or refuses the change with a reason', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  await seed(world);
  const edit = (legacy: Record<string, number>, ours: Record<string, number>) => ({
    aggregate: 'listing' as const,
    recordKey: 'l1',
    document: 'properties/5f1',
    disputed: Object.fromEntries(
      Object.keys(legacy).map((name) => [name, { before: 1, legacy: legacy[name], openhouse: ours[name] }]),
    ),
    legacy,
    ours,
  });
  await noteEdit(world.db, edit({ listPrice: 480_000 }, { listPrice: 499_000 }), now);
  const agent = { before: 'Dana Whitfield', legacy: 'Dana White', openhouse: 'Dana Whitfield' };
  await noteEdit(
    world.db,
    {
      aggregate: 'agent',
      recordKey: 'a1',
      document: 'users/5f2',
      disputed: { memberFullName: agent },
      legacy: { memberFullName: agent.legacy },
      ours: { memberFullName: agent.openhouse },
    },
    now,
  );
  const [listing, other] = await openConflicts(world.db);
  const console = await openConsole(world);
  t.after(() => console.close());

  const list = await (await fetch(`${console.url}/conflicts`)).text();
  assert.match(list, /Listing: RX-1, 12 Ocean Blvd/);
  assert.match(list, /Agent: Dana Whitfield/);
  const pathOf = (id: string) => `${console.url}/conflicts/${id}`;
  const path = pathOf(listing!.conflictId);
  const { text, send } = await openPage(path);
  assert.match(text, /<th scope="row">List price<\/th><td>\$1<\/td><td>\$480,000<\/td><td>\$499,000<\/td>/);
  const seenIn = (page: string) => /name="seen" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const act = (form: Record<string, string>, at = path) => send(`${at}/actions`, form);

  const accept = { action: 'accept', because: 'The owner called', seen: seenIn(text), field: 'listPrice' };
  assert.equal((await act({ ...accept, because: ' ' })).status, 422);
  assert.equal((await act({ ...accept, action: 'delete' })).status, 422);
  assert.equal((await act({ ...accept, _csrf: 'x' })).status, 403);
  // It grew since the page was shown.
  await noteEdit(
    world.db,
    edit({ listPrice: 480_000, bedroomsTotal: 4 }, { listPrice: 499_000, bedroomsTotal: 3 }),
    now,
  );
  const stale = await act(accept);
  assert.equal(stale.status, 422);
  assert.match(stale.text, /changed since it was shown to you/);
  assert.equal((await conflictNumbered(world.db, listing!.conflictId))?.resolvedAt, null);
  const again = await (await fetch(path)).text();
  assert.match(again, /Bedrooms/);
  assert.match(again, /<input type="checkbox" name="field" value="bedroomsTotal" checked>/);
  const { field: _, ...none } = accept;
  assert.match((await act({ ...none, seen: seenIn(again) })).text, /no field is to be accepted/);
  assert.equal((await act({ ...accept, seen: seenIn(again) })).status, 303);

  const accepted = await (await fetch(path)).text();
  assert.match(accepted, /Partly accepted: openhouse took over/);
  assert.match(accepted, /<td>accepted<\/td>[\s\S]*<td>refused<\/td>/);
  assert.match(accepted, /The owner called/);
  assert.doesNotMatch(accepted, /<form method="post" action="\/conflicts/);
  const events = [];
  for await (const event of world.store.readStream('listing-l1')) if (isReadable(event)) events.push(event);
  const { metadata, event } = events.at(-1)!;
  assert.deepEqual(metadata.actor, { kind: 'person', id: userInfo().username });
  assert.equal(metadata.reason, 'The owner called');
  assert.match(JSON.stringify(event.data), /480000/);
  assert.doesNotMatch(JSON.stringify(event.data), /bedroomsTotal/);
  assert.equal((await act({ ...accept, seen: seenIn(again) })).status, 422);

  const otherPath = pathOf(other!.conflictId);
  const seen = seenIn(await (await fetch(otherPath)).text());
  assert.equal((await act({ action: 'refuse', because: 'Wrong system', seen }, otherPath)).status, 303);
  assert.match(await (await fetch(otherPath)).text(), /Refused: the old CRM gets/);
  assert.ok((await unwritten(world.db)).some(({ recordKey }) => recordKey === 'a1'));
  assert.match(await (await fetch(`${console.url}/conflicts`)).text(), /There are no open conflicts/);
  for (const wrong of ['999999', 'x']) assert.equal((await fetch(pathOf(wrong))).status, 404, wrong);
});
