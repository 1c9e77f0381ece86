import { type Aggregate, type CommandResult, execute, type Loaded } from '../../commands/execute.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { isEventNotValid } from '../../eventstore/codec.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { errorMessage } from '../../platform/errors.ts';
import type { PendingRecord } from './load-pending.ts';
import type { RecordPlan } from './planning/plan.ts';

/** One append is one message of the event store: not more events or text than this in it. */
const maxCommands = 400;
const maxText = 512 * 1024;

/** What appending a record's events came to. */
export type Appended = {
  readonly events: number;
  readonly revision: bigint;
  readonly position: bigint | null;
  /** Whether documents left it. */
  readonly split: boolean;
};

/**
 * Appends the events of a record that its stream does not have yet.
 *
 * @param storeEnd an append that is answered with a position up to there was a repetition
 * @returns why it cannot be appended, where the reason is in this record
 */
export const appendPlan = async <Command, Event extends DomainEvent, State>(
  store: EventStore,
  aggregate: Aggregate<Command, Event, State>,
  record: PendingRecord,
  plan: RecordPlan<Command, State>,
  storeEnd: bigint,
): Promise<Appended | { readonly refused: Rejection }> => {
  const fresh = record.applied === undefined && !record.suspect;
  let known: Loaded<State> | undefined = fresh
    ? { state: aggregate.decider.initialState, revision: 'no-stream' }
    : undefined;
  let [events, position, split] = [0, null as bigint | null, false];
  for (;;) {
    // Long histories go in several appends: each takes what the stream does not have yet.
    let complete = true;
    const some = (state: State): readonly Command[] => {
      const all = plan.commands(state);
      const taken = withinOneAppend(all);
      complete = taken.length === all.length;
      return taken;
    };
    const result: CommandResult<State> | { readonly refused: Rejection } = await execute(
      store,
      aggregate,
      record.recordKey,
      some,
      plan.context,
      known,
    ).catch((error: unknown) => ({ refused: aboutThisRecord(error) }));
    if ('refused' in result) return result;
    if (!result.ok) return { refused: result.rejection };
    if (result.revision === 'no-stream') return { refused: { code: 'empty', message: 'It gave no event at all.' } };
    if (result.position !== null && result.position.commit > storeEnd) {
      events += result.events.length;
      position = result.position.commit;
    }
    split ||= result.events.some(({ type }) => type === 'ListingSplit' || type === 'LeadSplit');
    if (complete) return { events, revision: result.revision, position, split };
    if (result.events.length === 0)
      throw new Error(`${record.recordKey} appended nothing of what is left of its history`);
    known = { state: result.state, revision: result.revision };
  }
};

/** As many commands from the beginning as one append holds; at least one. */
const withinOneAppend = <Command>(commands: readonly Command[]): readonly Command[] => {
  if (commands.length < 10) return commands;
  let text = 0;
  const end = commands.findIndex((command, index) => {
    text += JSON.stringify(command).length;
    return index > 0 && (index >= maxCommands || text > maxText);
  });
  return end === -1 ? commands : commands.slice(0, end);
};

/** Why this one record cannot be appended; rethrows what has nothing to do with it (a server that is gone). */
const aboutThisRecord = (error: unknown): Rejection => {
  const message = errorMessage(error);
  if (isEventNotValid(error)) return { code: error.code, message };
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'maximum-append-size-exceeded') return { code: 'too-large', message };
  throw error;
};
