import type { migrate } from '../platform/database/migrations.ts';

/** A kysely of any tables: this room's are written as SQL. */
export type AnyDatabase = Parameters<typeof migrate>[0];
