import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import { type Browser, chromium, type Page } from 'playwright-core';
import { loadLead } from '../../commands/leads/load-lead.ts';
import { publishPolicy } from '../../commands/policy/publish-policy.ts';
import { startPublicPages } from '../../console/public-server.ts';
import { startConsole } from '../../console/server.ts';
import { queueMessages } from '../../delivery/outbox.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { policySchema } from '../../domain/routing-policy/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { loadConfig } from '../../platform/config/config.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { offerMessage } from '../../schedulers/lead-offers/messages/offer-message.ts';
import { readLeads } from '../../schedulers/lead-offers/reading/read-leads.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
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
    await world.agent('broker', { roles: ['broker'] });
    const everyone = { offerTo: 'everyone', answerWithin: '30 minutes', workingHours: 'ignored' } as const;
    const policy = policySchema.parse({
      weights: { area: 40 },
      escalateTo: 'broker',
      rules: [
        { name: 'Race', when: { sources: ['Zillow'] }, chain: [{ ...everyone, mode: 'firstToClaim' }] },
        { name: 'All', chain: [{ ...everyone, mode: 'bestMatch' }] },
      ],
    });
    const context = {
      actor: { kind: 'person', id: 'dana' },
      source: 'test',
      occurredAt: new Date().toISOString(),
      correlationId: 'policy',
      causationId: 'policy',
    } as const;
    assert.ok((await publishPolicy(world.store, { policy }, context)).ok);
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
    closing.push(() => browser.close());
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  /** Matches leads once, as `openhouse start` does all the time, and waits until its messages are sent. */
  const route = async () => {
    await world.catchUp();
    await until('a run', async () => (await runJob(leadOffers, world.deps)).ran);
    await world.catchUp();
    await untilSent();
  };

  /** An offer whose time is over, but which no run has ended yet. */
  const lateOffer = async (contactKey: string, memberKey: string, memberFullName: string, city: string) => {
    const [offerKey, expiresAt] = [`late-${contactKey}`, new Date(Date.now() - 1_000).toISOString()];
    const offer = { type: 'OfferLead', offerKey, memberKeys: [memberKey], reasons: [], expiresAt } as const;
    await world.lead(contactKey, { email: `${contactKey}@example.com`, cities: [city] }, [offer]);
    await world.catchUp();
    const [lead] = await readLeads(world.db, [contactKey]);
    const agent = { memberKey, memberFullName, slackUserId: null };
    const message = offerMessage({ offerKey, reasons: [], expiresAt, offeredTo: 1, lead: lead!, agent });
    await queueMessages(world.db, [message]);
    await untilSent();
  };

  const untilSent = () =>
    until('everything to be sent', async () => {
      const { rows } = await sql`select from ops.outbox where state in ('pending', 'sending')`.execute(world.db);
      return rows.length === 0;
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

  for (const [width, city] of [
    [1280, 'Boca Raton'],
    [390, 'Jupiter'],
  ] as const) {
    test(`an offer is passed with a reason, goes to the next agent, who accepts, and the others are updated, at ${width} pixels`, async () => {
      const [ana, ben] = [`Ana Ruiz ${width}`, `Ben Ortiz ${width}`];
      await world.agent(`ana${width}`, { memberFullName: ana, cities: [city] });
      await world.agent(`ben${width}`, { memberFullName: ben, cities: [city] });
      const ofLead = (name: string) => ({ firstName: name, email: `${name}${width}@example.com`, cities: [city] });
      await world.lead(`maria${width}`, ofLead('Maria'));
      await route();
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const messagesTo = (name: string) => page.getByRole('article', { name: `Message to ${name}` });
      const newestTo = (name: string) => messagesTo(name).first();

      /** Goes to the list of messages, again and again, until the newest one to an agent says that. */
      const see = (name: string, said: RegExp) =>
        until(`${name} to see ${said}`, async () => {
          await page.goto(`${url}/slack`);
          return (await newestTo(name).count()) > 0 && said.test((await newestTo(name).textContent())!);
        });

      await page.goto(`${url}/slack`);
      await clean(page);
      assert.equal(await messagesTo(ben).count(), 0, 'only one agent is asked');
      assert.doesNotMatch((await newestTo(ana).textContent())!, /example\.com/);
      await newestTo(ana).getByRole('button', { name: 'Pass' }).click();
      await page.getByRole('heading', { name: 'Pass on this lead' }).waitFor();
      await clean(page);
      await page.getByLabel('Why?').selectOption('Too busy');
      await page.locator('.slack-view').getByRole('button', { name: 'Pass' }).click();
      await page.getByText('You passed. The lead goes to').waitFor();
      await see(ana, /passed \(too busy\)/);

      await route();
      await see(ben, /Accept/);
      await newestTo(ben).getByRole('button', { name: 'Accept' }).click();
      await page.getByText('The lead is yours').waitFor();
      await see(ana, new RegExp(`passed \\(too busy\\)\\. Taken by ${ben}`));
      assert.equal(await newestTo(ana).getByRole('button').count(), 0);
      await see(ben, new RegExp(`Maria${width}@example\\.com`, 'i'));
      await clean(page);

      await world.lead(`race${width}`, { ...ofLead('Rosa'), leadSource: 'Zillow' });
      await route();
      for (const name of [ana, ben]) await see(name, /Accept/);
      await newestTo(ben).getByRole('button', { name: 'Accept' }).click();
      await page.getByText('The lead is yours').waitFor();
      await see(ana, new RegExp(`Taken by ${ben}`));
      assert.equal(await newestTo(ana).getByRole('button').count(), 0);

      await lateOffer(`late${width}`, `ana${width}`, ana, city);
      await see(ana, /Accept/);
      await newestTo(ana).getByRole('button', { name: 'Accept' }).click();
      await page
        .locator('#answer')
        .getByText(/expired|too late|over/i)
        .first()
        .waitFor();
      assert.equal((await loadLead(world.store, `late${width}`)).state.fields.ownerMemberKey ?? null, null);
      await page.close();
    });
  }
});
