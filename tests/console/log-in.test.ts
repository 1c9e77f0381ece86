import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import { logInLimits } from '../../console/access/attempts.ts';
import { ownPath } from '../../console/access/log-in.ts';
import { migrateAccess } from '../../console/access/migrations.ts';
import { asksForLogIn, isLoopback } from '../../console/access/reach.ts';
import { addUser, endSessions, listUsers, removeUser, setPassword } from '../../console/access/users.ts';
import type { Listening } from '../../console/http.ts';
import { isUserError } from '../../platform/errors.ts';
import { openWorld, type World } from '../history/support.ts';
import { openConsole, seed } from './support.ts';

const password = 'correct horse battery';

/** A browser that keeps cookies and does not follow redirects. */
const visitor = (url: string) => {
  const cookies = new Map<string, string>();
  const go = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(url + path, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(init.headers as Record<string, string> | undefined),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const post = (path: string, form: Readonly<Record<string, string>>, headers: Record<string, string> = {}) =>
    go(path, { method: 'POST', body: new URLSearchParams(form), headers });
  const csrfToken = async (path: string) => /name="_csrf" value="([^"]+)"/.exec((await go(path)).text)?.[1] ?? '';
  const logIn = async (userName: string, secret = password, path = '/log-in') =>
    post(path, { userName, password: secret, _csrf: await csrfToken('/log-in') });
  return { cookies, go, post, csrfToken, logIn };
};

test('asks for a log-in when other machines may reach the console', () => {
  const asks = (host: string, consoleUrl?: string, consoleLogIn: 'always' | 'beyond-loopback' = 'beyond-loopback') =>
    asksForLogIn({ consoleLogIn, consoleUrl }, host);
  for (const host of ['127.0.0.1', '127.8.9.10', '::1', '[::1]', 'localhost', 'LOCALHOST'])
    assert.ok(!asks(host), host);
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '192.168.1.5',
    'example.com',
    '127.0.0.1.example.com',
    'localhost.example',
    '128.0.0.1',
  ])
    assert.ok(asks(host), host);
  assert.ok(asks('127.0.0.1', 'https://crm.example.com'), 'a web server before it');
  assert.ok(!asks('127.0.0.1', 'http://localhost:4000'));
  assert.ok(asks('127.0.0.1', undefined, 'always'));
  assert.equal(isLoopback('2130706433'), false);
});

test('continues only to its own pages after the log-in', () => {
  for (const own of ['/', '/leads', '/find?id=a%20b', '/history/lead/x']) assert.equal(ownPath(own), own);
  for (const foreign of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '',
    '/\t/evil.example',
    '/.//evil.example',
  ])
    assert.equal(ownPath(foreign), '/', foreign);
});

