import type { FastifyInstance } from 'fastify';
import { migrateImport } from '../../../importers/migrations.ts';
import { ownershipOverview } from '../../../queries/importing/ownership-overview.ts';
import type { Page } from '../../deps.ts';

/** `/ownership`: which system owns each record type, and how both sides stand. It only shows: handing a type over is for the command line. */
export const ownershipPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/ownership', async (_request, reply) => {
    await migrateImport(deps.db);
    const overview = await ownershipOverview(deps);
    return await reply
      .type('text/html')
      .send(render('ownership', { title: 'Who owns what', path: '/ownership' }, overview));
  });
};
