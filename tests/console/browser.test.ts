import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import { type Browser, chromium, type Page, type Request } from 'playwright-core';
import { migrateAccess } from '../../console/access/migrations.ts';
import { addUser } from '../../console/access/users.ts';
import type { Listening } from '../../console/http.ts';
import { noteEdits } from '../../importers/differences/note-edits.ts';
import { beginDecision } from '../../importers/owned/deciding/decision.ts';
import { lookAt } from '../../importers/owned/deciding/look.ts';
import { openWorld, type World } from '../history/support.ts';
import { chromiumMissing, chromiumPath, openConsole, openPublicPages, seed } from './support.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
type Violations = { id: string; nodes: { html: string; failureSummary?: string }[] }[];

suite('in a browser', { skip: chromiumPath === undefined ? chromiumMissing : false }, () => {
  let world: World;
  let console: Listening;
  let browser: Browser;
  let paths: Record<string, string>;
  let mail: string;
  before(async () => {
    world = await openWorld();
    const ids = await seed(world);
    const [legacy, ours] = [
      { listPrice: 480_000, livingArea: 1_900 },
      { listPrice: 499_000, livingArea: 1_850 },
    ];
    const disputed = {
      listPrice: { before: 525_000, legacy: 480_000, openhouse: 499_000 },
      livingArea: { before: 1_800, legacy: 1_900, openhouse: 1_850 },
    };
    const edit = {
      recordKey: 'l1',
      document: 'properties/5f1',
      reason: 'edited',
      disputed,
      legacy,
      ours,
    } as const;
    await noteEdits(world.db, 'listing', [edit], new Date());
    const by = { actor: { kind: 'person', id: 'dana' }, source: 'test', occurredAt: '2026-04-01T12:00:00Z' } as const;
    const { seen } = await lookAt(world, {});
    const asked = { action: 'refuse', selection: { aggregate: 'agent' }, seen } as const;
    await beginDecision(world.db, asked, {
      ...by,
      correlationId: 'c',
      causationId: 'c',
      reason: 'A script went wrong',
    });
    await sql`
      insert into ops.import_follow (source, collection, gone_waiting) values ('mongodb://crm.example.com/legacy', 'properties', 120)`.execute(
      world.db,
    );
    await world.tell('savedSearch', 's1', {
      type: 'RecordSavedSearch',
      savedSearchKey: 's1',
      fields: { contactKey: 'c1', savedSearchName: 'Homes at the water', criteria: {} },
      holdReasons: ['kitchen', 'garage', 'view', 'dock'].map((name) => ({
        field: 'criteria',
        code: 'criterion-unknown',
        found: JSON.stringify({ [name]: 'unbroken'.repeat(20) }),
      })),
    });
    await world.catchUp();
    console = await openConsole(world);
    mail = `/outbox/${ids.email}`;
    paths = {
      today: '/',
      leads: '/leads',
      'leads, filtered': '/leads?status=waiting&q=nobody',
      'a new lead': '/leads/new',
      'a lead': '/leads/c1',
      agents: '/agents',
      'an agent': '/agents/a1',
      offers: '/offers',
      fairness: '/fairness?since=2026-01-01&until=2026-04-01',
      'no overdue offers': '/offers?overdue=yes&agent=a1',
      'records that may be meant': '/find?id=an',
      outbox: '/outbox',
      'an e-mail': mail,
      'a Slack message': `/outbox/${ids.slack}`,
      quarantine: '/quarantine',
      'a document in quarantine': '/quarantine/1',
      'saved searches on hold': '/on-hold',
      conflicts: '/conflicts',
      'a look at several conflicts': '/conflicts/decide',
      'a decision about several conflicts': '/conflicts/decisions/1',
      'a conflict': '/conflicts/1',
      deletions: '/deletions',
      'a listing': '/history/listing/l1',
      'a lead as it was': '/history/lead/c1?at=2999-01-01T00:00&by=occurred',
      'nothing found': '/find?type=lead&id=nobody@example.com',
    };
    // Chromium's own sandbox cannot be had as root, nor in most containers; only our own pages are shown here.
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser?.close();
    await console?.close();
    await world?.close();
  });

  const devices = {
    'a desk in daylight': { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
    'a desk at night': { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
    'a phone': { colorScheme: 'light', viewport: { width: 360, height: 740 } },
    'a larger phone at night': { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
  } as const;
  for (const [device, settings] of Object.entries(devices)) {
    test(`on ${device}: is accessible, loads nothing from elsewhere, and fits the screen`, async () => {
      const context = await browser.newContext(settings);
      const page = await context.newPage();
      const foreign: string[] = [];
      // What the policy of a page forbids is asked for and refused within the browser.
      const note = (request: Request) => {
        if (!request.url().startsWith(console.url) && request.failure()?.errorText !== 'csp')
          foreign.push(request.url());
      };
      page.on('requestfinished', note).on('requestfailed', note);
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(console.url + path);
        await openForms(page);
        const violations = await accessibility(page);
        assert.deepEqual(violations, [], `${name}:\n${violations.join('\n')}`);
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.equal(overflow, 0, `${name} is wider than the screen: ${await widest(page)}`);
        assert.deepEqual(await page.evaluate(cutOff), [], `${name}: form fields reach beyond the screen`);
        assert.deepEqual(await page.evaluate(narrowCaptions), [], `${name}: a caption is a column of letters`);
        assert.deepEqual(await page.evaluate(scrolledLists), [], `${name}: a list has to be scrolled sideways`);
      }
      assert.deepEqual(foreign, []);
      await context.close();
    });
  }

  test('axe detects a violation', async () => {
    const page = await browser.newPage();
    await page.setContent('<html><body><img src="data:,"><input></body></html>');
    assert.notDeepEqual(await accessibility(page), []);
    await page.close();
  });

  test('pages cause no errors under their own content security policy', async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    for (const path of [
      '/',
      '/leads',
      '/leads/c1',
      '/agents/a1',
      '/offers',
      '/outbox',
      '/quarantine',
      '/conflicts/1',
      '/history/listing/l1',
    ])
      await page.goto(console.url + path);
    assert.deepEqual(errors, []);
    assert.equal(await page.evaluate('typeof htmx'), 'object');
    await page.close();
  });

  test('shows an e-mail as the reader sees it, without letting it run anything', async () => {
    const page = await browser.newPage();
    await page.goto(console.url + mail);
    const frame = page.frameLocator('iframe.mail');
    assert.equal(await frame.locator('p').textContent(), 'Hello Maria');
    const shown = page.frames().find((each) => each.url().endsWith('/html'))!;
    assert.equal(await shown.evaluate("getComputedStyle(document.querySelector('p')).color"), 'rgb(18, 52, 86)');
    assert.doesNotMatch(await page.title(), /taken over/);
    assert.ok(await page.getByText('Text version').isVisible());
    await page.close();
  });

  test('shows the buttons of a Slack message', async () => {
    const page = await browser.newPage();
    await page.goto(console.url + paths['a Slack message']);
    for (const name of ['Accept', 'Pass']) assert.ok(await page.getByRole('button', { name }).isVisible());
    await page.close();
  });

  test('finds a record from any page, and shows it as it was at a moment', async () => {
    const page = await browser.newPage();
    await page.goto(console.url);
    await page.getByLabel('Kind of record').selectOption('listing');
    await page
      .getByLabel('Name, address, phone number, MLS number, e-mail address, key or ID in the old CRM')
      .fill('rx-1');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('heading', { name: 'RX-1, 12 Ocean Blvd' }).waitFor();
    assert.ok(await page.getByText('Typed one digit wrong').isVisible());
    await page.getByLabel('As it was at').fill('2999-01-01T00:00:00');
    await page.getByRole('button', { name: 'Show' }).click();
    const then = page.getByRole('region', { name: 'As it was', exact: true });
    await then.waitFor();
    assert.ok(await then.getByRole('row', { name: /^List price \$499,000/ }).isVisible());
    await page.close();
  });

  test('works with the keyboard, starting with a skip link', async () => {
    const page = await browser.newPage();
    await page.goto(console.url);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
    await page.keyboard.press('Enter');
    await page.waitForFunction('document.activeElement.id === "content"');
    await page.close();
  });

  test('works without JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${console.url}/outbox`);
    await page.locator('select[name=channel]').selectOption('slack');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/channel=slack/);
    assert.equal(await page.getByRole('link', { name: 'A new lead' }).count(), 1);
    await context.close();
  });
});

