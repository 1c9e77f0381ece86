import type { FastifyInstance } from 'fastify';
import { readBrokerage } from '../../queries/brokerage.ts';
import { importColumns, readImports, readRepairs } from '../../queries/importing/imports.ts';
import { repairInWords } from '../../queries/importing/repair-words.ts';
import { readOutbox } from '../../queries/messages/outbox.ts';
import type { WatchedPage } from '../deps.ts';

/** `/`: what a broker and the developer on call want to know first. */
export const overviewPage = (app: FastifyInstance, { deps, render, readHealth }: WatchedPage): void => {
  app.get('/', async (_request, reply) => {
    const health = await readHealth();
    const reachable = health.parts.every(({ name, working }) => name !== 'PostgreSQL' || working);
    const [brokerage, imports, repairs, emails, slacks] = reachable
      ? await Promise.all([
          readBrokerage(deps.db),
          readImports(deps.db, 2),
          readRepairs(deps.db, 5),
          readOutbox(deps.db, { to: 'buyers' }, 4),
          readOutbox(deps.db, { to: 'agents' }, 4),
        ])
      : [null, [], [], [], []];
    const messages = [
      { name: 'to buyers', rows: emails },
      { name: 'to agents', rows: slacks },
    ];
    return await reply
      .type('text/html')
      .send(
        render(
          'overview',
          { title: 'Today', path: '/' },
          { health, brokerage, imports, repairs, repairInWords, messages, importColumns, now: deps.clock.now() },
        ),
      );
  });
};
