import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';

export function register(program: Command, context: Context): void {
  program
    .command('start')
    .helpGroup('Servers:')
    .summary('do the main job and serve the console, until Ctrl-C')
    .description(
      'Brings up what it needs, imports the legacy dump (OPENHOUSE_DUMP, else the sample brokerage), brings the read ' +
        'models up to date, alerts buyers, offers new leads to agents, and prints a summary. Then it serves the console ' +
        'and keeps read models, alerts, offers and deliveries going until Ctrl-C. Started again, it finds nothing new.',
    )
    .option('--once', 'end after the summary')
    .option('--port <port>', "the console's port (default: OPENHOUSE_CONSOLE_PORT, or 4000)", wholeNumber(0, 65_535))
    .action(async (options: { once?: boolean; port?: number }) => {
      const config = context.config({ consolePort: options.port });
      const { start } = await import('../start/start.ts');
      await start(context, config, options.once === true);
    });
}
