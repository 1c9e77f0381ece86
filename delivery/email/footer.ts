import type { Config } from '../../platform/config/config.ts';
import { oneLine, shortened } from '../../platform/wording/words.ts';

/** Who sends an e-mail, as its last lines say. */
export type Footer = {
  /** The brokerage’s name; `null` when it is not known. */
  readonly name: string | null;
  /** Its postal address, or in a preview what to set; `null` when it is missing from e-mails that are really sent. */
  readonly postalAddress: string | null;
};

export const noFooter: Footer = { name: null, postalAddress: null };

/** Shown in the preview only. */
const placeholder = '[The brokerage’s postal address will be here: set OPENHOUSE_BROKERAGE_ADDRESS]';

const longest = 300;

/**
 * Commercial e-mail in the US must give the sender’s valid physical postal address (CAN-SPAM Act, 15 U.S.C. 7704(a)(5)):
 * a street address, or a registered post office box.
 */
export const footerOf = ({ brokerage, postmark }: Pick<Config, 'brokerage' | 'postmark'>): Footer => {
  const { name, postalAddress } = brokerage;
  const line = (text: string) => shortened(oneLine(text), longest);
  return {
    name: name === undefined ? null : line(name),
    postalAddress: postalAddress !== undefined ? line(postalAddress) : postmark === undefined ? placeholder : null,
  };
};
