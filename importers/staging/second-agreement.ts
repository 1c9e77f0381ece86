import { nameKey } from '../legacy/names.ts';
import type { IdentityRow } from './group.ts';
import { looksShared } from './weak-address.ts';

/** A contact's identity with what must agree beside it where it is an address that says little. */
export type ContactRow = IdentityRow & {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phone: string | null;
};

/** Families share an address; with more names than this, it is a desk's or an agent's. */
const mostNames = 5;

/**
 * The identities by which contacts are one person. An address identifies a person by itself, unless it is weak: of somebody who
 * works here, a desk's, made up, or shared by people of many names. Then a name or a phone number has to agree as well.
 *
 * @param staff the identities of the brokerage's own people
 */
export const withSecondAgreement = (rows: readonly ContactRow[], staff: ReadonlySet<string>): IdentityRow[] => {
  const names = new Map<string, Set<string>>();
  for (const row of rows) {
    const name = nameKey(row);
    if (name === undefined) continue;
    const known = names.get(row.identity);
    if (known === undefined) names.set(row.identity, new Set([name]));
    else known.add(name);
  }
  const weak = (identity: string) =>
    staff.has(identity) ||
    looksShared(identity.slice(identity.indexOf(':') + 1)) ||
    (names.get(identity)?.size ?? 0) > mostNames;
  const weakOnes = new Set([...new Set(rows.map(({ identity }) => identity))].filter(weak));
  return rows.flatMap((row) => {
    const { firstName: _, lastName: __, phone, ...rest } = row;
    if (!weakOnes.has(row.identity)) return [rest];
    const name = nameKey(row);
    return [
      ...(name === undefined ? [] : [{ ...rest, identity: `${row.identity} name:${name}` }]),
      ...(phone === null ? [] : [{ ...rest, identity: `${row.identity} phone:${phone}` }]),
    ];
  });
};
