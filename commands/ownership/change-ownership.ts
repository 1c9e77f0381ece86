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

/** Appends an event saying that differences between both sides were repaired. */
export const noteRepair = async (
  store: EventStore,
  recordType: OwnedType,
  counts: { readonly corrected: number; readonly writtenBack: number; readonly leftAlone: number },
  context: CommandContext,
): Promise<CommandResult<OwnershipState>> =>
  await execute(store, ownerships, recordType, [{ type: 'NoteRepair', recordType, ...counts }], context);
