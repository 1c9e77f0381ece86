import type { Command } from 'commander';
import { exitCodes } from '../../../platform/errors.ts';
import type { Examination } from '../../../queries/conditions/examine.ts';
import type { Context } from '../../context.ts';
import type { Check, CheckGroup } from '../../doctor/check.ts';

export function register(program: Command, context: Context): void {
  program
    .command('doctor')
    .helpGroup('Servers:')
    .summary('what is configured, reachable and running, and how to fix what is not')
    .description(
      'Checks the configuration, this machine, the servers and what is in them, and says how to fix what is wrong. ' +
        'It changes nothing. Embedded servers are only checked while a command is using them, or with --start. ' +
        'Exits with 0 when all is well, 3 when something needs attention, 1 when something is broken, 4 when a server ' +
        'cannot be reached. docs/when-something-is-wrong.md describes each condition. (For a container health check, use ' +
        "the console's /health/live or /health/ready.)",
    )
    .option('--start', 'start the embedded servers to check them, and stop them again')
    .addHelpText('after', '\nExamples:\n  openhouse doctor\n  openhouse doctor --start --json')
    .action(async (options: { start?: boolean }) => {
      const config = context.config();
      const { examineConfiguration } = await import('../../doctor/configuration.ts');
      const { examineMachine, hasDatabase } = await import('../../doctor/machine.ts');
      const { examineServers, examineSupervisor } = await import('../../doctor/servers.ts');
      const { examineConditions, followingChecks, problemChecks, processChecks } = await import(
        '../../doctor/problems.ts'
      );
      const { examine } = await import('../../doctor/check.ts');
      const { supervisorStatus } = await import('../../../platform/supervisor/client.ts');

      const status = await supervisorStatus(config.home);
      const external = config.databaseUrl !== undefined && config.eventStoreUrl !== undefined;
      const needed = !external && options.start !== true && hasDatabase(config.home);
      const running = examineSupervisor(status, { needed, timeZone: config.timeZone });
      const up = running.state === 'ok' && status !== 'silent' && status?.eventStore;
      let found: Examination | undefined;
      // One server of the user's own is checked without the embedded other one, which may not be running, or need it.
      const own = external || up ? [] : await examineServers(config, config);
      const look = external || up || (options.start && own.every(({ state }) => state !== 'failed'));
      const inside: Check[] = look ? [] : own;
      if (look) {
        const opened = await examine('servers', async () => {
          await context.withServers(
            async (servers) => {
              inside.push(...(await examineServers(servers, config)));
              found = await examineConditions(servers, config);
            },
            { config },
          );
          return { name: 'servers', state: 'ok', detail: '' };
        });
        if (opened.state === 'failed') inside.push(opened);
      }
      const machine = await examineMachine(config);
      const groups: CheckGroup[] = [
        { title: 'Configuration', checks: examineConfiguration(config) },
        { title: 'This machine', checks: machine },
        { title: 'Servers', checks: [...(external ? [] : [running]), ...inside] },
        ...(found === undefined
          ? []
          : [{ title: 'Processes', checks: processChecks(found.processes, config.timeZone) }]),
        ...(found === undefined
          ? []
          : [{ title: 'The old CRM', checks: followingChecks(found.following, config.timeZone) }]),
        ...(found === undefined ? [] : [{ title: 'Work', checks: problemChecks(found.problems) }]),
      ];
      const checks = groups.flatMap((group) => group.checks);
      const serverAway = [running, ...inside].some(({ state }) => state === 'failed');
      const broken = checks.some(({ state }) => state === 'failed');
      const waiting = checks.some(({ state }) => state === 'warning');
      if (serverAway || found?.worst === 'down') context.exitWith(exitCodes.unreachable);
      else if (broken) context.exitWith(exitCodes.failed);
      else if (waiting) context.exitWith(exitCodes.needsAttention);
      context.print({ ok: !broken && !waiting, checks, problems: found?.problems ?? null }, () =>
        [render(groups), verdict(checks, found !== undefined)].join('\n\n'),
      );
    });
}

const marks: Record<Check['state'], string> = { ok: '✔', off: '–', warning: '!', failed: '✖' };

function render(groups: readonly CheckGroup[]): string {
  const lines = groups
    .filter(({ checks }) => checks.length > 0)
    .flatMap(({ title, checks }) => [
      `\n${title}`,
      ...checks.flatMap(({ name, label = name, state, detail, hint }) => {
        const width = label === '' ? 0 : 21;
        return [
          `  ${marks[state]} ${label.padEnd(width)}${detail}`,
          ...(hint === undefined ? [] : [`    ${''.padEnd(width)}→ ${hint}`]),
        ];
      }),
    ]);
  return lines.join('\n').trimStart();
}

const notLooked =
  'The embedded servers and what is in them were not checked, as nothing uses them now: `openhouse doctor --start` does.';

function verdict(checks: readonly Check[], looked: boolean): string {
  const count = (wanted: Check['state']) => checks.filter(({ state }) => state === wanted).length;
  const things = (number: number) => (number === 1 ? '1 thing' : `${number} things`);
  const [broken, waiting] = [count('failed'), count('warning')];
  const parts = [
    ...(broken > 0 ? [`${things(broken)} ${broken === 1 ? 'is' : 'are'} broken (marked with ${marks.failed})`] : []),
    ...(waiting > 0
      ? [`${things(waiting)} ${waiting === 1 ? 'needs' : 'need'} attention (marked with ${marks.warning})`]
      : []),
  ];
  const result = parts.length === 0 ? 'Nothing is wrong.' : `${parts.join('; ')}.`;
  return looked || broken > 0 ? result : `${result} ${notLooked}`;
}
