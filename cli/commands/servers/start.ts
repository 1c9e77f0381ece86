import type { Command } from 'commander';
import { wholeNumber } from '../../arguments.ts';
import type { Context } from '../../context.ts';

export function register(program: Command, context: Context): void {
  program
    .command('start')
    .helpGroup('Servers:')
    .summary('import, alert, match, and serve the console, until Ctrl-C')
    .description(
      'Starts the servers it needs, imports the old CRM (MONGO_URL, which it then follows, or the dump OPENHOUSE_DUMP; otherwise the sample brokerage), updates the read ' +
        'models, alerts buyers, offers new leads to agents, and prints a summary. Then it serves the console, ' +
        'feeds the read models, runs the jobs and sends messages until Ctrl-C. Run again, it finds nothing new.',
    )
    .option('--once', 'exit after the summary')
    .option('--port <port>', "the console's port (default: OPENHOUSE_CONSOLE_PORT, or 4000)", wholeNumber(0, 65_535))
    .addHelpText('after', '\nExamples:\n  openhouse start\n  openhouse start --once --json')
    .action(async (options: { once?: boolean; port?: number }) => {
      const config = context.config({ consolePort: options.port });
      const { start } = await import('../../start/start.ts');
      await start(context, config, options.once === true);
    });
}
