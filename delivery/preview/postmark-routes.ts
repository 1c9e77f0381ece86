import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { findKept, type KeptMessage, keep } from './kept-messages.ts';

type Options = { readonly db: Kysely<unknown>; readonly token: string };

const messageSchema = z.looseObject({
  From: z.string().min(1),
  To: z.string().includes('@'),
  Subject: z.string(),
  Metadata: z.looseObject({ outboxId: z.string() }),
});

/** `POST /email/batch` and `GET /messages/outbound` in Postmark's format. */
export const postmarkRoutes = async (server: FastifyInstance, { db, token }: Options): Promise<void> => {
  server.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-postmark-server-token'] !== token) {
      await reply.code(401).send({ ErrorCode: 10, Message: 'Bad or missing server token' });
    }
  });

  server.post('/email/batch', async (request) => {
    const submittedAt = new Date().toISOString();
    const messages = z.array(z.unknown()).max(500).parse(request.body);
    const kept: KeptMessage[] = [];
    const answers = messages.map((message) => {
      const parsed = messageSchema.safeParse(message);
      if (!parsed.success) return { ErrorCode: 300, Message: parsed.error.issues[0]?.message ?? 'Invalid' };
      const MessageID = randomUUID();
      kept.push({ messageId: MessageID, outboxId: parsed.data.Metadata.outboxId, body: parsed.data });
      return { ErrorCode: 0, Message: 'OK', MessageID, SubmittedAt: submittedAt, To: parsed.data.To };
    });
    await keep(db, 'email', kept);
    return answers;
  });

  server.get('/messages/outbound', async (request) => {
    const { metadata_outboxId: outboxId } = z.looseObject({ metadata_outboxId: z.string() }).parse(request.query);
    const found = await findKept(db, 'email', outboxId);
    const messages = found.map(({ messageId, receivedAt }) => ({
      MessageID: messageId,
      Metadata: { outboxId },
      Status: 'Sent',
      ReceivedAt: receivedAt.toISOString(),
    }));
    return { TotalCount: messages.length, Messages: messages };
  });
};
