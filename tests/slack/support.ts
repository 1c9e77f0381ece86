import type { TestContext } from 'node:test';
import { sql } from 'kysely';
import type { Listening } from '../../console/http.ts';
import { startPublicPages } from '../../console/public-server.ts';
import { queueMessages } from '../../delivery/outbox.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import type { OfferMode } from '../../domain/lead/index.ts';
import { loadConfig } from '../../platform/config/config.ts';
import { deliverAll } from '../../schedulers/delivering/deliver-outbox.ts';
import { leadMessages } from '../../schedulers/lead-messages/job.ts';
import { offerMessage } from '../../schedulers/lead-offers/messages/offer-message.ts';
import { readLeads } from '../../schedulers/lead-offers/reading/read-leads.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
import { slackSignature } from '../../slack/signature.ts';
import { handleNext } from '../../slack/worker.ts';
import { timePasses } from '../delivery/time.ts';
import { openWorld } from '../schedulers/support/world.ts';
import { fakeSlack } from './fake-slack.ts';

export const secret = 'shh';

/** A brokerage with a Slack that answers as Slack does, and our endpoints for it. */
export const openSlackWorld = async (t: Pick<TestContext, 'after'>) => {
  const world = await openWorld(t);
  const slack = await fakeSlack(t);
  const config = loadConfig({
    DATABASE_URL: world.databaseUrl,
    EVENTSTORE_URL: world.eventStoreUrl,
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: secret,
    SLACK_CHANNEL: 'C1',
    SLACK_API_URL: slack.apiUrl,
  });
  const transports = await openTransports(world.db, config);
  t.after(() => transports.close());
  const slackDeps = { ...world.deps, config, slackApi: transports.slackApi };
  const kept: string[] = [];
  const endpoints: Listening = await startPublicPages(
    { ...world.deps, config },
    { port: 0, onSlackRequest: (id) => kept.push(id) },
  );
  t.after(() => endpoints.close());
  let presses = 0;

  /** Posts a body as Slack would, or as someone else would. */
  const post = async (
    path: string,
    form: Record<string, string>,
    { signWith = secret, at = world.clock.now(), headers = {} as Record<string, string> } = {},
  ) => {
    const body = new URLSearchParams(form).toString();
    const timestamp = String(Math.floor(at.getTime() / 1000));
    return await fetch(`${endpoints.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': slackSignature(signWith, timestamp, body),
        ...headers,
      },
      body,
    });
  };
  /** A press of a button of an offer's message. */
  const pressOf = (user: string, actionId: string, value: Record<string, string>) => {
    presses += 1;
    return {
      type: 'block_actions',
      user: { id: user },
      trigger_id: `trigger-${presses}`,
      response_url: slack.responseUrl,
      container: { channel_id: 'D1', message_ts: '1.2' },
      actions: [{ action_id: actionId, value: JSON.stringify(value), action_ts: `${presses}.5` }],
    };
  };
  /** Handles everything that waits. @returns what came of each */
  const handleAll = async () => {
    while (await handleNext(slackDeps, null));
    const { rows } = await sql<{ outcome: string | null }>`
      select outcome from ops.slack_request order by slack_request_id`.execute(world.db);
    return rows.map(({ outcome }) => outcome);
  };
  /** A second after the last time, so that no channel's pace stands in the way. */
  const deliver = async () => {
    await timePasses(world.db, 1_000);
    return await deliverAll({ ...world.deps, transports });
  };
  return {
    ...world,
    config,
    slack,
    slackDeps,
    endpoints,
    kept,
    post,
    pressOf,
    handleAll,
    /** Presses a button and handles it. */
    press: async (user: string, actionId: string, value: Record<string, string>) => {
      const response = await post('/slack/interactions', { payload: JSON.stringify(pressOf(user, actionId, value)) });
      if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
      return (await handleAll()).at(-1);
    },
    /** Sends the form that Slack was last asked to open. */
    submit: async (user: string, reason: string, note: string | null = null) => {
      const { view } = slack.views.at(-1)!;
      presses += 1;
      const payload = {
        type: 'view_submission',
        user: { id: user },
        trigger_id: `trigger-${presses}`,
        view: {
          id: `V${presses}`,
          callback_id: view.callback_id,
          private_metadata: view.private_metadata,
          state: {
            values: { reason: { reason: { selected_option: { value: reason } } }, note: { note: { value: note } } },
          },
        },
      };
      await post('/slack/interactions', { payload: JSON.stringify(payload) });
      return (await handleAll()).at(-1);
    },
    command: async (user: string, text: string) => {
      presses += 1;
      await post('/slack/commands', {
        command: '/openhouse',
        text,
        user_id: user,
        trigger_id: `trigger-${presses}`,
        response_url: slack.responseUrl,
      });
      return (await handleAll()).at(-1);
    },
    deliver: async () => (await deliver()).counts,
    /** Offers a lead, and sends the offer to each agent. */
    offer: async (
      contactKey: string,
      memberKeys: readonly string[],
      offerKey: string,
      mode: OfferMode = 'bestMatch',
    ) => {
      const expiresAt = new Date(world.clock.now().getTime() + 30 * 60_000).toISOString();
      const reasons = [{ rule: 'area', points: 40, detail: 'covers Boca Raton' }];
      await world.lead(contactKey, {}, [{ type: 'OfferLead', offerKey, memberKeys, mode, reasons, expiresAt }]);
      await world.catchUp();
      const [lead] = await readLeads(world.db, [contactKey]);
      const { rows } = await sql<{ memberKey: string; memberFullName: string; slackUserId: string | null }>`
        select member_key as "memberKey", member_full_name as "memberFullName", slack_user_id as "slackUserId"
        from read.agents where member_key = any (${memberKeys})`.execute(world.db);
      await queueMessages(
        world.db,
        rows.map((agent) => {
          return offerMessage({ offerKey, reasons, expiresAt, offeredTo: rows.length, lead: lead!, agent });
        }),
      );
      await deliver();
      return (memberKey: string) => ({ offerKey, contactKey, memberKey });
    },
    /** What the job does that looks for what is still to be said. */
    sweep: async () => {
      world.clock.advance(1_000);
      await world.catchUp();
      const run = await runJob(leadMessages, world.deps);
      if (!run.ran) throw new Error('the job did not run');
      await deliver();
      return run.result.counts;
    },
    owner: async (contactKey: string) => {
      await world.catchUp();
      const { rows } = await sql<{ owner: string | null }>`
        select owner_member_key as owner from read.leads where contact_key = ${contactKey}`.execute(world.db);
      return rows[0]?.owner ?? null;
    },
  };
};
