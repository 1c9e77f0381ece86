import { loadOwnerships, type Ownership } from '../../importers/differences/ownerships.ts';
import { loadMapping } from '../../importers/mappings/load-mapping.ts';
import { type NamedField, unwrittenFields } from '../../importers/owned/unwritten-fields.ts';
import { isUserError } from '../../platform/errors.ts';
import type { QueryDeps } from '../deps.ts';
import { type Misfit, misfits, type TypeFacts } from './misfits.ts';
import { ownershipFacts } from './ownership-facts.ts';

/** A record type, who owns it, and how both sides stand. */
export type OwnershipOverview = Ownership &
  Pick<TypeFacts, 'compared' | 'due' | 'dueSince' | 'refused' | 'conflicts'> & {
    /** Fields whose changes stay in openhouse; `null` if the old CRM owns the type, or the mapping is not known. */
    readonly notWritten: readonly NamedField[] | null;
    /** What `openhouse ownership check` finds. */
    readonly misfits: readonly Omit<Misfit, 'recordType'>[];
  };

export type OwnershipsOverview = {
  /** Whether MONGO_URL is set: otherwise nothing flows in either direction. */
  readonly live: boolean;
  readonly types: readonly OwnershipOverview[];
  /** Why the mapping cannot be read here, and with it whether everything fits together; `null` if it can. */
  readonly mappingProblem: string | null;
};

/** Who owns each record type, and whether owner, write-back, mapping and parity fit together. */
export const ownershipOverview = async ({ db, store, config, clock }: QueryDeps): Promise<OwnershipsOverview> => {
  const live = config.mongoUrl !== undefined;
  const owners = await loadOwnerships(store);
  const named = await mappingOrProblem(config.mapping);
  const mapping = 'problem' in named ? await loadMapping() : named.mapping;
  const { shared, types } = await ownershipFacts(db, owners, { mapping, live }, clock.now());
  const found = 'problem' in named ? [] : misfits(shared, types);
  return {
    live,
    mappingProblem: 'problem' in named ? named.problem : null,
    types: owners.map((ownership) => {
      const { recordType, owner } = ownership;
      const { compared, due, dueSince, refused, conflicts } = types.find((one) => one.recordType === recordType)!;
      return {
        ...ownership,
        ...{ compared, due, dueSince, refused, conflicts },
        notWritten: owner === 'legacy' || 'problem' in named ? null : unwrittenFields(recordType, mapping),
        misfits: found.flatMap(({ recordType: of, ...misfit }) => (of === recordType ? [misfit] : [])),
      };
    }),
  };
};

const mappingOrProblem = async (
  name: string | undefined,
): Promise<{ readonly mapping: Awaited<ReturnType<typeof loadMapping>> } | { readonly problem: string }> => {
  try {
    return { mapping: await loadMapping(name) };
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { problem: error.message };
  }
};
