import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readAnswers } from '../../delivery/preview/slack-answers.ts';
import { userError } from '../../platform/errors.ts';
import { type PreviewMessage, readPreviewMessage, readPreviewMessages } from '../../queries/messages/slack-preview.ts';
import type { Page } from '../deps.ts';
import { type ButtonForm, renderBlocks } from '../slack/blocks.ts';
import { newPress, post, previewUserOf, type SlackPreview } from '../slack/preview.ts';
import { shownView, submissionOf } from '../slack/view.ts';
import { currentVisit } from '../visit.ts';

const idSchema = z.object({ id: z.uuid() });
const pressSchema = z.object({ actionId: z.string().max(255), value: z.string().max(2_000) });
const pageSchema = z.object({ before: z.uuid().optional().catch(undefined) });
const pageSize = 20;

/**
 * `/slack`: the messages that would be in Slack, as they look there, with buttons that work: `POST /slack/:id/press` and
 * `POST /slack/:id/form` do what Slack does when a person presses or sends a form. Only where no Slack is configured.
 */
export const slackPages = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, config, slackPreview } = deps;
  const blocksOf = (message: PreviewMessage) =>
    renderBlocks(message.blocks, config.timeZone, slackPreview === undefined ? null : buttonForm(message.outboxId));

  app.get('/slack', async (request, reply) => {
    const { before } = pageSchema.parse(request.query);
    const found = await readPreviewMessages(db, before ?? null, pageSize + 1);
    const rows = found.slice(0, pageSize).map((message) => ({ ...message, html: blocksOf(message) }));
    const older = found.length > pageSize ? rows.at(-1)!.outboxId : null;
    return await reply
      .type('text/html')
      .send(
        render('slack', { title: 'Slack', path: '/slack' }, { rows, older, configured: config.slack !== undefined }),
      );
  });

  /** The message, and who presses its buttons: the agent that it is for. */
  const pressable = async (
    params: unknown,
  ): Promise<{ message: PreviewMessage; userId: string; preview: SlackPreview }> => {
    const id = idSchema.safeParse(params).data?.id;
    const message = id === undefined ? null : await readPreviewMessage(db, id);
    const userId = message?.memberKey == null ? null : await previewUserOf(db, message.memberKey);
    if (message === null || userId === null || slackPreview === undefined) {
      throw userError('there is no such message in the preview', { code: 'message-unknown' });
    }
    return { message, userId, preview: slackPreview };
  };

  app.post('/slack/:id/press', async (request, reply) => {
    const { message, userId, preview } = await pressable(request.params);
    const { actionId, value } = pressSchema.parse(request.body);
    const press = newPress();
    await post(db, preview, {
      type: 'block_actions',
      user: { id: userId },
      trigger_id: press,
      response_url: preview.answerUrl(press),
      container: { channel_id: message.channel, message_ts: message.ts },
      actions: [{ action_id: actionId, value, action_ts: String(Date.now() / 1000) }],
    });
    return await reply.redirect(`/outbox/${message.outboxId}?press=${press}#answer`, 303);
  });

  app.post('/slack/:id/form', async (request, reply) => {
    const { message, userId, preview } = await pressable(request.params);
    const { press, ...filled } = z
      .looseObject({ press: z.string().max(100) })
      .catchall(z.string().max(5_000))
      .parse(request.body);
    const view = (await readAnswers(db, press)).findLast(({ kind }) => kind === 'view');
    const submission = submissionOf(view?.body, filled, { userId, press });
    if (submission === null) throw userError('the form no longer exists', { code: 'form-unknown' });
    await post(db, preview, submission);
    return await reply.redirect(`/outbox/${message.outboxId}?press=${press}#answer`, 303);
  });
};

/** What each button is a form for. */
export const buttonForm = (outboxId: string): ButtonForm => ({
  action: `/slack/${outboxId}/press`,
  csrfToken: currentVisit.getStore()?.csrfToken ?? '',
});

/** The outcome of a press so far: a form to fill in, or an answer; `null` before there is either. */
export const answerTo = async (db: Page['deps']['db'], press: string) => {
  const last = (await readAnswers(db, press)).at(-1);
  if (last === undefined) return null;
  if (last.kind === 'view') return { view: shownView(last.body), html: null };
  const { text, blocks } = z
    .looseObject({ text: z.string(), blocks: z.array(z.record(z.string(), z.unknown())).optional() })
    .parse(last.body);
  return { view: null, html: renderBlocks(blocks ?? [{ type: 'section', text: { type: 'mrkdwn', text } }], 'UTC') };
};
