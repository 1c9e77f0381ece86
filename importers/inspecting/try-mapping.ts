import { collectionPlans, type StagedCollection } from '../collections.ts';
import { mapAlertSent } from '../legacy/alerts-sent.ts';
import { warningsOf, withoutAhead } from '../legacy/date-warnings.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import type { LegacyDocument } from '../legacy/looked.ts';
import { type Mapped, shown, timesOf } from '../legacy/mapping.ts';
import { isMissing } from '../legacy/reading.ts';
import type { MappedType } from '../mappings/compile.ts';
import { valueAt } from '../mappings/path.ts';
import { recordTypes } from '../mappings/record-types.ts';
import { masked } from '../masking/masked-document.ts';
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
  /** For each key of `warnings` and `quarantine`, some of the values that caused it; those that may be personal are masked. */
  readonly found: Record<string, string[]>;
};

export const emptyTrial = (): Trial => ({
  sampled: 0,
  understood: 0,
  inPart: 0,
  quarantined: 0,
  warnings: Object.create(null) as Record<string, number>,
  quarantine: Object.create(null) as Record<string, number>,
  found: Object.create(null) as Record<string, string[]>,
});

/**
 * Maps a document as an import would, without looking up references, and counts the outcome.
 *
 * @param found where it was found, and the time by which its dates are in the future
 */
export const tryDocument = (trial: Trial, mapped: MappedType, document: LegacyDocument, found: FoundAt): void => {
  trial.sampled++;
  const outcome = outcomeOf(mapped, document, found);
  if ('code' in outcome) {
    trial.quarantined++;
    add(trial.quarantine, outcome.code);
    addFound(trial, outcome.code, outcome.found);
    return;
  }
  if (outcome.warnings.size === 0) trial.understood++;
  else trial.inPart++;
  const { collection } = recordTypes[mapped.type];
  for (const [warning, { field, found }] of outcome.warnings) {
    add(trial.warnings, warning);
    addFound(trial, warning, masked(collection, field, found ?? ''));
  }
};

type FoundAt = { readonly place: string; readonly now: Date };

type Outcome = { readonly code: string; readonly found?: string } | { readonly warnings: ReadonlyMap<string, Noted> };

const outcomeOf = (mapped: MappedType, document: LegacyDocument, { place, now }: FoundAt): Outcome => {
  try {
    if (documentKey(document._id) === undefined) return { code: 'id-missing' };
    const { collection } = recordTypes[mapped.type];
    const look = mapped.look(document, place);
    const result =
      collection === 'alerts_sent'
        ? mapAlertSent(look)
        : collectionPlans[collection satisfies StagedCollection].map(look);
    if ('quarantine' in result) {
      const { code, path } = result.quarantine;
      const [slot = path] = mapped.paths.get(path) ?? [];
      const found = valueAt(document, path);
      return { code, ...(isMissing(found) ? {} : { found: masked(collection, slot, shown(found)) }) };
    }
    return { warnings: 'payload' in result ? notedIn(result, withoutAhead(timesOf(look), now).ahead) : new Map() };
  } catch (error) {
    return { code: `unreadable: ${whyUnreadable(error).slice(0, 60)}` };
  }
};

type Noted = { readonly field: string; readonly code: string; readonly found?: string };

const notedIn = (mapped: Mapped<object>, ahead: readonly Noted[]): Map<string, Noted> => {
  const { holdReasons = [] } = mapped.payload as { holdReasons?: readonly Noted[] };
  return new Map(
    [...warningsOf(mapped), ...ahead, ...holdReasons].map((noted) => [`${noted.field} ${noted.code}`, noted]),
  );
};

const foundAtMost = 4;

const addFound = (trial: Trial, key: string, found: string | undefined) => {
  if (found === undefined || found === '') return;
  trial.found[key] ??= [];
  const known = trial.found[key];
  const short = found.length > 40 ? `${found.slice(0, 40).replace(/[\ud800-\udbff]$/, '')}…` : found;
  if (known.length < foundAtMost && !known.includes(short)) known.push(short);
};

const add = (counts: Record<string, number>, key: string) => {
  counts[key] = (counts[key] ?? 0) + 1;
};
