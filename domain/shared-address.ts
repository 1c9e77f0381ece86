/** Names before the @ that stand for an office and not for a person. */
const roles = new Set(
  (
    'info office sales admin administrator contact contactus hello mail email support help helpdesk service customerservice team ' +
    'reception frontdesk marketing leads listings rentals leasing properties realestate realtors brokerage agents accounting ' +
    'billing accounts invoices hr jobs webmaster postmaster hostmaster root abuse noreply donotreply notifications newsletter ' +
    'inquiries inquiry enquiries enquiry'
  ).split(' '),
);

/** What people typed when the old form insisted on an address. */
const placeholders =
  /^(?:test(?:ing|er|user|email)?|none|no|na|noemail|nomail|nobody|noone|null|undefined|unknown|fake|asdf\w*|qwerty\w*|abc123|xx+|aaa+|123+|anonymous|dummy|notprovided|declined|refused)$/;
const placeholderDomains =
  /^(?:no-?e?mail|none|no|na|test|fake|unknown|nowhere|asdf|xx+|abc|aaa+|123+|invalid|localhost|noreply|nomail|donthave|email)\.[a-z.]{2,}$|\.(?:invalid|test|localhost)$/;

/**
 * Whether an address looks as if it says little about who uses it: an office's (`info@`, `sales@`) or a made-up one
 * (`test@`, `asdf@`, `…@none.com`). example.com and the like do not count, because samples, trainings and tests use
 * them for people.
 */
export const looksShared = (address: string): boolean => {
  const [local = '', domain = ''] = address.split('@');
  const bare = (local.split('+')[0] ?? '').replace(/[._-]/g, '');
  const desk = bare.replace(/\d+$/, '');
  // `a@a.com`, `abc@abc.com`: what is quickly typed.
  const twice = bare === domain.split('.')[0] && (bare.length <= 4 || /^(.)\1*$/.test(bare));
  return (
    twice || roles.has(desk) || placeholders.test(bare) || placeholders.test(desk) || placeholderDomains.test(domain)
  );
};
