import type { FastifyReply } from 'fastify';
import type { Render } from '../rendering/render.ts';

/** Answers a form whose change was refused: why, and the way back to the record. */
export const nothingChanged = (
  reply: FastifyReply,
  render: Render,
  { path, back }: { readonly path: string; readonly back: { readonly href: string; readonly name: string } },
  message: string,
): FastifyReply =>
  reply
    .code(422)
    .type('text/html')
    .send(render('problem', { title: 'Nothing was changed', path }, { message, back }));
