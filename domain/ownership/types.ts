/** The record types that are cut over one at a time. */
export const ownedTypes = ['listing', 'lead', 'agent'] as const;
export type OwnedType = (typeof ownedTypes)[number];

/**
 * The system that decides about records of a type:
 * - `legacy`: changes flow in from the old CRM, as they always did
 * - `openhouse`: changes are written back to the old CRM; a change that someone makes there is a conflict, which a
 *   person decides
 */
export const owners = ['legacy', 'openhouse'] as const;
export type Owner = (typeof owners)[number];

export const isOwnedType = (name: string): name is OwnedType => (ownedTypes as readonly string[]).includes(name);
