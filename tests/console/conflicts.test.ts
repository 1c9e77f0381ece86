import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { test } from 'node:test';
import { isReadable } from '../../eventstore/stored-event.ts';
import { conflictNumbered, openConflicts } from '../../importers/differences/conflicts.ts';
import { noteEdits } from '../../importers/differences/note-edits.ts';
import { unwritten } from '../../importers/differences/outbox.ts';
import { openWorld } from '../history/support.ts';
import { openConsole, openPage, seed } from './support.ts';

const now = new Date('2026-04-01T10:00:00Z');

test('a person sees both sides of a conflict, and accepts or refuses the change with a reason', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  await seed(world);
  const edit = (legacy: Record<string, number>, ours: Record<string, number>) => ({
    recordKey: 'l1',
    document: 'properties/5f1',
    reason: 'edited' as const,
    disputed: Object.fromEntries(
      Object.keys(legacy).map((name) => [name, { before: 1, legacy: legacy[name], openhouse: ours[name] }]),
    ),
    legacy,
    ours,
  });
  await noteEdits(world.db, 'listing', [edit({ listPrice: 480_000 }, { listPrice: 499_000 })], now);
  const agent = { before: 'Dana Whitfield', legacy: 'Dana White', openhouse: 'Dana Whitfield' };
  await noteEdits(
    world.db,
    'agent',
    [
      {
        recordKey: 'a1',
        document: 'users/5f2',
        reason: 'edited' as const,
        disputed: { memberFullName: agent },
        legacy: { memberFullName: agent.legacy },
        ours: { memberFullName: agent.openhouse },
      },
    ],
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
  assert.match(
    text,
    /<th scope="row">List price<\/th><td[^>]*>\$1<\/td><td[^>]*>\$480,000<\/td><td[^>]*>\$499,000<\/td>/,
  );
  const seenIn = (page: string) => /name="seen" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const act = (form: Record<string, string>, at = path) => send(`${at}/actions`, form);

  const accept = { action: 'accept', because: 'The owner called', seen: seenIn(text), field: 'listPrice' };
  assert.equal((await act({ ...accept, because: ' ' })).status, 422);
  assert.equal((await act({ ...accept, action: 'delete' })).status, 422);
  assert.equal((await act({ ...accept, _csrf: 'x' })).status, 403);
  for (const [because, status, why] of [
    ['a\0', 400, /Nothing was changed[\s\S]*is not valid/],
    ['a'.repeat(2_000_000), 413, /Nothing was changed[\s\S]*is too long/],
  ] as const) {
    const answer = await act({ ...accept, because });
    assert.equal(answer.status, status);
    assert.match(answer.text, why);
  }
  // It grew since the page was shown.
  await noteEdits(
    world.db,
    'listing',
    [edit({ listPrice: 480_000, bedroomsTotal: 4 }, { listPrice: 499_000, bedroomsTotal: 3 })],
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
  assert.match((await act({ ...none, seen: seenIn(again) })).text, /there are no fields to accept/);
  assert.equal((await act({ ...accept, seen: seenIn(again) })).status, 303);

  const accepted = await (await fetch(path)).text();
  assert.match(accepted, /Partly accepted: openhouse took over/);
  assert.match(accepted, /<td data-label="Decision">accepted<\/td>[\s\S]*<td data-label="Decision">refused<\/td>/);
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

  // A changed mapping reads several records otherwise: they are one group, and are decided together.
  const read = { document: 'properties/5f1', reason: 'mapping' } as const;
  for (const [key, price] of [
    ['l1', 480_000],
    ['l2', null],
  ] as const) {
    const disputed = { listPrice: { before: price, legacy: 510_000, openhouse: price } };
    const sides = { disputed, legacy: { listPrice: 510_000 }, ours: { listPrice: price } };
    await noteEdits(world.db, 'listing', [{ ...read, recordKey: key, ...sides }], now);
  }
  const grouped = await (await fetch(`${console.url}/conflicts`)).text();
  assert.match(grouped, /<th scope="row">List price<\/th><td data-label="Records">Listings</);
  assert.doesNotMatch(grouped, /<article/);
  const [, which = ''] = /href="(\/conflicts\?type=listing[^"]*)"/.exec(grouped) ?? [];
  const listed = await (await fetch(console.url + which.replaceAll('&amp;', '&'))).text();
  assert.equal(listed.split('<article').length, 3);
  const decidePath = `${console.url}/conflicts/decide?type=listing&reason=mapping&fields=listPrice`;
  const look = await openPage(decidePath);
  assert.match(look.text, /Decide about 2 conflicts/);
  assert.match(look.text, /<td data-label="In the old CRM">\$510,000<\/td><td data-label="In openhouse">\$480,000</);
  const all = { action: 'accept', because: 'The new mapping is right', seen: seenIn(look.text), reason: 'mapping' };
  const decide = (form: Record<string, string>) => look.send(`${console.url}/conflicts/decide`, form);
  assert.equal((await decide({ ...all, _csrf: 'x' })).status, 403);
  const forged: Record<string, string>[] = [
    { type: 'house' },
    { reason: 'because' },
    { fields: 'listPrice;' },
    { fields: 'x,'.repeat(3_000) },
  ];
  for (const wrong of [{ because: ' \u200b' }, { action: 'delete' }, { seen: 'yesterday' }, ...forged])
    assert.equal((await decide({ ...all, ...wrong })).status, 422, JSON.stringify(wrong));
  assert.equal((await openConflicts(world.db)).length, 2);
  const made = await decide(all);
  assert.equal(made.status, 303);
  const done = await (await fetch(console.url + made.location)).text();
  assert.match(done, /<b>1<\/b> accepted/);
  // There is no such listing.
  assert.match(done, /<b>1<\/b> stay open because their values are not valid for the records/);
  assert.match(done, /The new mapping is right/);
  assert.equal((await fetch(`${console.url}/conflicts/decisions/999`)).status, 404);

  // Of several fields, some can be taken over and the others refused.
  await noteEdits(
    world.db,
    'listing',
    [edit({ listPrice: 520_000, bedroomsTotal: 5 }, { listPrice: 480_000, bedroomsTotal: 3 })],
    now,
  );
  const [both] = await openConflicts(world.db, { reason: 'edited' });
  const several = await openPage(`${console.url}/conflicts/decide?type=listing&reason=edited`);
  const [, offered = ''] = /name="offered" value="([^"]*)"/.exec(several.text) ?? [];
  assert.equal(offered, 'bedroomsTotal,listPrice');
  const form = { ...all, reason: 'edited', seen: seenIn(several.text), offered };
  assert.match((await several.send(`${console.url}/conflicts/decide`, form)).text, /Choose the fields/);
  const some = await several.send(`${console.url}/conflicts/decide`, { ...form, field: 'listPrice' });
  assert.match(await (await fetch(console.url + some.location)).text(), /List price; the other fields were refused/);
  assert.equal((await conflictNumbered(world.db, both!.conflictId))?.resolution, 'partly accepted');
});
