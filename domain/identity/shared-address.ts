const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Words before the @ that stand for an office and not for a person, alone or among others (`info.boca`, `front-office`). */
const desks = words(
  'info office sales admin contact contactus support helpdesk reception frontdesk frontoffice backoffice leads listings rentals leasing ' +
    'realty realtor realtors brokerage billing accounting webmaster postmaster noreply donotreply notifications newsletter marketing ' +
    'ventas contacto oficina recepcion informacion',
);
/** Words that are an office only where they stand alone: `steve.jobs@` is a person. */
const roles = words(
  'administrator administracion hello hi mail email help service customerservice team properties property realestate agents agent ' +
    'accounts invoices hr jobs hostmaster root abuse inquiries inquiry enquiries enquiry general manager management ' +
    'propertymanager propertymanagement owner broker brokers seller sellers buyer buyers client clients customer customers guest ' +
    'guests visitor member members tenant tenants lead prospect openhouse openhouses closing closings showing showings concierge tc ' +
    'transactions escrow title ceo press media pr orders bookings reservations home homes house listing rental hoa condo association ' +
    'mailbox inbox secretary treasurer board',
);
/** What the names of teams and firms end with: `thegarciateam`. */
const firms = /.(?:team|realty|realtors?|realestate|brokerage|homegroup|properties)$/;

/** What people typed when the old form insisted on an address. */
const placeholders =
  /^(?:test(?:ing|er|user|email)?|sample|example|none|no|na|noe?mail\w*|noone|nobody|noname|no(?:t|ne)?(?:given|available|provided|applicable|known|onfile)|dontknow|donthave|null|undefined|unknown|blank|empty|fake|bogus|asdf?\w*|qwe\w*|abcd?e?f?\d*|xx+|aaa+|(\d)\1*|123\d*|anonymous|dummy|declined|refused|withheld|donotemail|donotcontact|donotcall|dnc|dne|optout|unsubscribe[d]?|(?:your|first|last)?name|(?:first|last)name(?:first|last)name|firstlast|youremail|user|username|foo|foobar)$/;
const placeholderDomains =
  /^(?:no-?e?mail|none|no|na|test|fake|unknown|nowhere|asdf|xx+|abc|aaa+|123+|invalid|localhost|noreply|nomail|donthave|email|domain|yourdomain|notgiven|notprovided)\.[a-z.]{2,}$|\.(?:invalid|test|localhost)$/;

/**
 * Whether an address looks as if it says little about who uses it: an office's (`info@`, `sales@`, `thegarciateam@`) or a
 * made-up one (`test@`, `asdf@`, `…@none.com`). example.com and the like do not count, because samples, trainings and
 * tests use them for people.
 */
export const looksShared = (address: string): boolean => {
  const [local = '', domain = ''] = address.slice(0, 320).split('@');
  const parts = (local.split('+')[0] ?? '').split(/[._-]+/).filter(Boolean);
  const bare = parts.join('');
  const desk = bare.replace(/(?<=\D)\d+$/, '');
  // `a@a.com`, `abc@abc.com`: what is quickly typed.
  const twice = bare === domain.split('.')[0] && (bare.length <= 4 || /^(.)\1*$/.test(bare));
  return (
    twice ||
    desks.has(desk) ||
    roles.has(desk) ||
    parts.some((part) => desks.has(part)) ||
    firms.test(desk) ||
    placeholders.test(bare) ||
    placeholders.test(desk) ||
    placeholderDomains.test(domain)
  );
};
