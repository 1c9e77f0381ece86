import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from '../../cli/context.ts';
import { printRecorded } from '../../cli/output/print-recorded.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { exitCodes } from '../../platform/errors.ts';
import { createLogger } from '../../platform/logging/log.ts';
import { openStores } from '../support/event-store/stores.ts';

/** What a command's context was asked for. */
const listening = () => {
  const said: string[] = [];
  const exits: number[] = [];
  const context: Pick<Context, 'say' | 'signal' | 'exitWith'> = {
    say: (text) => void said.push(text),
    signal: new AbortController().signal,
    exitWith: (code) => void exits.push(code),
  };
  return { context: context as Context, said, exits };
};

test('the result is printed even if a server is gone when the read models are to be updated', async (t) => {
  const { store, close } = await openStores();
  t.after(close);
  const gone = openDatabase<unknown>('postgres://openhouse@127.0.0.1:1/openhouse', { applicationName: 'test' });
  t.after(() => gone.close());
  const { context, said, exits } = listening();
  let printed: readonly string[] | undefined;
  await printRecorded(context, { db: gone.db, store, log: createLogger({ level: 'silent' }) }, (behind) => {
    printed = behind;
  });
  assert.deepEqual([printed, exits], [['all'], [exitCodes.needsAttention]]);
  assert.match(said.join('\n'), /PostgreSQL cannot be reached/);
});
