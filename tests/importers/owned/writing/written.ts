import * as BSON from 'bson';
import type { OwnedType } from '../../../../domain/ownership/index.ts';
import type { CompiledMapping } from '../../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { ownedTypesInfo } from '../../../../importers/owned/record-view.ts';
import { withWholeAddress } from '../../../../importers/owned/whole-address.ts';
import { sameIn } from '../../../../importers/owned/writing/changes-others.ts';
import { rawDocument } from '../../../../importers/owned/writing/edits.ts';
import { dateOrdersOf } from '../../../../importers/owned/writing/mapped-paths.ts';
import { planWrite, readerOf } from '../../../../importers/owned/writing/plan-write.ts';
import type { AgentDirectory } from '../../../../importers/staging/references/references.ts';
import { contact, property, user } from '../../support/documents.ts';

export const homeGrown = await loadMapping('home-grown');
const noAgents = { keyOf: () => undefined } as unknown as AgentDirectory;

/**
 * What a document of the old CRM becomes when the record that was read from it changes.
 * @param others what the record says by another document of its own
 */
export const written = (
  aggregate: OwnedType,
  document: object,
  changes: object,
  others: object = {},
  mapping: CompiledMapping = homeGrown,
  spellings: readonly string[] = [],
) => {
  const type = mapping.types[ownedTypesInfo[aggregate].mapped]!;
  const reader = readerOf(BSON as never, aggregate, type, noAgents)(type.collections[0]!.name);
  const raw = rawDocument(BSON as never, BSON.serialize(document));
  const before = reader(raw)!.view;
  const wanted = withWholeAddress({ ...before, ...others, ...changes });
  const pathsOf = (slot: string) => {
    const fields = mapping.file[type.type]?.fields as Readonly<Record<string, { from: { path: string }[] }>>;
    return fields[slot]?.from.map(({ path }) => path) ?? [];
  };
  const writing = {
    bson: BSON as never,
    document: raw,
    pathsOf,
    dateOrder: dateOrdersOf(mapping, type.type),
    uses: () => 0,
    example: () => undefined,
    wanted,
    spellings: () => spellings,
    references: () => [],
  };
  const planned = planWrite(aggregate, new Set(Object.keys(changes)), writing, reader);
  /** What is left to do once it is written: nothing, whatever the document cannot say. */
  const again = () => {
    const after = reader(planned.document)?.view ?? {};
    const differing = Object.keys({ ...wanted, ...after }).filter((name) => !sameIn(after, wanted, name));
    return planWrite(aggregate, new Set(differing), { ...writing, document: planned.document }, reader).edits;
  };
  return { raw, before, wanted, said: reader(planned.document)?.view, again, ...planned };
};

/** With the types of its values. */
export const shown = (value: unknown) => BSON.EJSON.stringify(value, { relaxed: false });

/** A document with all that its type must have. */
export const make = { listing: property, lead: contact, agent: user };
