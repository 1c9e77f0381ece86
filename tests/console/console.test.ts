import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import type { Listening } from '../../console/http.ts';
import { buildEmail } from '../../delivery/email/build-email.ts';
import { queueMessages } from '../../delivery/outbox.ts';
import { isUserError } from '../../platform/errors.ts';
import { openWorld, type World } from '../history/support.ts';
import { openConsole, seed } from './support.ts';

const pages = [
  '/',
  '/leads',
  '/leads?q=maria&stage=New&source=Zillow&area=33432&overdue=yes&order=due',
  '/leads/new',
  '/agents',
  '/agents?sort=share&show=left',
  '/offers?overdue=yes',
  '/fairness',
  '/fairness?since=2026-02-01&until=2026-01-01',
  '/outbox',
  '/outbox?state=failed&channel=slack',
  '/quarantine',
  '/quarantine?collection=users',
  '/conflicts',
];

/** The status of an answer to who gives that host name; `fetch` does not let one choose it. */
const statusFor = (url: string, host: string) =>
  new Promise<number>((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject).end();
  });

suite('before anything has run', () => {
  test('every page works and says that there is nothing yet', async () => {
    const world = await openWorld();
    const console = await openConsole(world);
    try {
      for (const path of [...pages, '/health', '/metrics']) {
        const response = await fetch(console.url + path);
        assert.equal(response.status, 200, path);
      }
      assert.match(await (await fetch(console.url)).text(), /Nothing has been imported yet/);
      assert.equal((await fetch(`${console.url}/history/lead/nobody`)).status, 404);
    } finally {
      await console.close();
      await world.close();
    }
  });
});

