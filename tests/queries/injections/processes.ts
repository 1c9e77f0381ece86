import { createLogger } from '../../../platform/logging/log.ts';
import { type ProcessRole, type Registration, registerProcess } from '../../../platform/processes/register.ts';
import { writeSample } from '../../../samples/generator/write-sample.ts';
import type { World } from '../../history/support.ts';
import { finished, firstLine, startScript } from '../../support/command.ts';
import { makeTemporaryFolder, removeFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { holdLock } from '../hold-table.ts';
import { type Injection, run } from './injection.ts';

const register = (world: World, home: string, roles: readonly ProcessRole[]): Promise<Registration> =>
  registerProcess(world.db, createLogger({ level: 'silent' }), {
    command: 'openhouse start',
    home,
    roles,
    consoleUrl: null,
  });

const mainProcesses = new WeakMap<World, Registration>();

/** Starts the process that does everything, as `openhouse start` registers it. */
export const startMainProcess = async (world: World): Promise<void> => {
  mainProcesses.set(world, await register(world, '/', ['console', 'jobs', 'read models']));
};

export const stopMainProcess = async (world: World): Promise<void> => {
  await mainProcesses.get(world)?.leave();
};

const leave = (_: World, process: unknown) => (process as Registration).leave();

/** What goes wrong with processes and their machines. */
export const processInjections: Readonly<Record<string, Injection>> = {
  'disk-nearly-full': {
    how: 'A process runs whose home folder is on a file system without any free space (/proc).',
    exitCode: 1,
    inject: (world) => register(world, '/proc', ['jobs']),
    repair: leave,
  },
  'clock-differs': {
    how: 'A process starts on a machine whose clock is 90 s ahead.',
    exitCode: 3,
    inject: async (world) => {
      const { now } = Date;
      Date.now = () => now() + 90_000;
      try {
        return await register(world, '/', ['jobs']);
      } finally {
        Date.now = now;
      }
    },
    repair: leave,
  },
  'no-process': {
    how: 'The process that does everything is stopped.',
    exitCode: 3,
    inject: stopMainProcess,
    repair: startMainProcess,
  },
  'process-silent': {
    how: 'A process is killed (kill -9), and 41 s pass: the times in `ops.process` are moved into the past.',
    exitCode: 1,
    inject: async (world) => {
      const child = startScript('tests/queries/injections/registered-process.ts', [world.databaseUrl]);
      await firstLine(child);
      const ended = finished(child);
      child.kill('SIGKILL');
      await ended;
      await run(
        world.db,
        `update ops.process set started_at = started_at - interval '41 seconds'`,
        `update ops.process set beat_at = beat_at - interval '41 seconds' where pid = ${child.pid}`,
      );
    },
    // As when it is started again.
    repair: async (world) => {
      await stopMainProcess(world);
      await startMainProcess(world);
    },
  },
  'import-unfinished': {
    how: 'An import is killed (kill -9) in the middle.',
    exitCode: 3,
    inject: async (world) => {
      const folder = makeTemporaryFolder();
      const lock = await holdLock(world.databaseUrl, 'ops.import_document');
      try {
        await writeSample({ folder, listings: 2, contacts: 2, seed: 'killed', dirt: 0 });
        const { databaseUrl, eventStoreUrl, db } = world;
        const child = startScript('tests/importers/support/import-once.ts', [databaseUrl, eventStoreUrl, folder]);
        const ended = finished(child);
        await until('the import to be under way', async () => {
          const { rows } = (await run(db, `select from ops.import_run where result = 'running'`)) as {
            rows: unknown[];
          };
          return rows.length > 0;
        });
        child.kill('SIGKILL');
        await ended;
      } finally {
        await lock.release();
        removeFolder(folder);
      }
    },
    repair: ({ db }) => run(db, 'delete from ops.import_run'),
  },
};
