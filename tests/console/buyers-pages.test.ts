import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Listening } from '../../console/http.ts';
import { signed, signingKey } from '../../delivery/signed-link.ts';
import type { Known } from '../../domain/changes.ts';
import type { ListingFields } from '../../domain/listing/index.ts';
import { readHistory } from '../../history/read-history.ts';
import { openWorld, type World } from '../history/support.ts';
import { openConsole, openPublicPages, seed } from './support.ts';

const enter = (listingKey: string, fields: Known<ListingFields>) => ({
  type: 'RecordListing' as const,
  listingKey,
  fields: { standardStatus: 'Active' as const, listingId: `RX-${listingKey}`, ...fields },
});

suite("the buyers' pages", () => {
  let world: World;
  let pages: Listening;
  let token: string;
  before(async () => {
    world = await openWorld();
    await seed(world);
    pages = await openPublicPages(world);
    token = encodeURIComponent(signed(await signingKey(world.db, 'unsubscribe'), 'c1'));
  });
  after(async () => {
    await pages.close();
    await world.close();
  });
  const optOuts = async () => {
    const entries = [];
    for await (const { entry } of readHistory(world.store, 'lead', 'c1')) {
      if (entry.eventType === 'LeadOptedOut') entries.push(entry);
    }
    return entries;
  };

  test('opening the unsubscribe link does not opt out, and a made-up link is refused', async () => {
    const page = await fetch(`${pages.url}/unsubscribe?token=${token}`);
    assert.match(await page.text(), /<form method="post"/);
    for (const wrong of ['', 'x', `${token}x`, token.replace(/^./, 'Z')]) {
      for (const method of ['GET', 'POST']) {
        assert.equal((await fetch(`${pages.url}/unsubscribe?token=${wrong}`, { method })).status, 404, wrong);
      }
    }
    assert.deepEqual(await optOuts(), []);
  });

  test('one click opts out, once, and the history records how', async () => {
    for (let click = 0; click < 2; click++) {
      const response = await fetch(`${pages.url}/unsubscribe?token=${token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'List-Unsubscribe=One-Click',
      });
      assert.match(await response.text(), /not send you any more e-mails/);
    }
    const [entry, ...more] = await optOuts();
    assert.deepEqual([entry?.source, entry?.reason, more], ['unsubscribe-link', 'The link in an e-mail', []]);
  });

  test('one click opts out however the mail client sends it', async () => {
    const multipart = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';
    for (const [contentType, body] of [
      ['multipart/form-data; boundary=x', multipart],
      ['multipart/form-data', ''],
      ['application/json', '{'],
      ['text/plain', 'List-Unsubscribe=One-Click'],
      ['application/x-www-form-urlencoded', 'a[b=%'],
      ['nonsense', '\0'],
      [undefined, undefined],
    ] as const) {
      const response = await fetch(`${pages.url}/unsubscribe?token=${token}`, {
        method: 'POST',
        ...(contentType === undefined ? {} : { headers: { 'content-type': contentType }, body }),
      });
      assert.equal(response.status, 200, contentType);
    }
  });

  test('shows a home without what its owner does not want published', async () => {
    const home = await fetch(`${pages.url}/homes/l1`);
    assert.match(await home.text(), /<h1>12 Ocean Blvd, Boca Raton.*\$499,000.*3 beds/s);
    const change = (fields: object) => world.tell('listing', 'l1', { type: 'CorrectListing', changes: fields });
    await change({ associationFee: 412.5, associationFeeFrequency: 'Monthly' });
    await world.catchUp();
    assert.match(await (await fetch(`${pages.url}/homes/l1`)).text(), /3 beds.* · HOA \$412\.50 monthly/);
    await change({ internetAddressDisplayYN: false });
    await world.catchUp();
    const town = await (await fetch(`${pages.url}/homes/l1`)).text();
    assert.match(town, /<h1>Boca Raton<\/h1>/);
    assert.doesNotMatch(town, /Ocean/);
    await change({ internetEntireListingDisplayYN: false });
    await world.catchUp();
    for (const id of ['l1', 'l404']) assert.equal((await fetch(`${pages.url}/homes/${id}`)).status, 404);
    assert.equal((await fetch(`${pages.url}/homes/%00`)).status, 400);
  });

  test('shows the first picture of a home that a browser can show, which its own policy allows', async () => {
    const media = [
      { mediaURL: 'ftp://photos.example.com/0.jpg' },
      { mediaURL: 'https://photos.example.com/1.jpg?a="b"' },
    ];
    await world.tell('listing', 'p1', enter('p1', { media }));
    await world.catchUp();
    const response = await fetch(`${pages.url}/homes/p1`);
    assert.match(
      await response.text(),
      /<img class="photo" src="https:\/\/photos\.example\.com\/1\.jpg\?a=&quot;b&quot;"/,
    );
    assert.match(response.headers.get('content-security-policy') ?? '', /img-src 'self' https: http:;/);
  });

  test('say whose they are, with name and postal address', async () => {
    const brokerage = {
      OPENHOUSE_BROKERAGE_NAME: 'Sunshine & Sons',
      OPENHOUSE_BROKERAGE_ADDRESS: '12 Main St, Boca Raton, FL 33432',
    };
    const ours = await openPublicPages(world, brokerage);
    try {
      for (const path of ['/homes/p1', '/unsubscribe', '/nowhere'])
        assert.match(
          await (await fetch(ours.url + path)).text(),
          /<footer.*Sunshine &amp; Sons, 12 Main St, Boca Raton/,
          path,
        );
    } finally {
      await ours.close();
    }
  });

  test('share no pages with the console', async () => {
    for (const path of [
      '/',
      '/leads',
      '/outbox',
      '/quarantine',
      '/history/lead/c1',
      '/find?id=maria',
      '/health',
      '/metrics',
      '/log-in',
    ]) {
      const { status, text } = await fetch(pages.url + path).then(async (answer) => ({
        status: answer.status,
        text: await answer.text(),
      }));
      assert.equal(status, 404, path);
      assert.doesNotMatch(text, /Maria|Outbox|maria@/, path);
    }
    const console = await openConsole(world);
    try {
      for (const path of ['/homes/l1', `/unsubscribe?token=${token}`])
        assert.equal((await fetch(console.url + path)).status, 404, path);
    } finally {
      await console.close();
    }
  });

  test('follows merges from an old link to the current listing', async () => {
    for (const key of ['m1', 'm2', 'm3'])
      await world.tell('listing', key, enter(key, { unparsedAddress: `${key} Elm St` }));
    await world.tell('listing', 'm1', { type: 'MergeListingInto', listingKey: 'm2' });
    await world.tell('listing', 'm2', { type: 'MergeListingInto', listingKey: 'm3' });
    await world.catchUp();
    const answer = await fetch(`${pages.url}/homes/m1`, { redirect: 'manual' });
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/homes/m3']);
    assert.match(await (await fetch(`${pages.url}/homes/m1`)).text(), /<h1>m3 Elm St/);
  });

  test('says when a home is no longer on the market', async () => {
    await world.tell('listing', 'sold', enter('sold', { standardStatus: 'Closed', unparsedAddress: '9 Elm St' }));
    await world.tell('listing', 'deleted', enter('deleted', { standardStatus: 'Delete', unparsedAddress: '8 Elm St' }));
    await world.catchUp();
    const sold = await fetch(`${pages.url}/homes/sold`);
    assert.equal(sold.status, 200);
    assert.match(await sold.text(), /9 Elm St.*no longer on the market/s);
    for (const [key, standardStatus, over] of [
      ['contract', 'Active Under Contract', false],
      ['pending', 'Pending', true],
    ] as const) {
      await world.tell('listing', key, enter(key, { standardStatus }));
      await world.catchUp();
      const page = await (await fetch(`${pages.url}/homes/${key}`)).text();
      assert.equal(/no longer on the market/.test(page), over, standardStatus);
    }
    const deleted = await fetch(`${pages.url}/homes/deleted`);
    assert.equal(deleted.status, 410);
    const page = await deleted.text();
    assert.match(page, /no longer on the market/);
    assert.doesNotMatch(page, /8 Elm St/);
  });

  test('shows the same facts as the e-mail, with half a bath counted as half', async () => {
    const facts = {
      bedroomsTotal: 3,
      bathroomsFull: 2,
      bathroomsHalf: 1,
      bathroomsTotalInteger: 3,
      livingArea: 1850.4,
    };
    await world.tell('listing', 'baths', enter('baths', facts));
    await world.catchUp();
    const page = await (await fetch(`${pages.url}/homes/baths`)).text();
    assert.match(page, /3 beds · 2\.5 baths · 1,850 sq ft/);
  });
});
