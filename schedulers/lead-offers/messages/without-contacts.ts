import { shortened } from '../../../platform/wording/words.ts';

const email = /[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+\.\p{L}{2,}/gu;
/** Ten digits or more, however they are written. */
const phone = /[+(]{0,2}\d(?:[ ().-]{0,2}\d){9,14}/g;

/** Longer than anything that a message shows of one value; the patterns must not run on more. */
const longest = 1_000;

/** What people wrote, without e-mail addresses and phone numbers: they write them where a name or a city belongs, too. */
export const withoutContacts = (text: string): string =>
  shortened(text, longest).replace(email, '[e-mail]').replace(phone, '[phone]');
