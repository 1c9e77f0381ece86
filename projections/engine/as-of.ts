import type { Position } from '../../eventstore/stored-event.ts';
import { errorMessage, userError } from '../../platform/errors.ts';
import { type ProjectionEntry, projectionEntries } from '../registry.ts';
import { findBuild } from './builds.ts';
import { checkStore } from './check-store.ts';
import { chooseBuilds, parkedCount } from './choose.ts';
import { readCode } from './code.ts';
import { createBuild } from './create-build.ts';
import { query } from './database.ts';
import { asOfBuildIn, removeBuild } from './drop.ts';
import { type EngineDeps, feed } from './feed.ts';
import { holdingLeases, takeLease } from './lease.ts';
import { openMember } from './member.ts';
import { openSandbox } from './sandbox.ts';
import { catchUpBatch, holderName, rebuildApply } from './settings.ts';
import { indexStatements } from './tables.ts';

export type AsOfOptions = {
  /** Up to and with the last event recorded by then, or the one at this position. */
  readonly moment: { readonly at: Date } | { readonly position: bigint };
  /** The schema to make; it must not exist, unless it holds an earlier as-of and `replace` is given. */
  readonly into: string;
  readonly replace?: boolean;
  /** The code that the live model is made by (what readers saw), or the one on disk. Default: live. */
  readonly code?: 'live' | 'disk';
  readonly entries?: readonly ProjectionEntry[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (events: number) => void;
};

export type AsOf = {
  readonly name: string;
  readonly schema: string;
  readonly tables: readonly string[];
  /** The last event that is in it. */
  readonly position: Position | null;
  readonly recordedAt: Date | null;
  readonly events: number;
  readonly parked: number;
};

/**
 * Builds a read model as it was at a moment, into a schema of its own, where it stays until it is dropped. Time is
 * recorded time: what was known then, not what had happened by then.
 *
 * @throws UserError when the schema exists, or its name will not do
 */
export const asOf = async (deps: EngineDeps, name: string, options: AsOfOptions): Promise<AsOf> => {
  const { db } = deps;
  const { moment, into } = options;
  const { live } = await chooseBuilds(db, name);
  await checkStore(deps.store, live);
  await freeSchema(deps, into, options.replace ?? false);
  const code =
    options.code === 'disk'
      ? (await readCode(options.entries ?? projectionEntries)).find(({ projection }) => projection.name === name)
      : { projection: openSandbox(live.code).projection, source: live.code, hash: live.codeHash };
  if (code === undefined) throw userError(`there is no code of ${name} on disk`, { code: 'projection-code-missing' });
  const build = await createBuild(db, code, 'as-of', into);
  const lease = await takeLease(db, build.id, holderName('as-of'));
  return await holdingLeases(db, lease === null ? [] : [lease], async () => {
    const member = await openMember(db, build, lease!);
    const failures = await feed(deps, [member], {
      apply: { ...rebuildApply, park: true },
      until: 'at' in moment ? 'caught-up' : { commit: moment.position, prepare: moment.position },
      ...('at' in moment ? { recordedUntil: moment.at } : {}),
      patience: 60_000,
      ...catchUpBatch,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onBatch: ({ events }) => options.onProgress?.(events.length),
    });
    for (const error of failures.values()) {
      throw userError(`${into} could not be built: ${errorMessage(error)}`, { code: 'as-of-failed', cause: error });
    }
    for (const statement of indexStatements(into, member.sandbox.projection)) await query(db, statement);
    const now = await findBuild(db, build.id);
    return {
      name,
      schema: into,
      tables: Object.keys(member.sandbox.projection.tables),
      position: now?.position ?? null,
      recordedAt: now?.lastEvent?.created ?? null,
      events: now?.events ?? 0,
      parked: await parkedCount(db, build.id),
    };
  });
};

const freeSchema = async ({ db }: EngineDeps, schema: string, replace: boolean): Promise<void> => {
  if (
    !/^[a-z_][a-z0-9_]{0,62}$/.test(schema) ||
    /^(pg_|ops$|read$|eventstore$|public$|information_schema$)/.test(schema)
  ) {
    throw userError(`"${schema}" will not do as the name of a schema`, {
      code: 'schema-name',
      hint: 'Lower-case letters, digits and _, and none that openhouse or PostgreSQL use: audit_2026_03, say.',
      exitCode: 2,
    });
  }
  const before = await asOfBuildIn(db, schema);
  if (before !== undefined && replace) return await removeBuild(db, before);
  const rows = await query(db, 'select 1 from pg_namespace where nspname = $1', [schema]);
  if (rows.length === 0) return;
  throw userError(`the schema ${schema} exists already`, {
    code: 'schema-exists',
    hint: before === undefined ? 'Choose another name.' : 'Choose another name, or replace it with --replace.',
  });
};