suite('a console that other machines can reach', () => {
  let world: World;
  let console: Listening;
  let url: string;
  const paths = [
    '/',
    '/leads',
    '/leads/c1',
    '/agents',
    '/offers',
    '/fairness',
    '/outbox',
    '/quarantine',
    '/history/lead/c1',
    '/find?id=maria',
    '/health',
    '/nowhere',
  ];
  before(async () => {
    world = await openWorld();
    await seed(world);
    await migrateAccess(world.db);
    console = await openConsole(world, undefined, '0.0.0.0');
    url = `http://127.0.0.1:${new URL(console.url).port}`;
  });
  after(async () => {
    await console?.close();
    await world?.close();
  });

  test('shows which command to run while there are no users', async () => {
    const { status, text } = await visitor(url).go('/log-in');
    assert.equal(status, 200);
    assert.match(text, /openhouse users add/);
  });

  test('shows no personal data before the log-in, whatever the host name', async () => {
    await addUser(world.db, { userName: 'dana', password });
    for (const host of ['localhost', '127.0.0.1', 'localhost:4000', 'evil.example']) {
      for (const path of paths) {
        const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
          request(url + path, { headers: { host } }, (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => {
              text += chunk;
            });
            response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
          })
            .on('error', reject)
            .end();
        });
        assert.equal(answer.status, 401, `${host}${path}`);
        assert.doesNotMatch(answer.text, /maria|ocean/i);
      }
    }
    const metrics = await visitor(url).go('/metrics');
    assert.equal(metrics.status, 200);
    assert.doesNotMatch(metrics.text, /maria/i);
  });

  test('shows the log-in page, then returns to the requested page', async () => {
    const dana = visitor(url);
    const sent = await dana.go('/history/lead/c1');
    assert.deepEqual([sent.status, sent.headers.get('location')], [303, '/log-in?to=%2Fhistory%2Flead%2Fc1']);
    const back = await dana.logIn('Dana ', password, sent.headers.get('location')!);
    assert.deepEqual([back.status, back.headers.get('location')], [303, '/history/lead/c1']);
    const page = await dana.go('/history/lead/c1');
    assert.equal(page.status, 200);
    assert.match(page.text, /<span title="dana">dana<\/span> <button>Log out/);
  });

  test('protects its cookie from scripts and other sites', async () => {
    const { headers } = await visitor(url).logIn('dana');
    const cookie = headers.getSetCookie().find((each) => each.startsWith('openhouse_session='))!;
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Lax/);
    assert.doesNotMatch(cookie, /Secure/, 'this is plain HTTP');
  });

  test('sends its cookie only over https when behind https', async () => {
    const behind = await openConsole(world, undefined, '127.0.0.1', {
      OPENHOUSE_CONSOLE_URL: 'https://crm.example.com',
    });
    try {
      const dana = visitor(behind.url);
      const { headers } = await dana.logIn('dana');
      const cookie = headers.getSetCookie().find((each) => each.startsWith('__Host-openhouse_session='))!;
      assert.match(cookie, /; Secure/);
      assert.equal((await dana.go('/leads')).status, 200);
    } finally {
      await behind.close();
    }
  });

  test('gives the same answer for a wrong password and an unknown user', async () => {
    const wrong = await visitor(url).logIn('dana', 'not the password');
    const nobody = await visitor(url).logIn('anyone', 'not the password');
    assert.deepEqual([wrong.status, nobody.status], [403, 403]);
    const told = (text: string) => text.replace(/value="[^"]*"/g, '');
    assert.equal(told(wrong.text), told(nobody.text));
    assert.match(wrong.text, /The user name or the password is wrong/);
  });

  test('refuses a user name that no one can have', async () => {
    assert.equal((await visitor(url).logIn('dana\0', password)).status, 400);
  });

  test('ends the session for good on log-out', async () => {
    const dana = visitor(url);
    await dana.logIn('dana');
    const stolen = new Map(dana.cookies);
    assert.equal((await dana.post('/log-out', { _csrf: await dana.csrfToken('/') })).status, 303);
    const thief = visitor(url);
    for (const [name, value] of stolen) thief.cookies.set(name, value);
    assert.equal((await thief.go('/leads')).status, 303);
  });

  test('rejects made-up, expired, idle and revoked sessions', async () => {
    const dana = visitor(url);
    const lives = async () => (await dana.go('/leads')).status === 200;
    dana.cookies.set('openhouse_session', 'made-up');
    assert.equal(await lives(), false);
    const ends: [why: string, end: () => Promise<unknown>][] = [
      ['idle', () => sql`update ops.console_session set last_used_at = now() - interval '13 hours'`.execute(world.db)],
      ['old', () => sql`update ops.console_session set created_at = now() - interval '8 days'`.execute(world.db)],
      ['log-out by someone else', () => endSessions(world.db, 'dana')],
      ['another password', () => setPassword(world.db, { userName: 'dana', password })],
    ];
    for (const [why, end] of ends) {
      await dana.logIn('dana');
      assert.equal(await lives(), true, `before: ${why}`);
      await end();
      assert.equal(await lives(), false, why);
    }
    await sql`delete from ops.console_log_in_attempt`.execute(world.db);
  });

  test("does not extend a session for a page's automatic requests", async () => {
    const dana = visitor(url);
    await dana.logIn('dana');
    await sql`update ops.console_session set last_used_at = now() - interval '11 hours'`.execute(world.db);
    const idle = async () => {
      const { rows } = await sql<{ idle: boolean }>`
        select last_used_at < now() - interval '10 hours' as idle from ops.console_session order by created_at desc`.execute(
        world.db,
      );
      return rows[0]!.idle;
    };
    await dana.go('/', { headers: { 'hx-request': 'true' } });
    assert.equal(await idle(), true);
    await dana.go('/');
    assert.equal(await idle(), false);
  });

  test('redirects htmx to the log-in', async () => {
    const answer = await visitor(url).go('/', { headers: { 'hx-request': 'true' } });
    assert.deepEqual([answer.status, answer.headers.get('hx-redirect')], [401, '/log-in']);
  });

  test('rejects changes without a CSRF token', async () => {
    const dana = visitor(url);
    assert.equal((await dana.post('/log-in', { userName: 'dana', password })).status, 403);
    const before = await dana.csrfToken('/log-in');
    await dana.logIn('dana');
    for (const form of [{}, { _csrf: 'made-up' }, { _csrf: before }] as Record<string, string>[]) {
      const { status, text } = await dana.post('/log-out', form);
      assert.equal(status, 403);
      assert.match(text, /Nothing was changed/);
    }
    const other = visitor(url);
    await other.logIn('dana');
    assert.equal(
      (await dana.post('/log-out', { _csrf: await other.csrfToken('/') })).status,
      403,
      'of another session',
    );
    assert.equal((await dana.go('/leads')).status, 200);
    const token = await dana.csrfToken('/');
    assert.equal((await dana.post('/log-out', {}, { 'x-csrf-token': token })).status, 303, 'as htmx sends it');
  });

  test('limits attempts per account, even across restarts', async () => {
    await addUser(world.db, { userName: 'erin', password });
    await sql`delete from ops.console_log_in_attempt`.execute(world.db);
    for (let attempt = 0; attempt < logInLimits.perAccount; attempt++) {
      assert.equal((await visitor(url).logIn('erin', `guess number ${attempt}`)).status, 403);
    }
    const refused = await visitor(url).logIn('ERIN');
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.match(refused.text, /Too many attempts/);
    assert.equal((await visitor(url).logIn('dana')).status, 303, 'others are not kept out');
    const restarted = await openConsole(world, undefined, '127.0.0.1', { OPENHOUSE_CONSOLE_LOG_IN: 'always' });
    try {
      assert.equal((await visitor(restarted.url).logIn('erin')).status, 429);
      await sql`update ops.console_log_in_attempt set window_ends_at = now() - interval '1 second'`.execute(world.db);
      assert.equal((await visitor(restarted.url).logIn('erin')).status, 303, 'a quarter of an hour later');
    } finally {
      await restarted.close();
      await removeUser(world.db, 'erin');
    }
  });

  test('limits attempts per address, whatever the account', async () => {
    await sql`delete from ops.console_log_in_attempt`.execute(world.db);
    await visitor(url).logIn('dana');
    await sql`update ops.console_log_in_attempt set attempts = ${logInLimits.perAddress}`.execute(world.db);
    await sql`delete from ops.console_log_in_attempt where window_ends_at < now()`.execute(world.db);
    assert.equal((await visitor(url).logIn('someone')).status, 429);
    await sql`delete from ops.console_log_in_attempt`.execute(world.db);
  });

  test('stores neither passwords nor session tokens', async () => {
    const dana = visitor(url);
    await dana.logIn('dana');
    const { rows } = await sql<{ kept: string }>`
      select string_agg(row_to_json(u)::text, '') || (select string_agg(row_to_json(s)::text, '') from ops.console_session s) as kept
      from ops.console_user u`.execute(world.db);
    assert.match(rows[0]!.kept, /\$argon2id\$/);
    for (const secret of [password, dana.cookies.get('openhouse_session')!]) assert.ok(!rows[0]!.kept.includes(secret));
  });

  test('compares user names in lower case, refuses weak passwords and duplicates, and removes users at once', async () => {
    const refused = (work: Promise<unknown>, code: string) =>
      assert.rejects(work, (error) => isUserError(error) && error.code === code, code);
    await refused(addUser(world.db, { userName: ' DANA', password }), 'user-exists');
    await refused(addUser(world.db, { userName: 'two words', password }), 'user-name');
    await refused(addUser(world.db, { userName: '', password }), 'user-name');
    await refused(addUser(world.db, { userName: 'frank', password: 'short' }), 'password-weak');
    await refused(addUser(world.db, { userName: 'frank', password: 'aaaaaaaaaaaaaaaa' }), 'password-weak');
    await refused(setPassword(world.db, { userName: 'frank', password }), 'user-unknown');
    await refused(removeUser(world.db, 'frank'), 'user-unknown');
    assert.equal(
      await addUser(world.db, { userName: 'Frank@Example.com', password: 'Pässwörter & Umlaute' }),
      'frank@example.com',
    );
    const frank = visitor(url);
    // Typed on another system: the same letters, but decomposed.
    assert.equal((await frank.logIn('frank@example.com', 'Pässwörter & Umlaute'.normalize('NFD'))).status, 303);
    assert.equal((await listUsers(world.db)).find(({ userName }) => userName === 'frank@example.com')?.sessions, 1);
    await removeUser(world.db, 'frank@example.com');
    assert.equal((await frank.go('/leads')).status, 303);
  });
});
