import { type Kysely, sql } from 'kysely';
import type { World } from '../../history/support.ts';

/** How a test really causes a condition, and undoes it. */
export type Injection = {
  /** For docs/when-something-is-wrong.md. */
  readonly how: string;
  readonly inject: (world: World) => Promise<unknown>;
  readonly repair: (world: World, injected: unknown) => Promise<unknown>;
  /** The exit code of `openhouse doctor`; 0 for a mere note. */
  readonly exitCode: 0 | 1 | 3;
};

export const run = (db: Kysely<unknown>, ...statements: string[]): Promise<unknown> =>
  statements.reduce<Promise<unknown>>((done, text) => done.then(() => sql.raw(text).execute(db)), Promise.resolve());
