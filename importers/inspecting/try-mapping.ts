import { collectionPlans, type StagedCollection } from '../collections.ts';
import { mapAlertSent } from '../legacy/alerts-sent.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import type { LegacyDocument } from '../legacy/looked.ts';
import type { MappedType } from '../mappings/compile.ts';
import { recordTypes } from '../mappings/record-types.ts';
import { whyUnreadable } from '../why-unreadable.ts';

/** How a mapping understands a sample of documents. */
export type Trial = {
  sampled: number;
  understood: number;
  /** Some field has a warning, or a saved search would be on hold. */
  inPart: number;
  quarantined: number;
  /** `listPrice price-range` → 3 */
  readonly warnings: Record<string, number>;
  /** `status-missing` → 2 */
  readonly quarantine: Record<string, number>;
};

export const emptyTrial = (): Trial => ({
  sampled: 0,
  understood: 0,
  inPart: 0,
  quarantined: 0,
  warnings: Object.create(null) as Record<string, number>,
  quarantine: Object.create(null) as Record<string, number>,
});

/** Maps a document as an import would, without looking up references, and counts the outcome. */
export const tryDocument = (trial: Trial, mapped: MappedType, document: LegacyDocument): void => {
  trial.sampled++;
  const outcome = outcomeOf(mapped, document);
  if ('code' in outcome) {
    trial.quarantined++;
    add(trial.quarantine, outcome.code);
    return;
  }
  if (outcome.warnings.length === 0) trial.understood++;
  else trial.inPart++;
  for (const warning of outcome.warnings) add(trial.warnings, warning);
};

type Outcome = { readonly code: string } | { readonly warnings: readonly string[] };

const outcomeOf = (mapped: MappedType, document: LegacyDocument): Outcome => {
  try {
    if (documentKey(document._id) === undefined) return { code: 'id-missing' };
    const { collection } = recordTypes[mapped.type];
    const look = mapped.look(document);
    const result =
      collection === 'alerts_sent'
        ? mapAlertSent(look)
        : collectionPlans[collection satisfies StagedCollection].map(look);
    if ('quarantine' in result) return { code: result.quarantine.code };
    return { warnings: 'payload' in result ? warningsIn(result.payload) : [] };
  } catch (error) {
    return { code: `unreadable: ${whyUnreadable(error).slice(0, 60)}` };
  }
};

type Noted = { readonly field: string; readonly code: string };

const warningsIn = (payload: object): string[] => {
  const { fields, holdReasons } = payload as {
    fields?: { warnings?: readonly Noted[] };
    holdReasons?: readonly Noted[];
  };
  return [
    ...new Set([...(fields?.warnings ?? []), ...(holdReasons ?? [])].map(({ field, code }) => `${field} ${code}`)),
  ];
};

const add = (counts: Record<string, number>, key: string) => {
  counts[key] = (counts[key] ?? 0) + 1;
};
