import type { Command } from 'commander';
import { exitCodes, userError } from '../../../platform/errors.ts';
import { formatMinute } from '../../../platform/wording/shown-time.ts';
import type { Context } from '../../context.ts';

export function register(program: Command, context: Context): void {
  const keys = program
    .command('api-keys')
    .helpGroup('Servers:')
    .summary('manage the keys that web forms and portals use to send leads')
    .description('Keys for `POST /api/leads`. A key is shown once, when it is added; only its hash is kept.');
  keys
    .command('add <name>')
    .summary('add a key, and show it once')
    .description('Adds a key for a web form or portal. Leads captured with it name it as their source of record.')
    .addHelpText('after', '\nExample:\n  openhouse api-keys add website')
    .action(async (name: string) => {
      if (!/^[\w.-]{1,50}$/.test(name)) {
        throw userError('a name may only have letters, digits, dots and dashes', {
          code: 'usage',
          exitCode: exitCodes.usage,
        });
      }
      const { withWorkspace } = await import('../../workspace.ts');
      const { addApiKey } = await import('../../../console/access/api-keys.ts');
      await withWorkspace(context, async ({ db }) => {
        const key = await addApiKey(db, name);
        if (key === null)
          throw userError(`a key called ${name} already exists`, {
            code: 'name-taken',
            hint: 'Choose another name.',
          });
        context.print({ name, key }, () => `${key}\nKeep it now: it is not shown again.`);
      });
    });
  keys
    .command('list')
    .summary('list the keys')
    .description('Lists the keys by name, with when each was last used.')
    .addHelpText('after', '\nExample:\n  openhouse api-keys list')
    .action(async () => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { listApiKeys } = await import('../../../console/access/api-keys.ts');
      const { renderTable } = await import('../../output/table.ts');
      await withWorkspace(context, async ({ db }) => {
        const all = await listApiKeys(db);
        context.print({ keys: all }, () =>
          all.length === 0
            ? 'No keys.'
            : renderTable(
                ['Name', 'Added', 'Last used', 'Revoked'],
                all.map((key) => [
                  key.name,
                  ...[key.createdAt, key.lastUsedAt, key.revokedAt].map((at) => time(at, context.config().timeZone)),
                ]),
              ),
        );
      });
    });
  keys
    .command('revoke <name>')
    .summary('stop accepting a key')
    .description('Stops accepting a key, at once.')
    .addHelpText('after', '\nExample:\n  openhouse api-keys revoke website')
    .action(async (name: string) => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { revokeApiKey } = await import('../../../console/access/api-keys.ts');
      await withWorkspace(context, async ({ db }) => {
        if (!(await revokeApiKey(db, name)))
          throw userError(`there is no key called ${name} in use`, { code: 'key-unknown' });
        context.print({ name, revoked: true }, () => `${name} is no longer accepted.`);
      });
    });
}

const time = (at: Date | null, zone: string): string => (at === null ? '' : formatMinute(at, zone));
