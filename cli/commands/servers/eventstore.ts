import { once } from 'node:events';
import type { Command } from 'commander';
import { wholeNumber } from '../../arguments.ts';
import type { Context } from '../../context.ts';

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
    .summary('serve only the embedded event store')
    .description(
      'Serves the embedded event store, which any EventStoreDB client can talk to, until Ctrl-C. It keeps its events ' +
        'in the embedded PostgreSQL of this home, or in the one at --database-url. Other openhouse commands of the ' +
        'same home share it.\n\n' +
        "Clients need the credentials and the certificate that are generated at the first start and kept in this home's " +
        'eventstore folder, which only its owner can read. The connection string has both.',
    )
    .option('--port <port>', 'listen there (0: any free port)', wholeNumber(0, 65_535), 2113)
    .option('--host <address>', 'listen on that address only', '127.0.0.1')
    .option('--advertise-host <name>', 'the host name to give to clients that use discovery (esdb+discover)')
    .option('--insecure', 'no TLS and no credentials: anyone who can reach the port may read and write everything')
    .option(
      '--database-url <url>',
      'keep the events in that PostgreSQL (better: set DATABASE_URL, because other users can see arguments)',
    )
    .addHelpText('after', '\nExample:\n  openhouse eventstore --port 2113')
    .action(async (options: Options) => {
      const { port, host, advertiseHost, insecure = false } = options;
      // Unlike DATABASE_URL, --database-url is only for the event store.
      const config = {
        ...context.config(),
        ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
        eventStoreUrl: undefined,
      };
      await context.withServers(
        async ({ eventStoreUrl }) => {
          const { eventStoreAccess } = await import('../../../platform/supervisor/event-store-access.ts');
          const { homePaths } = await import('../../../platform/home.ts');
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
              `The event store is listening. Connection string for clients:\n\n  ${url}\n\n` +
              (access === undefined
                ? 'It asks for no credentials: anyone who can reach the port may read and write everything.'
                : `It contains the password, so keep it out of logs and repositories. tlsCAFile is the certificate to trust, ${access.certificateFile};\n` +
                  'a service on another machine needs a copy of that file.'),
          );
          context.say('Press Ctrl-C to stop it.');
          if (!context.signal.aborted) await once(context.signal, 'abort');
        },
        { config, needs: { eventStore: { port, host, insecure, advertiseHost } } },
      );
    });
}
