import { canonicalEmail } from '../../../../domain/identity/email-address.ts';
import { isDocument, isMissing, nothing, type Reading, reader, unclear, understood } from '../../reading.ts';

/** What people typed when the old form insisted on a value. */
const placeholders =
  /^(?:none|no|noemail|no-?email|no-?reply|na|n-a|null|unknown|nobody|fake|asdf|test|x+)@(?:none|noemail|no|nomail|na|test|fake|unknown|nowhere|email|mail|x+|asdf)\.[a-z]{2,4}$/;

/** An e-mail address in canonical form; `undefined` for a placeholder or an invalid address. */
export const normaliseEmail = (found: string): string | undefined => {
  const address = canonicalEmail(found);
  return address === undefined || placeholders.test(address) ? undefined : address;
};

/**
 * All usable addresses, the main one first: `" Ana@Example.COM "`, a list (also of `{ address }`), or several in one
 * text with any separators (`"a@x.com / b@x.com (work)"`).
 */
export const readEmails = reader(5_000, (found): Reading<string[]> => {
  const parts = (Array.isArray(found) ? found : [found]).flatMap((part): unknown[] => {
    const value = isDocument(part) ? (part.address ?? part.email ?? part.value) : part;
    if (typeof value !== 'string' || normaliseEmail(value) !== undefined) return [value];
    return value.includes('<') ? value.split(/[,;]/) : value.split(/[,;\s|]+|\/(?=[^@\s]*@)/).filter(isUnreadable);
  });
  const addresses = new Set<string>();
  let unusable = false;
  for (const part of parts) {
    if (isMissing(part)) continue;
    const email = typeof part === 'string' ? normaliseEmail(part) : undefined;
    if (email === undefined) unusable = true;
    else addresses.add(email);
  }
  if (addresses.size === 0) return unusable ? unclear('not-an-email') : nothing;
  return understood([...addresses], unusable ? 'not-an-email' : undefined);
});

/** Whether this is more than a separator between addresses or a label for one ("work"). */
const isUnreadable = (part: string): boolean =>
  !/^(?:[/&+-]+|or|and|\(?(?:e-?mail|work|home|office|personal|other|primary|secondary|alt)\)?:?)$/i.test(part);
