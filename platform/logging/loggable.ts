import { withShownUrls } from './shown-url.ts';
import { withoutAddresses } from './without-addresses.ts';

/**
 * Text that is safe to log and store: without secrets in URLs, e-mail addresses and phone numbers. URLs come first: taken for
 * an e-mail address, `me:secret@db.example` would lose its host and keep its secret.
 */
export const loggable = (text: string): string => withoutAddresses(withShownUrls(text));
