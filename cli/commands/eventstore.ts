import { once } from 'node:events';
import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';

type Options = {
  port: number;
  host: string;
  advertiseHost?: string;
  insecure?: boolean;
  databaseUrl?: string;
};

export function register(program: Command, context: Context): void {
  program
    .command('eventstore')
    .helpGroup('Servers:')
    .summary('serve the embedded event store alone')
    .description(
      'Serves the embedded event store, which any EventStoreDB client can talk to, until Ctrl-C. It keeps its events ' +
        'in the embedded PostgreSQL of this home, or in the one at --database-url. Other openhouse commands of the ' +
        'same home share it.\n\n' +
        'Clients need the credentials and the certificate that are made for this home at the first start and kept below ' +
        'its folder eventstore, which only its owner can read. The connection string has both.',
    )
    .option('--port <port>', 'listen there (0: any free port)', wholeNumber(0, 65_535), 2113)
    .option('--host <address>', 'listen on that address only', '127.0.0.1')
    .option('--advertise-host <name>', 'what clients with discovery (esdb+discover) are told to connect to')
    .option('--insecure', 'without TLS and credentials: whoever reaches the port may read and write everything')
    .option(
      '--database-url <url>',
      'keep the events in that PostgreSQL (or say so in DATABASE_URL: arguments can be seen)',
    )
    .action(async (options: Options) => {
      const { port, host, advertiseHost, insecure = false } = options;
      // --database-url is for this command alone: in the environment it would stand for all of openhouse.
      const config = {
        ...context.config(),
        ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
        eventStoreUrl: undefined,
      };
      await context.withServers(
        async ({ eventStoreUrl }) => {
          const { eventStoreAccess } = await import('../../platform/event-store-access.ts');
          const { homePaths } = await import('../../platform/home.ts');
          const access = insecure ? undefined : eventStoreAccess(homePaths(config.home).eventStore);
          context.print(
            {
              url: eventStoreUrl,
              pid: process.pid,
              userName: access?.userName ?? null,
              password: access?.password ?? null,
              certificateFile: access?.certificateFile ?? null,
            },
            ({ url }) =>
              `The event store listens. For a client's connection string:\n\n  ${url}\n\n` +
              (access === undefined
                ? 'It asks nobody who they are: whoever reaches this port may read and write everything.'
                : `It holds the password: keep it out of logs and repositories. tlsCAFile is the certificate to trust, ${access.certificateFile};\n` +
                  'a service on another machine needs a copy of it, and of the password.'),
          );
          context.say('Ctrl-C stops it.');
          if (!context.signal.aborted) await once(context.signal, 'abort');
        },
        { config, needs: { eventStore: { port, host, insecure, advertiseHost } } },
      );
    });
}
