import { mlsNumberParts } from '../../../domain/listing/index.ts';
import type { IdentifiedDocument } from './group.ts';

/** A listing, with what else must agree if its MLS number is weak. */
export type IdentifiedHome = IdentifiedDocument & { readonly address: string | null };

/** One home is never entered under more addresses than this, however often it is mistyped. */
const mostAddresses = 5;

/**
 * The listings with the identities that make them one home. An MLS number identifies a home, unless it is weak: made up
 * (`11111111`, `12345678`), or on homes at many addresses. Then the address has to agree as well.
 */
export const withSameAddress = (homes: readonly IdentifiedHome[]): IdentifiedDocument[] => {
  const addresses = new Map<string, Set<string>>();
  for (const home of homes) {
    const key = addressKey(home);
    for (const identity of home.identities) {
      const known = addresses.get(identity) ?? new Set();
      addresses.set(identity, key === undefined ? known : known.add(key));
    }
  }
  const weak = new Set(
    [...addresses].flatMap(([identity, known]) => (isMadeUp(identity) || known.size > mostAddresses ? [identity] : [])),
  );
  return homes.map((home) => {
    const key = addressKey(home);
    const identities = home.identities.flatMap((identity) =>
      weak.has(identity) ? (key === undefined ? [] : [`${identity} address:${key}`]) : [identity],
    );
    return { ...home, identities };
  });
};

/** `mls:RX11111111`, `~mls:12345678` */
const isMadeUp = (identity: string): boolean => {
  const digits = mlsNumberParts(identity.slice(identity.indexOf(':') + 1))?.digits ?? '';
  return /^(\d)\1*$/.test(digits) || '01234567890'.includes(digits) || '9876543210'.includes(digits);
};

/** An address up to the town, without case, punctuation and spaces. */
const addressKey = ({ address }: IdentifiedHome): string | undefined =>
  (address ?? '')
    .normalize('NFD')
    .replace(/,.*/s, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '') || undefined;
