/**
 * A decider defines an aggregate: one pure function from a command and a state to events, and one from a state and an
 * event to the next state. Time, IDs and randomness come with the command.
 */
export type Decider<Command, Event, State> = {
  readonly decide: (command: Command, state: State) => Decision<Event>;
  readonly evolve: (state: State, event: Event) => State;
  readonly initialState: State;
};

/** The decision on a command: the events to append (none if there is nothing to change), or why it is rejected. */
export type Decision<Event> = { readonly accepted: readonly Event[] } | { readonly rejected: Rejection };

/** Why a command was rejected: a stable code, the field it is about (if any), and a sentence for people. */
export type Rejection = { readonly code: string; readonly field?: string; readonly message: string };

export const accept = <Event>(...events: readonly Event[]): Decision<Event> => ({ accepted: events });

export const reject = (code: string, message: string, field?: string): { readonly rejected: Rejection } => ({
  rejected: field === undefined ? { code, message } : { code, message, field },
});

/** The state after a history of events, starting from `state` (default: the initial state). */
export const fold = <Command, Event, State>(
  decider: Decider<Command, Event, State>,
  events: Iterable<Event>,
  state: State = decider.initialState,
): State => {
  let current = state;
  for (const event of events) current = decider.evolve(current, event);
  return current;
};
