import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { OwnedType, Owner } from '../../domain/ownership/index.ts';
import { writesWaiting } from '../../importers/differences/outbox.ts';
import type { CompiledMapping } from '../../importers/mappings/compile.ts';
import { ownedTypesInfo } from '../../importers/owned/record-view.ts';
import { writeBackJob } from '../../schedulers/old-crm/write-back.ts';
import { readJobRuns } from '../jobs/jobs.ts';
import { isSilent, readProcesses } from '../processes.ts';
import { lastComparisons } from './last-comparisons.ts';
import type { SharedFacts, TypeFacts } from './misfits.ts';

/**
 * What `misfits` needs to know. A few short queries, since `openhouse doctor` and the console ask them too.
 * @param owners who owns each type
 * @param crm the mapping in force, and whether the old CRM's live database is configured
 */
export const ownershipFacts = async (
  db: Kysely<unknown>,
  owners: readonly { readonly recordType: OwnedType; readonly owner: Owner }[],
  { mapping, live }: { readonly mapping: CompiledMapping; readonly live: boolean },
  now: Date,
): Promise<{ readonly shared: SharedFacts; readonly types: readonly TypeFacts[] }> => {
  const collections = owners.map(({ recordType }) => ownedTypesInfo[recordType].collection);
  const { rows: onFile } = await sql<{ collection: string }>`
    select collection from unnest(${collections}::text[]) as x (collection)
    where exists (select from ops.import_document d where d.collection = x.collection and d.gone_at is null)`.execute(
    db,
  );
  const { rows: conflicts } = await sql<{ aggregate: string; count: number }>`
    select aggregate, (count(*))::int as count from ops.legacy_conflict where resolved_at is null group by aggregate`.execute(
    db,
  );
  const { rows: runs } = await sql<{ last: string | null; overridden: string | null }>`
    with last as (
      select mapping, mapping_version from ops.import_run where kind in ('import', 'remap') and mapping is not null
      order by import_run_id desc limit 1
    ), remap as (
      select import_run_id, mapping, mapping_version from ops.import_run where kind = 'remap' and mapping is not null
      order by import_run_id desc limit 1
    )
    select (select mapping from last) as last, (
      select mapping from remap where exists (
        select from (select mapping_version from last union all select ${mapping.version}) as used
        where used.mapping_version <> remap.mapping_version and exists (
          select from ops.import_run earlier
          where earlier.import_run_id < remap.import_run_id and earlier.mapping_version = used.mapping_version))
    ) as overridden`.execute(db);
  const processes = await readProcesses(db);
  const [lastRun] = await readJobRuns(db, { job: writeBackJob.name, limit: 1 });
  const [compared, waiting] = [await lastComparisons(db), await writesWaiting(db)];
  const { rows: written } = await sql<{ aggregate: string; count: number }>`
    select aggregate, (count(*))::int as count
    from unnest(${compared.map(({ recordType }) => recordType)}::text[], ${compared.map(({ at }) => at)}::timestamptz[]) as x (aggregate, at)
      join ops.write_back w using (aggregate) where w.written_at > x.at group by aggregate`.execute(db);
  const types = owners.map(({ recordType, owner }): TypeFacts => {
    const { collection, mapped } = ownedTypesInfo[recordType];
    const writes = waiting.find(({ aggregate }) => aggregate === recordType);
    return {
      recordType,
      owner,
      mapped: mapping.types[mapped] !== undefined,
      onFile: onFile.some((row) => row.collection === collection),
      compared: compared.find((one) => one.recordType === recordType) ?? null,
      writtenSince: written.find(({ aggregate }) => aggregate === recordType)?.count ?? 0,
      due: writes?.due ?? 0,
      dueSince: writes === undefined || writes.due === 0 ? null : writes.oldest,
      refused: writes?.refused ?? 0,
      conflicts: conflicts.find(({ aggregate }) => aggregate === recordType)?.count ?? 0,
    };
  });
  const shared = {
    now,
    live,
    mapping: mapping.name,
    lastMapping: runs[0]!.last,
    overriddenMapping: runs[0]!.overridden,
    jobsRun: processes.some((each) => each.roles.includes('jobs') && !isSilent(now, each)),
    writeBackError: lastRun?.result === 'failed' ? lastRun.error : null,
  };
  return { shared, types };
};
