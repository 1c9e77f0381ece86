import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Listening } from '../../console/http.ts';
import { openWorld, type World } from '../history/support.ts';
import { openConsole, seed } from './support.ts';

/** At 12:00 on 1 April 2026, as the console's clock has it. */
suite('working with leads and agents in the console', () => {
  let world: World;
  let console: Listening;
  let cookie = '';
  let token = '';
  before(async () => {
    world = await openWorld();
    await seed(world);
    await world.tell('agent', 'a2', {
      type: 'RecordAgent',
      memberKey: 'a2',
      fields: { memberFullName: 'Luis Ortega', memberEmail: 'luis@example.com' },
    });
    await world.tell('lead', 'late', [
      { type: 'RecordLead', contactKey: 'late', fields: { email: 'late@example.com', firstName: 'Late' } },
      { type: 'OfferLead', offerKey: 'o2', memberKeys: ['a1', 'a2'], reasons: [], expiresAt: '2026-04-01T11:00:00Z' },
    ]);
    await world.tell('lead', 'quiet', [
      { type: 'RecordLead', contactKey: 'quiet', fields: { email: 'quiet@example.com', firstName: 'Quiet' } },
    ]);
    await world.tell(
      'lead',
      'quiet',
      { type: 'ReassignLead', memberKey: 'a2' },
      { actor: { kind: 'person', id: 'dana' }, occurredAt: '2026-04-01T10:00:00Z' },
    );
    await world.catchUp();
    console = await openConsole(world);
    const page = await fetch(`${console.url}/leads/new`);
    cookie = page.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    token = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  });
  after(async () => {
    await console.close();
    await world.close();
  });

  const get = async (path: string) => await (await fetch(console.url + path)).text();
  const post = async (path: string, form: Record<string, string>) => {
    const response = await fetch(console.url + path, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ _csrf: token, ...form }),
      redirect: 'manual',
    });
    await world.catchUp();
    return { status: response.status, location: response.headers.get('location'), text: await response.text() };
  };

  test('an offer and a response that are late are shown as overdue, wherever they are', async () => {
    for (const path of ['/leads?overdue=yes', '/leads', '/leads/late', '/leads/quiet', '/agents', '/offers']) {
      assert.match(await get(path), /class="(state failed|late)"/, path);
    }
    const overdue = await get('/leads?overdue=yes');
    assert.deepEqual(
      [...overdue.matchAll(/<th scope="row"><a href="\/leads\/([^"]+)"/g)].map(([, key]) => key),
      ['late', 'quiet'],
    );
    assert.match(await get('/offers?overdue=yes'), /overdue by 60 min/);
  });

  test('every count links to exactly that many rows', async () => {
    const unescaped = (path: string) => path.replaceAll('&amp;', '&');
    for (const path of ['/leads', '/leads?agent=a2', '/leads?q=late', '/offers', '/agents']) {
      const counts = [...(await get(path)).matchAll(/<a href="([^"]+)"[^>]*>[^<]+ <b>(\d+)<\/b><\/a>/g)];
      assert.ok(counts.length > 1, path);
      for (const [, href, count] of counts) {
        const rows = (await get(unescaped(href!))).match(
          /<th scope="row"><a href="\/(leads|agents)\/[^"]+">.*<\/a><\/th>\s*<td [^>]*data-label/g,
        );
        assert.equal(rows?.length ?? 0, Number(count), `${path}: ${href}`);
      }
    }
  });

  test('a lead is offered, passed on, accepted, released, closed and reopened by a person', async () => {
    const { location } = await post('/leads/new', { firstName: 'Ana', email: 'ana@example.com', cities: 'Jupiter' });
    const page = /^\/leads\/[^?]+/.exec(location ?? '')?.[0] ?? '';
    assert.match(location ?? '', /\?done=captured$/);
    const act = async (form: Record<string, string>) => await post(`${page}/actions`, form);
    assert.equal((await act({ action: 'offer', agent: 'a1', minutes: '30' })).status, 422, 'without a reason');
    const because = 'Asked for by name';
    assert.match((await act({ action: 'offer', agent: 'a1', minutes: '30', because })).location ?? '', /done=offer$/);
    assert.match(await get(page), /Dana Whitfield accepts or passes/);
    assert.match((await act({ action: 'pass', agent: 'a1', passReason: 'Too busy' })).location ?? '', /done=pass$/);
    assert.match((await act({ action: 'accept', agent: 'a1' })).text, /no longer open/);
    await act({ action: 'offer', agent: 'a2', minutes: '30', because });
    assert.match((await act({ action: 'accept', agent: 'a2' })).location ?? '', /done=accept$/);
    assert.match((await act({ action: 'release', because })).location ?? '', /done=release$/);
    const text = await get(page);
    for (const shown of [/passed \(too busy\)/, /Luis Ortega \(accepted\)/, /Because: <em>Asked for by name<\/em>/]) {
      assert.match(text, shown);
    }
    assert.match(text, /by <b>person /);
  });

  test('what an agent did with a lead is logged once, and counts as the response that was due', async () => {
    await world.tell('lead', 'nina', {
      type: 'RecordLead',
      contactKey: 'nina',
      fields: { email: 'nina@example.com', firstName: 'Nina' },
    });
    const dana = { actor: { kind: 'person', id: 'dana' }, occurredAt: '2026-04-01T11:30:00Z' } as const;
    await world.tell('lead', 'nina', { type: 'ReassignLead', memberKey: 'a2' }, dana);
    await world.catchUp();
    const act = async (form: Record<string, string>) => await post('/leads/nina/actions', { action: 'log', ...form });
    assert.match((await act({ activityType: 'Note', note: ' ' })).text, /Write the note/);
    assert.equal((await act({ activityType: 'Site Visit' })).status, 422);
    assert.match((await act({ activityType: 'Note', note: 'Has a dog' })).location ?? '', /done=log$/);
    assert.match(await get('/leads/nina'), /Luis Ortega gets in touch/);
    const call = { activityType: 'Call', note: 'Wants to see it', requestKey: '5f1d9a52-8f0e-4f4b-9d0a-2f6b2f6f8a12' };
    assert.match((await act(call)).location ?? '', /done=log$/);
    assert.match((await act(call)).location ?? '', /done=nothing$/);
    const text = await get('/leads/nina');
    assert.match(text, /Luis Ortega stays in touch<\/b>.*last: call/s);
    assert.match(text, /<b>Call<\/b>.*by <a href="\/agents\/a2">Luis Ortega<\/a>.*Wants to see it/s);
  });

  test('the stage of a lead is changed; a closed one is reopened first', async () => {
    const act = async (form: Record<string, string>) => await post('/leads/nina/actions', form);
    assert.match((await act({ action: 'stage', stage: 'Hot' })).location ?? '', /done=stage$/);
    assert.match((await act({ action: 'stage', stage: 'Hot' })).location ?? '', /done=nothing$/);
    assert.equal((await act({ action: 'stage', stage: 'Lukewarm' })).status, 422);
    await act({ action: 'stage', stage: 'Closed', because: 'Bought' });
    assert.match(await get('/leads/nina'), /<span class="state">Closed<\/span>.*Because: <em>Bought<\/em>/s);
    assert.match((await act({ action: 'stage', stage: 'Hot' })).text, /reopen it first/);
    assert.match((await act({ action: 'reopen', because: 'Wants another' })).location ?? '', /done=reopen$/);
  });

  test('the form records a known person as an inquiry, and the same form once', async () => {
    const form = { email: 'late@example.com', message: 'Is it still for sale?', listing: 'RX-1' };
    const requestKey = '5f1d9a52-8f0e-4f4b-9d0a-2f6b2f6f8a11';
    assert.equal((await post('/leads/new', { ...form, requestKey })).location, '/leads/late?done=inquiry');
    assert.equal((await post('/leads/new', { ...form, requestKey })).location, '/leads/late?done=nothing');
    const text = await get('/leads/late');
    assert.match(text, /Is it still for sale\?/);
    assert.match(text, /<a href="\/history\/listing\/l1">12 Ocean Blvd/);
  });

  test('the form says at each field what is wrong, and keeps what was filled in', async () => {
    const refused = await post('/leads/new', { email: 'nobody', firstName: 'Keep <me>', listing: 'RX-404' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /id="problem-email">Is not an e-mail address</);
    assert.match(refused.text, /value="Keep &lt;me&gt;"/);
    assert.match((await post('/leads/new', {})).text, /An e-mail address or a phone number is needed/);
    assert.match(
      (await post('/leads/new', { email: 'x@example.com', listing: 'RX-404' })).text,
      /There is no such listing/,
    );
  });

  test('an agent is paused, resumed and given a capacity', async () => {
    const act = async (form: Record<string, string>) => await post('/agents/a2/actions', form);
    assert.match((await act({ action: 'pause', time: 'a while' })).text, /is not a time span/);
    assert.match((await act({ action: 'pause', time: '2h', because: 'Dentist' })).location ?? '', /done=pause$/);
    assert.match(await get('/agents/a2'), /<span class="state market">paused<\/span>/);
    assert.match(await get('/agents?show=paused'), /Luis Ortega/);
    assert.match((await act({ action: 'resume' })).location ?? '', /done=resume$/);
    assert.match((await act({ action: 'resume' })).location ?? '', /done=nothing$/);
    assert.match((await act({ action: 'capacity', maxLeads: '-1' })).text, /is not a number of leads/);
    assert.match((await act({ action: 'capacity', maxLeads: '12' })).location ?? '', /done=capacity$/);
    assert.match(await get('/agents/a2'), /12 leads at once/);
    const response = await fetch(`${console.url}/agents/a2/actions`, { method: 'POST', body: 'action=resume' });
    assert.ok(response.status >= 400, 'without a token');
  });

  test('the working hours of an agent are set, and refused when they are unclear', async () => {
    const act = async (form: Record<string, string>) => await post('/agents/a2/actions', { action: 'hours', ...form });
    assert.match((await act({ hours: 'mornings' })).text, /is not working hours such as/);
    assert.match((await act({ hours: 'mon 9-17', timeZone: 'Mars/Base' })).text, /is not a time zone/);
    const given = { hours: 'mon-tue 9-17', timeZone: 'America/Chicago', because: 'Part time' };
    assert.match((await act(given)).location ?? '', /done=hours$/);
    assert.match(await get('/agents/a2'), /Mon–Tue 9:00 AM–5:00 PM.*America\/Chicago/s);
    assert.match(await get('/agents/a2'), /value="mon-tue 09:00-17:00"/, 'as it can be set again');
  });

  test('the office of an agent is set, and refused when it is too long', async () => {
    const act = async (office: string) => await post('/agents/a2/actions', { action: 'office', office });
    assert.match((await act('x'.repeat(201))).text, /at most 200 characters/);
    assert.match((await act(' boca <1> ')).location ?? '', /done=office$/);
    assert.match(await get('/agents/a2'), /<dt>Office<\/dt><dd>boca &lt;1&gt;<\/dd>/);
    assert.match((await act('')).location ?? '', /done=office$/);
    assert.match(await get('/agents/a2'), /<dt>Office<\/dt><dd>none<\/dd>/);
  });

  test('fairness is drawn as bars, with the figures beside them', async () => {
    const text = await get('/fairness?since=2026-01-01&until=2027-01-01');
    assert.match(text, /<a href="\/agents\/a1">Dana Whitfield<\/a>.*?<svg class="bar".*?<rect class="(passed|open)"/s);
    assert.match(text, /<a href="\/agents\/a2">Luis Ortega<\/a>.*?<rect class="accepted"/s);
    assert.match(await get('/fairness?since=2020-01-01&until=2020-02-01'), /No lead was offered in this period/);
  });

  test('a lead or an agent that does not exist has no page', async () => {
    for (const path of ['/leads/nobody', '/agents/nobody']) {
      assert.equal((await fetch(console.url + path)).status, 404, path);
    }
  });
});
