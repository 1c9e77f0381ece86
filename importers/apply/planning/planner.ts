import type { CommandContext } from '../../../commands/execute.ts';
import type { DomainEvent } from '../../../domain/events.ts';
import type { AgentDirectory } from '../../staging/references/references.ts';
import type { PendingRecord } from '../load-pending.ts';

/** The plan for a record: the commands, the origin of each event, and what is remembered as applied. */
export type RecordPlan<Command, State> = {
  readonly commands: (state: State) => readonly Command[];
  readonly context: (event: DomainEvent) => CommandContext;
  readonly applied: object;
};

/** How the records of an aggregate are applied. */
export type Planner<Command, State> = {
  /**
   * @param merged the state of each record that turned out to be this one
   * @param partedFrom the state of each record that documents of this one were a part of until now
   */
  readonly plan: (
    record: PendingRecord,
    planning: Planning,
    merged: readonly State[],
    partedFrom: readonly State[],
  ) => RecordPlan<Command, State>;
  /** For aggregates whose records can turn out to be the same. */
  readonly merging?: {
    readonly command: (intoKey: string) => Command;
    /** The column for such a record in the memory of what was sent. */
    readonly remembered: 'contact_key' | 'listing_key';
    /** Whether a record in this state has no events yet, or has ended in another one. */
    readonly isAway: (state: State) => boolean;
  };
};

/** What plans need besides the record. */
export type Planning = {
  readonly agents: AgentDirectory;
  /** When this import runs, ISO 8601; everything that is new to us happened before that. */
  readonly now: string;
};
