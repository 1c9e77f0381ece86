import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { importDump } from '../../importers/dump/import-dump.ts';
import { systemClock } from '../../platform/clock.ts';
import { openWorld } from '../history/support.ts';
import { contact, property } from '../importers/support/documents.ts';
import { writeDump } from '../importers/support/dump.ts';
import { openConsole, openPage, seed } from './support.ts';

test('a person sees what a correction would do, applies it, and dismisses a document; without a reason or a token nothing changes', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  await seed(world);
  const folder = writeDump(t, {
    contacts: [contact({ email: 'nobody' }), contact({ email: 'none', name: 'Bob Buyer' })],
  });
  await importDump({ db: world.db, store: world.store, clock: systemClock }, folder);
  const console = await openConsole(world);
  t.after(() => console.close());
  const list = await (await fetch(`${console.url}/quarantine?collection=contacts&search=nobody`)).text();
  const ids = [...list.matchAll(/<h2><a href="\/quarantine\/(\d+)"/g)].map(([, id]) => id!);
  assert.equal(ids.length, 1);
  assert.match(list, /<code>email<\/code>: nobody</);
  const path = `${console.url}/quarantine/${ids[0]}`;
  const { text, send } = await openPage(path);
  assert.match(text, /A lead needs an e-mail address or a phone number/);
  assert.match(text, /<code>email<\/code>: nobody</);
  const act = (form: Record<string, string>, at = path) => send(`${at}/actions`, form);
  const correction = { path: 'email', value: 'ana@example.org' };
  const preview = await act({ action: 'preview', ...correction });
  assert.equal(preview.status, 200);
  assert.match(preview.text, /It would leave the quarantine/);
  assert.match(preview.text, /Lead captured/);
  assert.match(preview.text, /value="ana@example.org"/);
  assert.equal((await act({ action: 'edit', ...correction })).status, 422);
  assert.equal((await act({ action: 'edit', ...correction, because: 'Called her', _csrf: 'x' })).status, 403);
  const stale = await act({ action: 'edit', ...correction, because: 'Called her', contentHash: 'another' });
  assert.equal(stale.status, 422);
  const impossible = await act({ action: 'edit', path: 'name.<b>`first`', value: 'x', because: 'x' });
  assert.equal(impossible.status, 422);
  assert.match(impossible.text, /has no &lt;b&gt;<code>first<\/code>/);
  assert.equal((await act({ action: 'edit', ...correction, because: 'Called her' })).status, 303);
  const after = await (await fetch(`${path}?done=edit`)).text();
  assert.match(after, /left the quarantine/);
  assert.match(after, /Called her/);
  const rest = await (await fetch(`${console.url}/quarantine?collection=contacts`)).text();
  const [, other] = /<h2><a href="\/quarantine\/(\d+)"/.exec(rest)!;
  const otherPath = `${console.url}/quarantine/${other}`;
  assert.equal((await act({ action: 'retry' }, otherPath)).status, 303);
  assert.equal((await act({ action: 'dismiss', because: 'A test record' }, otherPath)).status, 303);
  assert.match(
    await (await fetch(`${console.url}/quarantine?collection=contacts`)).text(),
    /There are no such documents/,
  );
  assert.match(await (await fetch(`${console.url}/quarantine?dismissed=yes`)).text(), /none/);
  assert.equal((await fetch(`${console.url}/quarantine/999999`)).status, 404);
});

test('a person lets imports go on after one stopped, with a reason', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  await seed(world);
  const folder = writeDump(t, { contacts: Array.from({ length: 60 }, () => contact({ email: 'nobody' })) });
  const importing = importDump({ db: world.db, store: world.store, clock: systemClock }, folder);
  await assert.rejects(importing, { code: 'quarantine-limit' });
  const console = await openConsole(world);
  t.after(() => console.close());
  const { text, send } = await openPage(`${console.url}/quarantine`);
  assert.match(text, /Imports have stopped/);
  assert.match(text, />60<\/a> of 60 documents/);
  const accept = async (form: Record<string, string>) => (await send(`${console.url}/quarantine/accept`, form)).status;
  assert.equal(await accept({ because: ' ' }), 422);
  assert.equal(await accept({ because: 'Test records', _csrf: 'x' }), 403);
  assert.match(await (await fetch(`${console.url}/quarantine`)).text(), /Imports have stopped/);
  assert.equal(await accept({ because: 'Test records' }), 303);
  assert.doesNotMatch(await (await fetch(`${console.url}/quarantine`)).text(), /Imports have stopped/);
  const { rows } = await sql<{ because: string }>`
    select accepted_because as because from ops.import_run where accepted_by is not null`.execute(world.db);
  assert.deepEqual(rows, [{ because: 'Test records' }]);
  await importDump({ db: world.db, store: world.store, clock: systemClock }, folder);
});

test('a document whose record was refused is shown and corrected as it is in the old CRM', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  await seed(world);
  const photos = (of: string) =>
    Array.from({ length: 9_000 }, (_, n) => `https://photos.example.com/${of}/${n}/${'x'.repeat(30)}.jpg`);
  const properties = ['a', 'b'].map((of) => property({ mlsId: 'RX-20000001', photos: photos(of) }));
  await importDump({ db: world.db, store: world.store, clock: systemClock }, writeDump(t, { properties }));
  const console = await openConsole(world);
  t.after(() => console.close());
  const list = await (await fetch(`${console.url}/quarantine?collection=properties&code=too-large`)).text();
  const [, id] = /<h2><a href="\/quarantine\/(\d+)"/.exec(list)!;
  const { text, send } = await openPage(`${console.url}/quarantine/${id}`);
  assert.match(text, /&quot;mlsId&quot;:&quot;RX-20000001&quot;/);
  const whole = (await (await fetch(`${console.url}/quarantine/${id}/document`)).json()) as { photos: string[] };
  assert.equal(whole.photos.length, 9_000);
  const correction = { action: 'edit', path: 'photos', value: '', because: 'Too many' };
  const { location } = await send(`${console.url}/quarantine/${id}/actions`, correction);
  const done = await fetch(new URL(location!, console.url));
  assert.match(await done.text(), /The document was corrected and left the quarantine/);
});
