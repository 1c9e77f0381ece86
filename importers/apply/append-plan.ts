import { type Aggregate, type CommandResult, execute, type Loaded } from '../../commands/execute.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { isEventNotValid } from '../../eventstore/codec.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { failureOf } from '../../eventstore/server/failure.ts';
import { isUnreadableEvent } from '../../eventstore/stored-event.ts';
import { errorMessage } from '../../platform/errors.ts';
import type { PendingRecord } from './load-pending.ts';
import type { RecordPlan } from './planning/planner.ts';

/** One append is one message to the event store; these limits keep it small enough. */
const maxCommands = 400;
const maxText = 512 * 1024;

/** The outcome of appending a record's events. */
export type Appended = {
  readonly events: number;
  readonly revision: bigint;
  readonly position: bigint | null;
  /** Whether documents left the record. */
  readonly split: boolean;
};

/**
 * Appends those events of a record that its stream does not have yet.
 *
 * @param storeEnd an append that returns a position up to there was a repetition
 * @returns why the record cannot be appended, if the reason lies in the record
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
    // Long histories need several appends; each one takes what the stream does not have yet.
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
    ).catch((error: unknown) => {
      const refused = aboutThisRecord(error);
      // A server that is gone, for example, has nothing to do with the record.
      if (refused === undefined) throw error;
      return { refused };
    });
    if ('refused' in result) return result;
    if (!result.ok) return { refused: result.rejection };
    if (result.revision === 'no-stream')
      return { refused: { code: 'empty', message: 'The record resulted in no events.' } };
    if (result.position !== null && result.position.commit > storeEnd) {
      events += result.events.length;
      position = result.position.commit;
    }
    split ||= result.events.some(({ type }) => type === 'ListingSplit' || type === 'LeadSplit');
    if (complete) return { events, revision: result.revision, position, split };
    if (result.events.length === 0) throw new Error(`${record.recordKey} appended none of the rest of its history`);
    known = { state: result.state, revision: result.revision };
  }
};

/** As many of the first commands as fit into one append; at least one. */
const withinOneAppend = <Command>(commands: readonly Command[]): readonly Command[] => {
  if (commands.length < 10) return commands;
  let text = 0;
  const end = commands.findIndex((command, index) => {
    text += JSON.stringify(command).length;
    return index > 0 && (index >= maxCommands || text > maxText);
  });
  return end === -1 ? commands : commands.slice(0, end);
};

/** Why this one record cannot be appended; `undefined` if the error has nothing to do with the record. */
export const aboutThisRecord = (error: unknown): Rejection | undefined => {
  if (isEventNotValid(error)) return { code: error.code, message: errorMessage(error) };
  switch (failureOf(error)?.refusal) {
    case 'size':
      return { code: 'too-large', message: 'What its documents say together is too large for one event.' };
    case 'deleted':
      return { code: 'stream-deleted', message: 'Its history was deleted for good in the event store.' };
  }
  return undefined;
};

/** The same, also if the reason is that its history cannot be read. */
export const reasonInRecord = (error: unknown): Rejection | undefined =>
  isUnreadableEvent(error)
    ? { code: 'event-unreadable', message: `Its history cannot be read (${errorMessage(error)})` }
    : aboutThisRecord(error);
