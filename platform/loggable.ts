import { withShownUrls } from './shown-url.ts';
import { withoutAddresses } from './without-addresses.ts';

/**
 * Text as it may be logged and kept: without secrets in URLs, e-mail addresses and phone numbers. The URLs come first: taken for an
 * e-mail address, `me:secret@db.example` would lose its end and keep its secret.
 */
export const loggable = (text: string): string => withoutAddresses(withShownUrls(text));
