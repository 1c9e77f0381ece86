import type { Command } from 'commander';
import { type OwnedType, ownedTypes } from '../../domain/ownership/index.ts';
import { type ConflictReason, conflictReasons, type Selection } from '../../importers/differences/selecting.ts';
import { fieldsCalled } from '../../importers/owned/labels.ts';
import { recordTypeGiven, usage } from '../arguments.ts';

export type SelectionOptions = { readonly type?: string; readonly reason?: string; readonly fields?: string };

/** The options that say which conflicts. */
export const withSelection = (command: Command): Command =>
  command
    .option('--type <type>', 'only those of this type: listing, lead or agent')
    .option(
      '--reason <reason>',
      'only those `edited` or `deleted` in the old CRM, or read differently because of a changed `mapping` (or a new release)',
    )
    .option('--fields <fields>', 'only those about these fields and no others, separated by commas');

/** @returns the selection; `undefined` if no option says anything. @throws UserError if an option is not valid */
export const selectionGiven = ({ type, reason, fields }: SelectionOptions): Selection | undefined => {
  if (type === undefined && reason === undefined && fields === undefined) return undefined;
  const aggregate = type === undefined ? undefined : recordTypeGiven(type, ownedTypes);
  return {
    ...(aggregate && { aggregate }),
    ...(reason !== undefined && { reason: reasonGiven(reason) }),
    ...(fields !== undefined && { fields: fieldsGiven(fields, aggregate) }),
  };
};

const reasonGiven = (given: string): ConflictReason => {
  const found = conflictReasons.find((one) => one === given);
  if (found === undefined) throw usage(`the reason must be edited, deleted or mapping, not "${given}"`);
  return found;
};

/** Fields by name or label. @throws UserError if there is none of this name */
export const fieldsGiven = (given: string, aggregate: OwnedType | undefined): readonly string[] => {
  const { fields, unknown } = fieldsCalled(given.split(','), aggregate);
  if (unknown.length > 0)
    throw usage(
      `there is no field "${unknown[0]}"`,
      'Use the labels that `openhouse conflicts list` shows, or names such as listPrice.',
    );
  return fields;
};
