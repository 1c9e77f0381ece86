import type { Decider, Rejection } from '../domain/decider.ts';
import { type AggregateName, type DomainEvent, streamName } from '../domain/events.ts';
import type { Actor } from '../domain/metadata.ts';
import { deterministicId } from '../eventstore/event-id.ts';
import type { EventStore, ExpectedRevision } from '../eventstore/event-store.ts';
import { isReadable, type Position, unreadableEvent } from '../eventstore/stored-event.ts';

/** Who issues the command, by which route, why, and in which business conversation. */
export type CommandContext = {
  readonly actor: Actor;
  /** The route: `cli`, `lead-offers`, or the legacy document that an import read (`legacy:contacts/5f…`). */
  readonly source: string;
  /** When it happened in the world, ISO 8601 UTC. */
  readonly occurredAt: string;
  /** It is not known when it happened, but no later than `occurredAt`. */
  readonly occurredAtEstimated?: true;
  /** Fields whose values come from another document than `source`, each with that document. */
  readonly sources?: Readonly<Record<string, string>>;
  readonly correlationId: string;
  readonly causationId: string;
  readonly reason?: string;
};

/**
 * The result of a command: the events it appended (none if there was nothing to change) and where, or why it was
 * rejected.
 */
export type CommandResult<State> =
  | {
      readonly ok: true;
      readonly events: readonly DomainEvent[];
      readonly revision: ExpectedRevision;
      /** The position of the last event in `$all`; `null` if there was nothing to append. */
      readonly position: Position | null;
      readonly state: State;
    }
  | { readonly ok: false; readonly rejection: Rejection };

/** The present state of a record, and the revision to expect. */
export type Loaded<State> = { readonly state: State; readonly revision: ExpectedRevision };

/** A way to run the commands of one aggregate against the event store. */
export type Aggregate<Command, Event extends DomainEvent, State> = {
  readonly name: AggregateName;
  readonly decider: Decider<Command, Event, State>;
};

const maxAttempts = 5;

/** Reads a record's events into its state. @throws when the stream contains an unreadable event */
export const load = async <Command, Event extends DomainEvent, State>(
  store: EventStore,
  { name, decider }: Aggregate<Command, Event, State>,
  key: string,
): Promise<Loaded<State>> => {
  let state = decider.initialState;
  let revision: ExpectedRevision = 'no-stream';
  for await (const stored of store.readStream(streamName(name, key))) {
    if (!isReadable(stored)) throw unreadableEvent(stored);
    state = decider.evolve(state, stored.event as Event);
    revision = stored.revision;
  }
  return { state, revision };
};

/**
 * Runs commands on one record: load, decide each in turn, append all their events at once with the exact expected
 * revision; on a concurrency conflict, load and decide again. Event IDs are derived from the stream, the revision and
 * the correlation ID, so repeating a call after a lost answer appends nothing twice.
 *
 * `known` saves the read if the caller is sure of the record's state (in a first import there is none); a conflict then
 * falls back to reading.
 */
export const execute = async <Command, Event extends DomainEvent, State>(
  store: EventStore,
  aggregate: Aggregate<Command, Event, State>,
  key: string,
  commands: readonly Command[] | ((state: State) => readonly Command[]),
  context: CommandContext | ((event: DomainEvent, index: number) => CommandContext),
  known?: Loaded<State>,
): Promise<CommandResult<State>> => {
  const stream = streamName(aggregate.name, key);
  let loaded = known;
  for (let attempt = 1; ; attempt++) {
    loaded ??= await load(store, aggregate, key);
    const decided = decideAll(
      aggregate.decider,
      typeof commands === 'function' ? commands(loaded.state) : commands,
      loaded.state,
    );
    if ('rejected' in decided) return { ok: false, rejection: decided.rejected };
    const { events, state } = decided;
    if (events.length === 0) return { ok: true, events, revision: loaded.revision, position: null, state };

    const next = loaded.revision === 'no-stream' ? 0n : loaded.revision + 1n;
    const result = await store.append(
      stream,
      loaded.revision,
      events.map((event, index) => {
        const of = typeof context === 'function' ? context(event, index) : context;
        return {
          id: deterministicId(`${stream}@${next + BigInt(index)} ${event.type} ${of.correlationId}`),
          event,
          metadata: {
            actor: of.actor,
            source: of.source,
            occurredAt: of.occurredAt,
            ...(of.occurredAtEstimated === undefined ? {} : { occurredAtEstimated: of.occurredAtEstimated }),
            ...(of.sources === undefined ? {} : { sources: of.sources }),
            $correlationId: of.correlationId,
            $causationId: of.causationId,
            ...(of.reason === undefined ? {} : { reason: of.reason }),
          },
        };
      }),
    );
    if (result.appended) return { ok: true, events, revision: result.revision, position: result.position, state };
    if (attempt === maxAttempts) throw new Error(`${stream} is being changed by too many processes at once; try again`);
    loaded = undefined;
  }
};

const decideAll = <Command, Event extends DomainEvent, State>(
  decider: Decider<Command, Event, State>,
  commands: readonly Command[],
  before: State,
): { rejected: Rejection } | { events: Event[]; state: State } => {
  let state = before;
  const events: Event[] = [];
  for (const command of commands) {
    const decision = decider.decide(command, state);
    if ('rejected' in decision) return decision;
    for (const event of decision.accepted) {
      state = decider.evolve(state, event);
      events.push(event);
    }
  }
  return { events, state };
};
