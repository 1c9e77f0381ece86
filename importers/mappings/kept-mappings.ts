import { sql } from 'kysely';
import { storableJson } from '../../platform/database/storable.ts';
import type { AnyDatabase } from '../database.ts';
import { type CompiledMapping, compileMapping } from './compile.ts';
import { loadMapping, shippedMappings } from './load-mapping.ts';
import type { MappingFile } from './schema.ts';

/** Keeps a mapping, so that documents can be read with it again when its file is elsewhere. */
export const keepMapping = async (
  db: AnyDatabase,
  { name, version, file, shipped }: CompiledMapping,
  now: Date,
): Promise<void> => {
  await sql`
    insert into ops.import_mapping (mapping_version, name, file, shipped_yn, first_used_at)
    values (${version}, ${name}, ${storableJson(file)}::json, ${shipped}, ${now}::timestamptz)
    on conflict (mapping_version) do update set shipped_yn = excluded.shipped_yn`.execute(db);
};

/**
 * The mapping with which documents on file are read unless someone names another one: that of the last import or remap.
 * If it is one that comes with openhouse, this release's version of it is used.
 */
export const mappingOnFile = async (db: AnyDatabase): Promise<CompiledMapping> => {
  const { rows } = await sql<{ name: string; file: MappingFile; shipped_yn: boolean }>`
    select m.name, m.file, m.shipped_yn from ops.import_run r
      join ops.import_mapping m on m.mapping_version = r.mapping_version
    where r.kind in ('import', 'remap') order by r.import_run_id desc limit 1`.execute(db);
  const [last] = rows;
  if (last === undefined) return await loadMapping();
  if (last.shipped_yn && (await shippedMappings()).includes(last.name)) return await loadMapping(last.name);
  return compileMapping(last.file);
};
