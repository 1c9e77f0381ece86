import type { migrate } from '../platform/database/migrations.ts';

/** A kysely without typed tables: this room writes its queries as SQL. */
export type AnyDatabase = Parameters<typeof migrate>[0];
