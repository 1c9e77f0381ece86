import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { bounceWords } from '../../delivery/reports/bounce-types.ts';
import { userError } from '../../platform/errors.ts';
import { listingTitles } from '../../queries/listing-titles.ts';
import { readMessage, readOutbox } from '../../queries/messages/outbox.ts';
import { readPreviewMessage } from '../../queries/messages/slack-preview.ts';
import { whyWritten } from '../../queries/messages/why-written.ts';
import type { Page } from '../deps.ts';
import { renderBlocks } from '../slack/blocks.ts';
import { answerTo, buttonForm } from './slack.ts';

const states = ['pending', 'sending', 'sent', 'previewed', 'failed', 'unconfirmed', 'withheld'] as const;
const filterSchema = z.object({
  state: z.enum(states).optional().catch(undefined),
  channel: z.enum(['email', 'slack']).optional().catch(undefined),
  before: z.uuid().optional().catch(undefined),
});
const pressSchema = z.object({ press: z.string().max(100).optional().catch(undefined) });
const idSchema = z.object({ id: z.uuid() });
const pageSize = 50;

/**
 * E-mails contain what people wrote, so a shown e-mail must not run scripts, load anything or submit forms.
 */
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";

/** `/outbox`: the messages; `/outbox/:id`: one message. */
export const outboxPages = (app: FastifyInstance, { deps, render }: Page): void => {
  const messageOf = async (params: unknown) => {
    const id = idSchema.safeParse(params).data?.id;
    const message = id === undefined ? null : await readMessage(deps.db, id);
    if (message === null) throw userError('there is no such message', { code: 'message-unknown' });
    return message;
  };

  app.get('/outbox', async (request, reply) => {
    const { before, ...filter } = filterSchema.parse(request.query);
    const found = await readOutbox(
      deps.db,
      {
        ...(filter.state === undefined ? {} : { state: filter.state }),
        ...(filter.channel === undefined ? {} : { channel: filter.channel }),
        ...(before === undefined ? {} : { before }),
      },
      pageSize + 1,
    );
    const rows = found.slice(0, pageSize);
    const older = found.length > pageSize ? rows.at(-1)!.outboxId : null;
    return await reply
      .type('text/html')
      .send(render('outbox', { title: 'Outbox', path: '/outbox' }, { rows, filter, states, older }));
  });

  app.get('/outbox/:id', async (request, reply) => {
    const message = await messageOf(request.params);
    const { press } = pressSchema.parse(request.query);
    const shown = message.channel === 'slack' ? await readPreviewMessage(deps.db, message.outboxId) : null;
    const form = shown === null || deps.slackPreview === undefined ? null : buttonForm(message.outboxId);
    const from =
      message.channel === 'email'
        ? (deps.config.postmark?.from ?? 'the address in POSTMARK_FROM, once it is set')
        : null;
    const clicked = message.fate?.clickedListingKeys ?? [];
    const titles = await listingTitles(deps.db, clicked);
    return await reply.type('text/html').send(
      render(
        'message',
        { title: message.title, path: '/outbox' },
        {
          message,
          from,
          clickedHomes: clicked.map((listingKey) => ({
            listingKey,
            title: titles.get(listingKey) ?? 'a home that is not known',
          })),
          bounceWords: (type: string | null) => bounceWords(type ?? 'Unknown'),
          why: await whyWritten(deps.db, message.context, deps.config.timeZone),
          headers: message.channel === 'email' ? (message.message.Headers ?? []) : [],
          blocks:
            message.channel === 'slack'
              ? renderBlocks(shown?.blocks ?? message.message.blocks, deps.config.timeZone, form)
              : '',
          works: form !== null,
          press,
          answer: press === undefined || form === null ? null : await answerTo(deps.db, press),
        },
      ),
    );
  });

  app.get('/outbox/:id/html', async (request, reply) => {
    const message = await messageOf(request.params);
    if (message.channel !== 'email') throw userError('this message is not an e-mail', { code: 'message-unknown' });
    return await reply.header('content-security-policy', mailPolicy).type('text/html').send(message.message.HtmlBody);
  });
};
