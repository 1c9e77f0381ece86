import { sameValue } from '../../domain/changes.ts';
import { type Decider, fold, type Rejection } from '../../domain/decider.ts';
import type { DomainEvent } from '../../domain/events.ts';
import type { ReadPlaces } from '../../domain/listing/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { Position } from '../../eventstore/stored-event.ts';
import { agents, leads, listings, savedSearches } from '../aggregates.ts';
import { type CommandContext, execute, type Loaded, load } from '../execute.ts';
import type { CorrectableName } from './correction-values.ts';

/** Fields with their correct values; `null` for empty. Values as returned by `readCorrection`. */
export type Corrections = Readonly<Record<string, unknown>>;

/** A field before and after; `null` for empty. */
export type Corrected = { readonly field: string; readonly before: unknown; readonly after: unknown };

/**
 * The result of a correction.
 * - `done`: these fields changed; `position` is the last event's in `$all`, for reading one's own write
 * - `would-do`: the same, but nothing was recorded (a dry run)
 * - `unchanged`: the values were already so
 * - `refused`: the record does not exist, or would lack something that it must have
 */
export type CorrectionResult =
  | { readonly outcome: 'done'; readonly changes: readonly Corrected[]; readonly position: Position }
  | { readonly outcome: 'would-do'; readonly changes: readonly Corrected[] }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly rejection: Rejection };

/** The records as the corrections of a dry run would leave them, passed from one correction to the next. */
export type Rehearsal = Map<string, unknown>;

type Fields = {
  readonly fields: Readonly<Record<string, unknown>>;
  /** For a saved search: a correction can lift its hold. */
  readonly holdReasons?: readonly unknown[];
};
type Correctable = {
  readonly aggregate: {
    readonly name: CorrectableName;
    readonly decider: Decider<unknown, DomainEvent, Fields>;
  };
  readonly command: Command;
};

type Command = (changes: Corrections, places?: ReadPlaces) => unknown;
/** The aggregates under one type. */
const erased = (aggregate: unknown, command: Command) => ({ aggregate, command }) as Correctable;

const correctable: Readonly<Record<CorrectableName, Correctable>> = {
  listing: erased(listings, (changes, places) => ({ type: 'CorrectListing', changes, places })),
  lead: erased(leads, (changes) => ({ type: 'CorrectLead', changes })),
  agent: erased(agents, (changes) => ({ type: 'CorrectAgent', changes })),
  savedSearch: erased(savedSearches, (changes) => ({ type: 'CorrectSavedSearch', changes })),
};

/**
 * Corrects a record by appending an event with actor and reason; history is never edited.
 * @param corrections or what they are, given the record's fields at that moment; `undefined`: nothing is to be changed
 * @param context `reason` is the "because"
 * @param places for what a person gives: what follows from it for a listing's address, coordinates and bathrooms is corrected along with it. Without,
 * the values are those of a document, which agree already
 * @param known the record, if the caller has just read it; it is read again if it has changed since
 */
export const correct = async (
  store: EventStore,
  name: CorrectableName,
  key: string,
  corrections: Corrections | ((fields: Fields['fields']) => Corrections | undefined),
  context: CommandContext,
  places?: ReadPlaces,
  known?: Loaded<Pick<Fields, 'fields'>>,
): Promise<CorrectionResult> => {
  const { aggregate, command } = correctable[name];
  let before: Fields = aggregate.decider.initialState;
  let wanted: Corrections | undefined;
  const result = await execute(
    store,
    aggregate,
    key,
    (state) => {
      before = state;
      wanted = typeof corrections === 'function' ? corrections(state.fields) : corrections;
      return wanted === undefined ? [] : [command(wanted, places)];
    },
    context,
    known,
  );
  if (!result.ok) return { outcome: 'refused', rejection: result.rejection };
  if (result.position === null) return { outcome: 'unchanged' };
  return { outcome: 'done', changes: between(wanted ?? {}, before, result.state), position: result.position };
};

/** Returns what `correct` would do. Records in `rehearsal` are taken as earlier calls would have left them. */
export const rehearse = async (
  store: EventStore,
  name: CorrectableName,
  key: string,
  corrections: Corrections,
  rehearsal: Rehearsal = new Map(),
  places?: ReadPlaces,
): Promise<CorrectionResult> => {
  const { aggregate, command } = correctable[name];
  const place = `${name}-${key}`;
  const before = (rehearsal.get(place) as Fields | undefined) ?? (await load(store, aggregate, key)).state;
  const decision = aggregate.decider.decide(command(corrections, places), before);
  if ('rejected' in decision) return { outcome: 'refused', rejection: decision.rejected };
  if (decision.accepted.length === 0) return { outcome: 'unchanged' };
  const after = fold(aggregate.decider, decision.accepted, before);
  rehearsal.set(place, after);
  return { outcome: 'would-do', changes: between(corrections, before, after) };
};

/** What was asked for first, then what followed from it. */
const between = (corrections: Corrections, before: Fields, after: Fields): Corrected[] =>
  [...new Set([...Object.keys(corrections), ...Object.keys(before.fields), ...Object.keys(after.fields)])]
    .map((field) => ({
      field,
      before: before.fields[field] ?? null,
      after: after.fields[field] ?? null,
    }))
    .concat({ field: 'holdReasons', before: before.holdReasons ?? null, after: after.holdReasons ?? null })
    .filter((change) => !sameValue(change.before, change.after));
