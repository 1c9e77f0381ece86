import type { Command } from 'commander';
import { exitCodes } from '../../platform/errors.ts';
import type { Context } from '../context.ts';
import type { Check, Examination } from '../doctor/check.ts';

export function register(program: Command, context: Context): void {
  program
    .command('doctor')
    .helpGroup('Servers:')
    .summary('what is configured, reachable and running, and how to mend what is not')
    .description(
      'Looks at the configuration, this machine, the servers and what is in them, and says how to mend what is wrong. ' +
        'It changes nothing. Embedded servers are looked into while a command uses them, or with --start. ' +
        'Exit code 0 when nothing is wrong, 4 when something is.',
    )
    .option('--start', 'start the embedded servers to look into them, and stop them again')
    .action(async (options: { start?: boolean }) => {
      const config = context.config();
      const { examineConfiguration } = await import('../doctor/configuration.ts');
      const { examineMachine } = await import('../doctor/machine.ts');
      const { examineServers, examineSupervisor } = await import('../doctor/servers.ts');
      const { examineWork } = await import('../doctor/waiting.ts');
      const { examine } = await import('../doctor/check.ts');
      const { supervisorStatus } = await import('../../platform/supervisor/client.ts');

      const status = await supervisorStatus(config.home);
      const running = examineSupervisor(status);
      const external = config.databaseUrl !== undefined && config.eventStoreUrl !== undefined;
      const look = options.start || external || (running.state === 'ok' && status !== 'silent' && status?.eventStore);
      const inside: Check[] = [];
      const work: Check[] = [];
      if (look) {
        const opened = await examine('servers', async () => {
          await context.withServers(
            async (servers) => {
              inside.push(...(await examineServers(servers, config)));
              const answers = inside.every(({ name, state }) => name !== 'PostgreSQL' || state !== 'failed');
              if (answers) work.push(...(await examineWork(servers.databaseUrl)));
            },
            { config },
          );
          return { name: 'servers', state: 'ok', detail: '' };
        });
        if (opened.state === 'failed') inside.push(opened);
      }
      const examination: Examination = [
        { title: 'Configuration', checks: examineConfiguration(config) },
        { title: 'This machine', checks: await examineMachine(config) },
        { title: 'Servers', checks: [...(external ? [] : [running]), ...inside] },
        ...(work.length === 0 ? [] : [{ title: 'Work', checks: work }]),
      ];
      const checks = examination.flatMap((group) => group.checks);
      const failed = checks.filter((check) => check.state === 'failed').length;
      if (failed > 0) context.exitWith(exitCodes.unreachable);
      context.print({ ok: failed === 0, checks }, () => render(examination, failed));
    });
}

const marks: Record<Check['state'], string> = { ok: '✔', off: '–', warning: '!', failed: '✖' };

function render(examination: Examination, failed: number): string {
  const lines = examination.flatMap(({ title, checks }) => [
    `\n${title}`,
    ...checks.flatMap(({ name, state, detail, hint }) => [
      `  ${marks[state]} ${name.padEnd(20)} ${detail}`,
      ...(hint === undefined ? [] : [`    ${''.padEnd(20)} → ${hint}`]),
    ]),
  ]);
  const verdict = failed === 0 ? 'Nothing is wrong.' : `${failed} to mend, marked with ${marks.failed}.`;
  return `${lines.join('\n').trimStart()}\n\n${verdict}`;
}
