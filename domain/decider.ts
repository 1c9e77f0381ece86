/**
 * A decider is the whole of an aggregate: a pure function from a command and a state to events, and one from a state
 * and an event to the next state. Time, ids and randomness come in with the command.
 */
export type Decider<Command, Event, State> = {
  readonly decide: (command: Command, state: State) => Decision<Event>;
  readonly evolve: (state: State, event: Event) => State;
  readonly initialState: State;
};

/** What a decider answers: the events to append (none when there is nothing to change), or why not. */
export type Decision<Event> = { readonly accepted: readonly Event[] } | { readonly rejected: Rejection };

/** Why a command was refused: a stable code, the field it is about (if one), and a sentence for a person. */
export type Rejection = { readonly code: string; readonly field?: string; readonly message: string };

export const accept = <Event>(...events: readonly Event[]): Decision<Event> => ({ accepted: events });

export const reject = (code: string, message: string, field?: string): { readonly rejected: Rejection } => ({
  rejected: field === undefined ? { code, message } : { code, message, field },
});

/** The state that a history of events leads to, from `state` (default: the beginning). */
export const fold = <Command, Event, State>(
  decider: Decider<Command, Event, State>,
  events: Iterable<Event>,
  state: State = decider.initialState,
): State => {
  let current = state;
  for (const event of events) current = decider.evolve(current, event);
  return current;
};
