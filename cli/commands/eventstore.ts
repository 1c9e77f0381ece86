import { once } from 'node:events';
import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';

export function register(program: Command, context: Context): void {
  program
    .command('eventstore')
    .helpGroup('Servers:')
    .summary('serve the embedded event store alone')
    .description(
      'Serves the embedded event store, which any EventStoreDB client can talk to, until Ctrl-C. It keeps its events ' +
        'in the embedded PostgreSQL of this home, or in the one at --database-url. Other openhouse commands of the ' +
        'same home share it.',
    )
    .option('--port <port>', 'listen there (0: any free port)', wholeNumber(0, 65_535), 2113)
    .option('--host <address>', 'listen on that address only', '127.0.0.1')
    .option('--database-url <url>', 'keep the events in that PostgreSQL')
    .action(async (options: { port: number; host: string; databaseUrl?: string }) => {
      const { port, host } = options;
      // --database-url is for this command alone: in the environment it would stand for all of openhouse.
      const config = {
        ...context.config(),
        ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
        eventStoreUrl: undefined,
      };
      await context.withServers(
        async ({ eventStoreUrl }) => {
          context.print({ url: eventStoreUrl, pid: process.pid }, ({ url }) => `The event store listens: ${url}`);
          context.say('Ctrl-C stops it.');
          if (!context.signal.aborted) await once(context.signal, 'abort');
        },
        { config, needs: { eventStore: { port, host } } },
      );
    });
}
