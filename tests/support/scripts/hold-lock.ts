/**
 * Takes the lock `x` in a folder. Arguments: the folder, and `once` (hold it until killed), `again` (300 times, proving that
 * no one else has it), or `die` (the same, ending with SIGKILL while holding it).
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lock, tryLock } from '../../../platform/supervisor/lock.ts';

const [folder, how] = process.argv.slice(2);
const proof = join(folder!, 'inside');

async function lock(): Promise<Lock> {
  for (;;) {
    const attempt = tryLock(folder!, 'x');
    if ('release' in attempt) return attempt;
    await sleep(Math.random() * 2);
  }
}

if (how === 'once') {
  await lock();
  console.log('locked');
  await sleep(600_000);
}
for (let round = 0; round < 300; round++) {
  const held = await lock();
  writeFileSync(proof, '', { flag: 'wx' }); // throws if another process is inside
  await sleep(Math.random());
  if (!existsSync(proof)) throw new Error('another process was inside');
  rmSync(proof);
  if (how === 'die' && round === 100) process.kill(process.pid, 'SIGKILL');
  held.release();
}