suite('the console', () => {
  let world: World;
  let console: Listening;
  let ids: { email: string; slack: string };
  const lines: string[] = [];
  before(async () => {
    world = await openWorld();
    ids = await seed(world);
    console = await openConsole(world, pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }));
  });
  after(async () => {
    await console.close();
    await world.close();
  });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(console.url + path, { headers, redirect: 'manual' });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  test('the first page shows problems, the brokerage in numbers, jobs, imports and servers', async () => {
    const { text } = await get('/');
    for (const expected of [
      /things need attention|Something is broken/,
      /1 imported document could not become a record/,
      /<dt>home on the market<\/dt><dd>1<\/dd>/,
      /<b>17<\/b> e-mails queued/,
      /Next run <time datetime="2026-04-01T12:15:00.000Z">/,
      /Import 1 of samples\/legacy/,
      /PostgreSQL<\/b>/,
      /up to date/,
      /<th scope="row">Listings<\/th>/,
      /Slack to Dana Whitfield/,
    ]) {
      assert.match(text, expected);
    }
  });

  test('shows what people wrote without running it', async () => {
    for (const path of ['/', '/outbox', `/outbox/${ids.email}`, '/history/lead/c1', '/leads/c1']) {
      const { text } = await get(path);
      assert.doesNotMatch(text, /<script>|<b>O<\/b>/, path);
    }
    assert.match((await get(`/outbox/${ids.email}`)).text, /A home for you &lt;script&gt;/);
  });

  test('pages allow no scripts, styles or frames of other sites; an e-mail allows none at all', async () => {
    const page = (await get('/')).headers;
    assert.match(page.get('content-security-policy') ?? '', /default-src 'none';script-src 'self';style-src 'self'/);
    assert.doesNotMatch(page.get('content-security-policy') ?? '', /unsafe/);
    assert.equal(page.get('cache-control'), 'no-store');
    const mail = await get(`/outbox/${ids.email}/html`);
    assert.match(mail.headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox/);
    assert.match(mail.headers.get('content-type') ?? '', /charset=utf-8/);
    assert.match(mail.text, /^<p style="color:#123456">Hello <b>Maria<\/b>/);
  });

  test('says why a message was written, with records by their names and without what only programs need', async () => {
    const { text } = await get(`/outbox/${ids.email}`);
    const [, why = ''] = /Why it was written(.*?)<\/details>/s.exec(text) ?? [];
    assert.match(why, /<dt>Price Change<\/dt><dd>RX-1, 12 Ocean Blvd[^<]*, \$499,000 \(was \$525,000\); found by “/);
    assert.doesNotMatch(why, /jobRunId|s404|l1|\{/);
  });

  test('shows in the history of a lead who was offered it, by name and without the key of the offer', async () => {
    const { text } = await get('/history/lead/c1');
    assert.match(text, /<th scope="row">Offered to<\/th>.*<a href="[^"]*\/a1">Dana Whitfield<\/a>/);
    assert.doesNotMatch(text, />o1</);
  });

  test('shows a Slack message with its formatting and buttons', async () => {
    const { text } = await get(`/outbox/${ids.slack}`);
    assert.match(text, /<strong>Why you<\/strong><br>• covers &lt;33432&gt;/);
    assert.match(text, /<button[^>]*slack-primary[^>]*>Accept<\/button>/);
    assert.match(text, />Pass<\/button>/);
  });

  test('the Leads page shows leads without an agent and why, open offers, and counts that lead to the rows', async () => {
    await world.tell('lead', 'c2', {
      type: 'RecordLead',
      contactKey: 'c2',
      fields: {
        email: 'lu@example.com',
        firstName: 'Lucía',
        lastName: 'Peña',
        cities: ['Jupiter'],
        listPriceMax: 450_000,
      },
    });
    await world.tell('lead', 'c3', {
      type: 'RecordLead',
      contactKey: 'c3',
      fields: { email: 'hot@example.com', leadStage: 'Hot' },
    });
    await world.catchUp();
    await sql`insert into ops.job_run (job, scheduled_for, trigger, started_at, finished_at, result, counts, report, lease_token)
      values ('lead-offers', '2026-04-01T12:00:00Z', 'schedule', '2026-04-01T12:00:00Z', '2026-04-01T12:00:01Z', 'succeeded',
        '{"leads": 1, "nobodyFits": 1}', '{"unmatched": [{"contactKey": "c2", "summary": "1 is away"}]}', 1)`.execute(
      world.db,
    );
    const { text } = await get('/leads');
    for (const expected of [
      />Lucía Peña<\/a><\/th>\s*<td[^>]*>Jupiter, up to \$450,000<\/td>/,
      /<span class="small">1 is away<\/span>/,
      /Someone has worked on it: only new leads are offered/,
      /<a href="\/agents\/a1">Dana Whitfield<\/a><\/td>\s*<td[^>]*><time datetime="2026-04-01T12:15:00.000Z"/,
      /<a href="\/leads\?stage=Hot">Hot <b>1<\/b><\/a>/,
      /<a href="\/leads\?status=waiting">No agent <b>2<\/b><\/a>/,
    ]) {
      assert.match(text, expected);
    }
    const hot = (await get('/leads?stage=Hot')).text;
    assert.match(hot, /hot@example\.com/);
    assert.doesNotMatch(hot, /Lucía/);
    assert.match((await get('/')).text, /href="\/leads\?status=waiting&amp;stage=New">1 new lead matches no agent</);
    await sql`delete from ops.job_run where job = 'lead-offers'`.execute(world.db);
  });

  test('search goes straight to a single match and lists several', async () => {
    const target = async (query: string) => (await get(`/find?${query}`)).headers.get('location');
    assert.equal(await target('type=any&id=rx-1'), '/history/listing/l1');
    assert.equal(await target('id=maria@example.com'), '/leads/c1');
    assert.equal(await target('id=ocean+bl'), '/history/listing/l1');
    assert.equal(await target('id=whitfield'), '/agents/a1');
    await world.tell('lead', 'c4', {
      type: 'RecordLead',
      contactKey: 'c4',
      fields: { email: 'dw@example.com', firstName: 'Dána', lastName: 'Zill', leadStage: 'Closed' },
    });
    assert.equal(await target('id=c4'), '/leads/c4', 'by its key also before the read models know it');
    await world.catchUp();
    const { status, text } = await get('/find?id=dana');
    assert.equal(status, 200);
    assert.match(text, /<a href="\/leads\/c4">Dána Zill<\/a><\/th>/);
    assert.match(text, /<a href="\/agents\/a1">Dana Whitfield<\/a><\/th>/);
    const nothing = await get('/find?id=nobody+at+all');
    assert.equal(nothing.status, 404);
    assert.match(nothing.text, /no record matches .*Try part of an address/s);
    for (const odd of ['', '%25', "'", '%5C']) assert.equal((await get(`/find?id=${odd}`)).status, 404, odd);
  });

  test('the Quarantine page shows the reason, the path and the document', async () => {
    const { text } = await get('/quarantine');
    for (const expected of [
      'status-unreadable',
      'properties.bson@1234',
      'The status &quot;Actve?&quot; says nothing',
    ]) {
      assert.ok(text.includes(expected), expected);
    }
  });

  test('a quarantined document of 16 MB is cut on the page, downloads whole, and takes little memory', async () => {
    const piece = 'Ünder 16 MB, still a lot 🏠 ';
    const document = JSON.stringify({
      _id: 'big',
      notes: piece.repeat(Math.floor(16_000_000 / Buffer.byteLength(piece))),
    });
    await sql`insert into ops.quarantine
        (collection, document_key, legacy_id, place, code, path, reason, raw, content_hash, first_seen_at, last_seen_at)
      select 'users', 'big-' || n, 'big-' || n, 'users.bson@1', 'too-big', 'notes', 'Too big', ${document}::json, 'h', now(), now()
      from generate_series(1, 25) n`.execute(world.db);
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 5);
    const before = process.memoryUsage().rss;
    const { status, text } = await get('/quarantine?collection=users');
    assert.equal(status, 200);
    assert.ok(text.length < 1_500_000, `a page of ${text.length} characters`);
    assert.match(text, /Only the beginning is shown.*Download the whole document \(16\.0 MB\)/);
    const [, link] = /href="(\/quarantine\/\d+\/document)"/.exec(text)!;
    const response = await fetch(console.url + link);
    assert.match(response.headers.get('content-disposition') ?? '', /^attachment; filename="quarantine-\d+\.json"$/);
    const hash = createHash('sha256');
    for await (const chunk of response.body!) hash.update(chunk as Uint8Array);
    clearInterval(timer);
    assert.equal(hash.digest('hex'), createHash('sha256').update(document).digest('hex'));
    const grown = (most - before) / 1_000_000;
    assert.ok(grown < 250, `took ${Math.round(grown)} MB more`);
    await sql`delete from ops.quarantine where code = 'too-big'`.execute(world.db);
    for (const wrong of ['0', 'x', '1e3', '999999999999999999']) {
      assert.equal((await get(`/quarantine/${wrong}/document`)).status, 404, wrong);
    }
  });

  test('shows the history of a record field by field', async () => {
    const found = await get('/find?type=listing&id=rx-1');
    assert.deepEqual([found.status, found.headers.get('location')], [303, '/history/listing/l1']);
    const { text } = await get('/history/listing/RX-1');
    assert.match(text, /person mlopez/);
    assert.match(text, /Typed one digit wrong/);
    assert.match(text, /<td class="before">\$525,000<\/td>\s*<td class="after">\$499,000<\/td>/);
    assert.match(text, /<a href="\/agents\/a1">Dana Whitfield<\/a>/);
    assert.match((await get('/history/listing/l1?at=2020-01-01T00:00')).text, /It did not exist yet/);
    assert.match((await get('/history/listing/l1?at=2999-01-01T00:00&zone=America/New_York')).text, /E[SD]T<\/h2>/);
    assert.match((await get('/history/listing/l1?at=sometime')).text, /role="alert">.*is not a valid time/);
    assert.match((await get('/history/listing/l1?at=2999-01-01&zone=Nowhere/At%20all')).text, /there is no time zone/);
  });

  test('reports what does not exist, and what to do', async () => {
    for (const path of [
      '/nowhere',
      '/find?type=listing&id=RX-404',
      '/find?type=house&id=1',
      '/outbox/1',
      '/outbox/00000000-0000-4000-8000-000000000000',
      `/outbox/${ids.slack}/html`,
    ]) {
      const { status, text } = await get(path);
      assert.equal(status, 404, path);
      assert.match(text, /<h1>/, path);
    }
    assert.ok((await get('/%')).status < 500);
    assert.equal((await get("/outbox?before=1'&state=x&channel=y")).status, 200);
  });

  test('rejects text that PostgreSQL cannot compare, wherever it is', async () => {
    for (const path of [
      '/history/listing/%00',
      '/outbox/%00',
      '/outbox?channel=%00',
      '/quarantine?collection=%00',
      '/quarantine?code=a&code=b%00',
      '/find?id=%00',
    ]) {
      const { status, text } = await get(path);
      assert.equal(status, 400, path);
      assert.match(text, /The address is not valid/);
    }
  });

  test('serves health and metrics', async () => {
    const health = JSON.parse((await get('/health')).text) as { status: string; projections: { caughtUp: boolean }[] };
    assert.equal(health.status, 'degraded');
    assert.ok(health.projections.length >= 5 && health.projections.every(({ caughtUp }) => caughtUp));
    const { text } = await get('/metrics');
    assert.match(text, /^openhouse_part_up\{part="PostgreSQL"\} 1$/m);
    assert.match(text, /^openhouse_outbox_messages\{channel="email",state="pending"\} 1$/m);
    assert.match(text, /^openhouse_quarantined_documents 1$/m);
    assert.match(text, /^process_cpu_user_seconds_total /m);
    assert.doesNotMatch(text, /maria/i);
  });

  test('the first page lists an e-mail to an agent among the messages to agents', async (t) => {
    const message = buildEmail({ to: 'dana@example.com', subject: 'Your buyers', html: '<p>x</p>', text: 'x' });
    const summary = {
      channel: 'email',
      kind: 'agent-summary',
      memberKey: 'a1',
      recipient: 'dana@example.com',
    } as const;
    await queueMessages(world.db, [{ dedupeKey: 'summary', ...summary, message }]);
    t.after(async () => void (await sql`delete from ops.outbox where dedupe_key = 'summary'`.execute(world.db)));
    const [, toBuyers = '', toAgents = ''] = (await get('/')).text.split('<h2>Latest messages to ');
    assert.match(toBuyers, /^buyers[\s\S]*A home for you/);
    assert.doesNotMatch(toBuyers, /Your buyers/);
    assert.match(toAgents, /^agents[\s\S]*Your buyers/);
  });

  test('answers only to names of this machine while it does not ask for a log-in', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '192.168.1.5:4000']) {
      for (const path of ['/', '/leads', '/health']) assert.equal(await statusFor(console.url + path, host), 421, host);
    }
    for (const host of ['localhost:4000', '127.0.0.1', '[::1]:4000']) {
      assert.equal(await statusFor(`${console.url}/`, host), 200, host);
    }
  });

  test('reports a port that is in use, and what to do', async () => {
    const port = Number(new URL(console.url).port);
    const { startConsole } = await import('../../console/server.ts');
    const { loadConfig } = await import('../../platform/config/config.ts');
    const { systemClock } = await import('../../platform/clock.ts');
    const deps = {
      db: world.db,
      store: world.store,
      config: loadConfig({}),
      log: pino({ level: 'silent' }),
      clock: systemClock,
    };
    await assert.rejects(
      startConsole(deps, { port }),
      (error) => isUserError(error) && error.code === 'port-in-use' && /--port/.test(error.hint ?? ''),
    );
  });

  test('logs a failed page without personal data', async () => {
    const broken = {
      ...world.store,
      // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
      async *readStream() {
        throw new Error('boom');
      },
    };
    const other = await openConsole(
      { ...world, store: broken as unknown as World['store'] },
      pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }),
    );
    try {
      lines.length = 0;
      const response = await fetch(`${other.url}/history/lead/maria@example.com`);
      assert.equal(response.status, 500);
      assert.doesNotMatch(await response.text(), /boom/);
      const [line] = lines.map((each) => JSON.parse(each) as { route: string; err: { message: string } });
      assert.deepEqual([line?.route, line?.err.message], ['/history/:type/:id', 'boom']);
      assert.doesNotMatch(lines.join(''), /maria/);
    } finally {
      await other.close();
    }
  });
});
