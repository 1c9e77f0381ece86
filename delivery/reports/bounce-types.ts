/**
 * Postmark's bounce types (postmarkapp.com/developer/api/bounce-api#bounce-types), and what each means for us.
 * - `hard`: the address does not work, and nothing more is sent there
 * - `soft`: this e-mail did not arrive; the next one may
 * - `opt-out`: the person does not want our e-mail
 * - `reply`: it arrived, and someone's program answered: nothing bounced
 */
const bounceTypes: Readonly<
  Record<string, { readonly means: 'hard' | 'soft' | 'opt-out' | 'reply'; readonly words: string }>
> = {
  HardBounce: { means: 'hard', words: 'the mailbox does not exist' },
  BadEmailAddress: { means: 'hard', words: 'not a valid address' },
  ManuallyDeactivated: { means: 'hard', words: 'deactivated at Postmark' },
  Unsubscribe: { means: 'opt-out', words: 'asked to be unsubscribed' },
  SpamComplaint: { means: 'opt-out', words: 'marked as spam' },
  SoftBounce: { means: 'soft', words: 'the mailbox cannot be reached at present' },
  Transient: { means: 'soft', words: 'the mail server does not accept it yet' },
  DnsError: { means: 'soft', words: 'the mail server was not found' },
  SpamNotification: { means: 'soft', words: 'rejected as spam by the mail server' },
  VirusNotification: { means: 'soft', words: 'rejected as a virus by the mail server' },
  Blocked: { means: 'soft', words: 'blocked by the mail server' },
  DMARCPolicy: { means: 'soft', words: 'rejected because of a DMARC policy' },
  SMTPApiError: { means: 'soft', words: 'an error at Postmark' },
  TemplateRenderingFailed: { means: 'soft', words: 'an error at Postmark' },
  Unconfirmed: { means: 'soft', words: 'the address is not confirmed' },
  Unknown: { means: 'soft', words: 'for an unknown reason' },
  AutoResponder: { means: 'reply', words: 'an automatic reply' },
  AddressChange: { means: 'reply', words: 'a notice of a new address' },
  ChallengeVerification: { means: 'reply', words: 'a request to prove who sent it' },
  OpenRelayTest: { means: 'reply', words: 'a test' },
  Subscribe: { means: 'reply', words: 'a request to subscribe' },
  InboundError: { means: 'reply', words: 'an error with a received e-mail' },
};

/** What a bounce means. One of a type that we do not know counts as soft, unless Postmark deactivated the address. */
export const bounceMeans = (type: string, deactivated: boolean): 'hard' | 'soft' | 'opt-out' | 'reply' => {
  const means = bounceTypes[type]?.means ?? 'soft';
  return deactivated && means !== 'opt-out' ? 'hard' : means;
};

/** `the mailbox does not exist`; a type that we do not know is given as Postmark writes it. */
export const bounceWords = (type: string): string => bounceTypes[type]?.words ?? type;

/** The types after which nothing more is sent to an address, whatever else Postmark says. */
export const hardBounceTypes: readonly string[] = Object.entries(bounceTypes).flatMap(([type, { means }]) =>
  means === 'hard' ? [type] : [],
);
