import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startPublicPages } from '../../console/public-server.ts';
import { startConsole } from '../../console/server.ts';
import { queueMessages } from '../../delivery/outbox.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { systemClock } from '../../platform/clock.ts';
import { loadConfig } from '../../platform/config/config.ts';
import { offerMessage } from '../../schedulers/lead-offers/messages/offer-message.ts';
import { readLeads } from '../../schedulers/lead-offers/reading/read-leads.ts';
import { startSchedulers } from '../../schedulers/running/start-schedulers.ts';
import { signingSecret } from '../../slack/signing-secret.ts';
import { startSlackWorker } from '../../slack/worker.ts';
import { chromiumMissing, chromiumPath } from '../console/support.ts';
import { openWorld } from '../schedulers/support/world.ts';
import { until } from '../support/until.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

suite('the preview of Slack, in a browser', { skip: chromiumPath === undefined ? chromiumMissing : false }, () => {
  const closing: (() => unknown)[] = [];
  let world: Awaited<ReturnType<typeof openWorld>>;
  let browser: Browser;
  let url: string;
  before(async () => {
    const opened = await openWorld({ after: (work) => void closing.push(work as () => unknown) });
    world = { ...opened, deps: { ...opened.deps, clock: systemClock as typeof opened.clock } };
    const config = loadConfig({ DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl });
    const transports = await openTransports(world.db, config);
    closing.push(() => transports.close());
    const stop = new AbortController();
    const sending = startSchedulers(
      { ...world.deps, transports },
      { signal: stop.signal, jobs: [], deliveryPauseMs: 100 },
    );
    closing.push(async () => {
      stop.abort();
      await sending;
    });
    const worker = startSlackWorker({ ...world.deps, config, slackApi: transports.slackApi });
    closing.push(() => worker.close());
    const endpoints = await startPublicPages({ ...world.deps, config }, { port: 0, onSlackRequest: worker.onKept });
    closing.push(() => endpoints.close());
    const slackPreview = {
      endpointsUrl: endpoints.url,
      signingSecret: await signingSecret(world.db, config),
      answerUrl: transports.previewAnswerUrl!,
    };
    const console = await startConsole({ ...world.deps, config, slackPreview }, { port: 0 });
    closing.push(() => console.close());
    url = console.url;
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
    closing.push(() => browser.close());
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  /** Offers the lead to an agent, as lead matching does. */
  const offer = async (contactKey: string, memberKey: string, memberFullName: string, offerKey: string) => {
    const expiresAt = new Date(Date.now() + 30 * 60_000).toISOString();
    const reasons = [{ rule: 'area', points: 40, detail: 'covers Boca Raton' }];
    await world.lead(contactKey, {}, [{ type: 'OfferLead', offerKey, memberKeys: [memberKey], reasons, expiresAt }]);
    await world.catchUp();
    const [lead] = await readLeads(world.db, [contactKey]);
    const agent = { memberKey, memberFullName, slackUserId: null };
    await queueMessages(world.db, [offerMessage({ offerKey, reasons, expiresAt, offeredTo: 1, lead: lead!, agent })]);
    await untilSent(offerKey);
  };

  const untilSent = (offerKey: string) =>
    until('the offer is sent', async () => {
      const { rows } = await sql`
        select from ops.outbox where dedupe_key = ${`lead-offer/${offerKey}`} and state = 'previewed'`.execute(
        world.db,
      );
      return rows.length > 0;
    });

  const clean = async (page: Page) => {
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    assert.equal(await page.evaluate(overflow), 0, 'fits the screen');
    await page.evaluate(axe);
    const found = (await page.evaluate(
      'axe.run(document, { iframes: false }).then(({ violations }) => violations.map(({ id }) => id))',
    )) as string[];
    assert.deepEqual(found, []);
  };

  for (const width of [1280, 390]) {
    test(`an offer is passed with a reason and accepted by the next agent, at ${width} pixels`, async () => {
      const [lead, ana, ben] = [`maria${width}`, `ana${width}`, `ben${width}`] as const;
      await world.agent(ana, { memberFullName: `Ana Ruiz ${width}` });
      await world.agent(ben, { memberFullName: `Ben Ortiz ${width}` });
      await world.lead(lead, {
        firstName: 'Maria',
        lastName: 'Lopez',
        email: `${lead}@example.com`,
        cities: ['Boca Raton'],
      });
      await offer(lead, ana, `Ana Ruiz ${width}`, `first-${width}`);
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const messageTo = (name: string) => page.getByRole('article', { name: `Message to ${name} ${width}` });

      /** Goes to the list of messages, again and again, until one says that. */
      const see = (name: string, said: RegExp) =>
        until(`${name} to see ${said}`, async () => {
          await page.goto(`${url}/slack`);
          return said.test((await messageTo(name).first().textContent())!);
        });

      await page.goto(`${url}/slack`);
      await clean(page);
      assert.doesNotMatch((await messageTo('Ana Ruiz').textContent())!, /example\.com/);
      await messageTo('Ana Ruiz').getByRole('button', { name: 'Pass' }).click();
      await page.getByRole('heading', { name: 'Pass on this lead' }).waitFor();
      await clean(page);
      await page.getByLabel('Why?').selectOption('Too busy');
      await page.locator('.slack-view').getByRole('button', { name: 'Pass' }).click();
      await page.getByText('You passed. The lead goes to').waitFor();

      await offer(lead, ben, `Ben Ortiz ${width}`, `second-${width}`);
      await see('Ana Ruiz', /passed \(too busy\)/);
      await messageTo('Ben Ortiz').getByRole('button', { name: 'Accept' }).click();
      await page.getByText('The lead is yours').waitFor();
      await see('Ana Ruiz', /passed \(too busy\)\. Taken by Ben Ortiz/);
      assert.equal(await messageTo('Ana Ruiz').getByRole('button').count(), 0);
      await see('Ben Ortiz', new RegExp(`${lead}@example\\.com`));
      await clean(page);
      await page.close();
    });
  }
});
