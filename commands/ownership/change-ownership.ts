import type { OwnedType, Owner, OwnershipState } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { ownerships } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute } from '../execute.ts';

/** Hands a record type over. Whether that is safe is checked before (importers/cutover). */
export const changeOwnership = async (
  store: EventStore,
  recordType: OwnedType,
  owner: Owner,
  context: CommandContext,
): Promise<CommandResult<OwnershipState>> =>
  await execute(store, ownerships, recordType, [{ type: 'ChangeOwnership', recordType, owner }], context);

/** What a repair did, and who asked for it. */
export type RepairDone = {
  readonly corrected: number;
  readonly writtenBack: number;
  readonly leftAlone: number;
  readonly context: CommandContext;
};

/** Appends an event for each of these repairs of differences between both sides, unless it did nothing; all of them at once. */
export const noteRepairs = async (
  store: EventStore,
  recordType: OwnedType,
  repairs: readonly RepairDone[],
): Promise<CommandResult<OwnershipState>> => {
  const done = repairs.filter(({ corrected, writtenBack }) => corrected + writtenBack > 0);
  const commands = done.map(({ context: _, ...counts }) => ({ type: 'NoteRepair', recordType, ...counts }) as const);
  return await execute(store, ownerships, recordType, commands, (_, index) => done[index]!.context);
};
