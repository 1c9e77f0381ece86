import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { deliveryMigrations } from '../../../delivery/migrations.ts';
import { migrate } from '../../../platform/database/migrations.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { promote, rebuild, upgradeReadModels } from '../../../projections/index.ts';
import type { World } from '../../history/support.ts';
import { makeTemporaryFolder, removeFolder } from '../../support/temporary-folder.ts';
import { type Injection, run } from './injection.ts';

const engine = (world: World) => ({ ...world, log: createLogger({ level: 'silent' }) });
const leads = fileURLToPath(new URL('../../../projections/leads/projection.ts', import.meta.url));

/** What goes wrong when releases are mixed. */
export const releaseInjections: Readonly<Record<string, Injection>> = {
  'schema-differs': {
    how: 'A newer release, which has one more migration, migrates the database.',
    exitCode: 1,
    inject: ({ db }) =>
      migrate(db, {
        ...deliveryMigrations,
        migrations: {
          ...deliveryMigrations.migrations,
          '9999-of-next-year': { up: (all) => sql`create table ops.next_year ()`.execute(all).then(() => {}) },
        },
      }),
    repair: ({ db }) =>
      run(db, 'drop table ops.next_year', `delete from ops.delivery_migrations where name = '9999-of-next-year'`),
  },
  'read-model-outdated': {
    how: 'An older release builds `leads` and promotes it.',
    exitCode: 1,
    inject: async (world) => {
      const folder = makeTemporaryFolder();
      try {
        const entry = join(folder, 'projection.ts');
        writeFileSync(
          entry,
          `import leads from '${leads}';\nexport default { ...leads, version: leads.version - 1 };\n`,
        );
        await rebuild(engine(world), ['leads'], { entries: [{ entry }] });
        await promote(engine(world), 'leads');
      } finally {
        removeFolder(folder);
      }
    },
    repair: (world) => upgradeReadModels(engine(world)),
  },
};
