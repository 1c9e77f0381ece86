import type { Command } from 'commander';
import { exitCodes, userError } from '../../../platform/errors.ts';
import { formatMinute } from '../../../platform/wording/shown-time.ts';
import type { Context } from '../../context.ts';

export function register(program: Command, context: Context): void {
  const users = program
    .command('users')
    .helpGroup('Servers:')
    .summary('who may log in to the console')
    .description(
      'The console asks for a log-in as soon as other machines can reach it (or always, with ' +
        'OPENHOUSE_CONSOLE_LOG_IN=always). Passwords are prompted for at the terminal, or read from the first line of stdin. ' +
        'They are never part of a command line, which other users of this machine can see.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse users add dana\n  openhouse users add dana < password.txt\n  openhouse users list --json',
    );

  users
    .command('add')
    .argument('<name>', "the person's log-in, also shown in the history of records")
    .summary('add a user')
    .addHelpText('after', '\nExample:\n  openhouse users add dana')
    .action(async (name: string) => {
      const { addUser } = await import('../../../console/access/users.ts');
      const password = await readNewPassword(context);
      const userName = await withUsers((db) => addUser(db, { userName: name, password }));
      context.print({ userName }, () => `${userName} can log in to the console.`);
    });

  users
    .command('list')
    .summary('list users, and when they were last active')
    .addHelpText('after', '\nExample:\n  openhouse users list')
    .action(async () => {
      const { listUsers } = await import('../../../console/access/users.ts');
      const rows = await withUsers(listUsers);
      const zone = context.config().timeZone;
      const { renderTable } = await import('../../output/table.ts');
      context.print(rows, () =>
        rows.length === 0
          ? 'No one can log in to the console yet. Run `openhouse users add <name>`.'
          : renderTable(
              ['Name', 'Since', 'Password set', 'Open sessions', 'Last used'],
              rows.map((row) => [
                row.userName,
                formatMinute(row.createdAt, zone),
                formatMinute(row.passwordChangedAt, zone),
                String(row.sessions),
                row.lastUsedAt === null ? '' : formatMinute(row.lastUsedAt, zone),
              ]),
            ),
      );
    });

  users
    .command('password')
    .argument('<name>')
    .summary("set a new password, and end all of the user's sessions")
    .addHelpText('after', '\nExample:\n  openhouse users password dana')
    .action(async (name: string) => {
      const { setPassword } = await import('../../../console/access/users.ts');
      const password = await readNewPassword(context);
      const userName = await withUsers((db) => setPassword(db, { userName: name, password }));
      context.print({ userName }, () => `${userName} has a new password, and must log in again.`);
    });

  users
    .command('log-out')
    .argument('<name>')
    .summary("end all of a user's sessions")
    .addHelpText('after', '\nExample:\n  openhouse users log-out dana')
    .action(async (name: string) => {
      const { endSessions } = await import('../../../console/access/users.ts');
      const sessions = await withUsers((db) => endSessions(db, name));
      context.print(
        { userName: name, sessions },
        () => `${sessions} ${sessions === 1 ? 'session' : 'sessions'} ended.`,
      );
    });

  users
    .command('remove')
    .argument('<name>')
    .summary('remove a user, and end their sessions')
    .addHelpText('after', '\nExample:\n  openhouse users remove dana')
    .action(async (name: string) => {
      const { removeUser } = await import('../../../console/access/users.ts');
      const userName = await withUsers((db) => removeUser(db, name));
      context.print({ userName }, () => `${userName} can no longer log in.`);
    });

  const withUsers: <T>(work: Parameters<typeof import('../../workspace.ts').withDatabase<T>>[1]) => Promise<T> = async (
    work,
  ) => {
    const { withDatabase } = await import('../../workspace.ts');
    return await withDatabase(context, work);
  };
}

/** From the terminal, twice and without echo; or the first line of stdin. */
async function readNewPassword(context: Context): Promise<string> {
  if (!process.stdin.isTTY) return await firstLine();
  const { read } = await import('read');
  // On stderr: with --json, stdout is for the result.
  const ask = (prompt: string) => read({ prompt, silent: true, output: process.stderr });
  const password = await ask('Password: ');
  context.signal.throwIfAborted();
  if (password === (await ask('Repeat password: '))) return password;
  throw userError('the passwords do not match', {
    code: 'password-typo',
    exitCode: exitCodes.usage,
    hint: 'Try again.',
  });
}

async function firstLine(): Promise<string> {
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: process.stdin })) return line;
  throw userError('there is no password on stdin', {
    code: 'password-missing',
    hint: 'Run the command at a terminal, or pass the password in: openhouse users add dana < password.txt',
    exitCode: exitCodes.usage,
  });
}
