import { consoleTables } from './console.ts';
import { deliveryTables } from './delivery.ts';
import { importersTables } from './importers.ts';
import { projectionsTables } from './projections.ts';
import { schedulersTables } from './schedulers.ts';
import { serversTables } from './servers.ts';

/**
 * The tables of `ops`, in a file for each room that keeps them: each column with its PostgreSQL type, `null` if it may be
 * empty, `default` if PostgreSQL fills it in. A test compares them with the tables that the migrations create.
 */
export const opsTables = {
  ...consoleTables,
  ...deliveryTables,
  ...importersTables,
  ...projectionsTables,
  ...schedulersTables,
  ...serversTables,
};
