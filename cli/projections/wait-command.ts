import type { Command } from 'commander';
import { userError } from '../../platform/errors.ts';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';
import { withEngine } from './with-engine.ts';

/** `openhouse projections wait`. */
export function registerWait(projections: Command, context: Context): void {
  projections
    .command('wait')
    .argument('<name>', 'which projection')
    .requiredOption('--position <number>', 'the position that a command printed', wholeNumber(0))
    .option('--timeout <seconds>', 'how long to wait', wholeNumber(0, 86_400), 10)
    .summary('wait until readers see what was recorded at a position')
    .description(
      'Lets you read your own writes: waits until the live build of a projection has reached a position. Exits with 1 when it has ' +
        'not reached it in time.',
    )
    .addHelpText('after', '\nExample:\n  openhouse projections wait listings --position 48211 --timeout 5')
    .action(async (name: string, { position, timeout }: { position: number; timeout: number }) => {
      const { waitForPosition } = await import('../../projections/index.ts');
      await withEngine(context, async ({ db, store }) => {
        const commit = BigInt(position);
        const end = await store.lastPosition();
        if (end === null || end.commit < commit) throw beyond(commit, end?.commit ?? null);
        // The event there may be another application's, which no read model sees. Then wait for our last one before it.
        const own = await store.lastOwnPosition({ atOrBefore: { commit, prepare: commit } });
        const reached = own === null || (await waitForPosition(db, name, own, timeout * 1000));
        if (!reached) throw notInTime(name, position);
        context.print({ name, position }, () => `Readers of ${name} see position ${position}.`);
      });
    });
}

const beyond = (position: bigint, end: bigint | null) =>
  userError(`there is no position ${position} yet: the event store ${end === null ? 'is empty' : `ends at ${end}`}`, {
    code: 'position-unknown',
    hint: 'If it was restored from a backup, `openhouse recover` shows what no longer matches.',
    exitCode: 2,
  });

const notInTime = (name: string, position: number) =>
  userError(`${name} has not reached position ${position} in time`, {
    code: 'not-in-time',
    hint: '`openhouse projections list` shows its position, and whether a process feeds it (`openhouse start` does).',
  });