suite("in a browser: the log-in and the buyers' pages", {
  skip: chromiumPath === undefined ? chromiumMissing : false,
}, () => {
  let world: World;
  let console: Listening;
  let pages: Listening;
  let browser: Browser;
  before(async () => {
    world = await openWorld();
    await seed(world);
    await migrateAccess(world.db);
    console = await openConsole(world, undefined, '127.0.0.1', { OPENHOUSE_CONSOLE_LOG_IN: 'always' });
    pages = await openPublicPages(world);
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser?.close();
    await console?.close();
    await pages?.close();
    await world?.close();
  });

  test('a person logs in with the keyboard, sees who they are, and logs out', async () => {
    const page = await browser.newPage();
    await page.goto(`${console.url}/leads`);
    await page.getByText('openhouse users add').waitFor();
    await addUser(world.db, { userName: 'dana', password: 'correct horse battery' });
    await page.goto(`${console.url}/leads`);
    // The browser focuses a field when it draws the page, which may be after it has loaded it.
    await page.waitForFunction('document.activeElement.name === "userName"');
    await page.keyboard.type('dana');
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('User name').inputValue(), 'dana');
    await page.waitForFunction('document.activeElement.name === "password"');
    await page.keyboard.type('correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Leads' }).waitFor();
    assert.ok(await page.getByText('dana', { exact: true }).isVisible());
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Password').waitFor();
    await page.close();
  });

  test('the header is one line on a desk, wraps between its parts on smaller screens, and shows the chosen kind of record whole', async () => {
    await addUser(world.db, { userName: 'alexandra.whitfield', password: 'correct horse battery' });
    const page = await browser.newPage();
    await page.goto(`${console.url}/leads`);
    await page.getByLabel('User name').fill('alexandra.whitfield');
    await page.getByLabel('Password').fill('correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Leads' }).waitFor();
    for (const width of [1920, 1280, 1024, 768, 390]) {
      await page.setViewportSize({ width, height: 800 });
      for (const type of ['any', 'listing', 'saved-search']) {
        await page.locator('#find-type').selectOption(type);
        const parts = (await page.evaluate(headerParts)) as {
          name: string;
          top: number;
          bottom: number;
          width: number;
        }[];
        const [brand, nav, find, who] = parts;
        const lines = new Set(parts.map(({ top, bottom }) => Math.round((top + bottom) / 20)));
        if (width >= 1280) assert.equal(lines.size, 1, `at ${width}: ${JSON.stringify(parts)}`);
        if (width >= 1024)
          assert.ok(nav!.bottom - nav!.top < 50, `at ${width}: the links wrap, ${JSON.stringify(nav)}`);
        for (const part of [brand, find, who])
          assert.ok(part!.bottom - part!.top < 50, `at ${width}: ${JSON.stringify(part)} wraps`);
        const input = (await page.locator('#find-id').boundingBox())!;
        assert.ok(input.width >= 80, `at ${width}: the search field is ${input.width} pixels wide`);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
        assert.equal(await page.evaluate(cutOfSelected), 0, `at ${width}: the word for ${type} is cut`);
      }
    }
    await page.close();
  });

  for (const width of [1280, 390]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`is accessible at ${width} pixels wide, ${colorScheme}`, async () => {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
        for (const url of [
          `${console.url}/log-in`,
          `${pages.url}/homes/l1`,
          `${pages.url}/unsubscribe`,
          `${pages.url}/nowhere`,
        ]) {
          await page.goto(url);
          const violations = await accessibility(page);
          assert.deepEqual(violations, [], `${url}:\n${violations.join('\n')}`);
          const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
          assert.equal(await page.evaluate(overflow), 0, `${url} is wider than the screen`);
        }
        await page.close();
      });
    }
  }
});

