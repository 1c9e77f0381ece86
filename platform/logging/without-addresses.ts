/** No slashes: `node_modules/@scope/name.js` in a stack is not an address, nor is the user in `postgres://me@127.0.0.1`. */
const email = /[^\s@/<>"'(),;:]+@[^\s@/<>"'(),;:]+\.\p{L}{2,}/gu;
/** As we store them (E.164) and as Americans write them; a plain number is more likely a position or a time. */
const phone = /\+\d[\d ().-]{8,}\d|\(\d{3}\) ?\d{3}[-. ]\d{4}|\b\d{3}[-.]\d{3}[-.]\d{4}\b/g;

/**
 * Text with e-mail addresses and phone numbers removed. Other systems quote them in their errors: Postmark names the
 * addresses that it refuses.
 */
export const withoutAddresses = (text: string): string => text.replace(email, '[e-mail]').replace(phone, '[phone]');
