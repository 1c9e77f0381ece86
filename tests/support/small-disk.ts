import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { makeTemporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

export type SmallDisk = {
  readonly folder: string;
  /** Once no process that is just ending writes to it. @param options for mount: `size=200m`, `ro` */
  remount(options: string): Promise<void>;
};

/**
 * A small in-memory disk that is removed after the test. If this machine does not allow mounting one, the test is skipped with
 * a hint on how to run it.
 *
 * @param test the path of the test, as `npm test --` takes it
 */
export function smallDisk(t: TestContext, size: string, test: string): SmallDisk | undefined {
  const folder = makeTemporaryFolder();
  const root = process.getuid?.() === 0;
  if (!root || spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status !== 0) {
    rmSync(folder, { recursive: true });
    t.skip(`needs root and the right to mount: run it as root, e.g. \`sudo npm test -- ${test}\``);
    return undefined;
  }
  t.after(async () => {
    await until('the disk to be free', () => spawnSync('umount', [folder]).status === 0);
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    async remount(options) {
      await until(
        'the disk to be remounted',
        () => spawnSync('mount', ['-o', `remount,${options}`, folder]).status === 0,
      );
    },
  };
}