/** Opens what is folded away, of which a person sees one at a time. */
const openForms = (page: Page): Promise<unknown> =>
  page.evaluate(
    `for (const one of document.querySelectorAll('details')) { one.removeAttribute('name'); one.open = true; }`,
  );

/** What axe-core finds wrong by WCAG 2.2 A and AA and its best practices, each as a line. */
const accessibility = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  const violations = (await page.evaluate(
    'axe.run(document, { iframes: false }).then(({ violations }) => violations)',
  )) as Violations;
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
  );
};

/** Lists that are wider than their place, apart from what is folded away. */
const scrolledLists = `[...document.querySelectorAll('.scroll')].flatMap((one) =>
  one.scrollWidth > one.clientWidth && one.closest('details') === null ? [one.ariaLabel] : [])`;

/** The captions of tables that get hardly any room, as those of a table that is not shown as one do. */
const narrowCaptions = `[...document.querySelectorAll('caption:not(.hidden)')].flatMap((one) =>
  one.offsetWidth > 0 && one.offsetWidth < 100 ? [one.textContent] : [])`;

/** The parts of the header: the name, the links, the search form, and who is logged in. */
const headerParts = `[...document.querySelectorAll('header.top > *')].map((part) => {
  const { top, bottom, width } = part.getBoundingClientRect();
  return { name: part.className || part.tagName, top, bottom, width };
})`;

/** How many pixels of the kind of record that is selected in the search form cannot be seen. */
const cutOfSelected = `(() => {
  const select = document.querySelector('#find-type');
  const whole = select.cloneNode(true);
  whole.value = select.value;
  whole.style.cssText = 'position: absolute; width: max-content; field-sizing: content';
  select.after(whole);
  const [wanted, has] = [whole, select].map((one) => one.getBoundingClientRect().width);
  whole.remove();
  return Math.max(0, Math.ceil(wanted - has - 0.5));
})()`;

/** The form fields that reach beyond the screen, where nothing lets people scroll to them. */
const cutOff = `[...document.querySelectorAll('main :is(input, select, textarea, button)')]
  .filter((field) => !field.closest('.scroll') && field.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map((field) => field.outerHTML.slice(0, 120))`;

/** The element that reaches furthest to the right, for the message of a failure. */
const widest = (page: Page): Promise<unknown> =>
  page.evaluate(`[...document.querySelectorAll('main *, header *')].filter((e) => !e.closest('.scroll'))
    .sort((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right)[0].outerHTML.slice(0, 200)`);
