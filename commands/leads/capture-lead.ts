import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { z } from 'zod';
import { canonicalEmail } from '../../domain/identity/email-address.ts';
import { type LeadCommand, type LeadFields, leadFieldsSchema, lifeOf } from '../../domain/lead/index.ts';
import { plainName } from '../../domain/lead/plain-name.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { Position } from '../../eventstore/stored-event.ts';
import { leads } from '../aggregates.ts';
import { type CommandContext, execute } from '../execute.ts';
import { loadLead } from './load-lead.ts';

const { leadSource, timeframe } = leadFieldsSchema.shape;
const money = z.coerce.number().positive().max(1e10);
const short = z.string().trim().min(1).max(300);

/** What a web form, a portal or a person says about a new lead. An e-mail address or a phone number is needed. */
export const intakeSchema = z
  .strictObject({
    firstName: short.optional(),
    lastName: short.optional(),
    email: z
      .string()
      .max(2_000)
      .transform((text, context) => {
        const email = canonicalEmail(text);
        if (email === undefined) context.addIssue({ code: 'custom', message: 'is not an e-mail address' });
        return email ?? z.NEVER;
      })
      .optional(),
    mobilePhone: z
      .string()
      .max(100)
      .transform((text, context) => {
        const phone = parsePhoneNumberFromString(text, 'US');
        if (!phone?.isValid()) context.addIssue({ code: 'custom', message: 'is not a phone number' });
        return phone?.isValid() ? (phone.number as string) : z.NEVER;
      })
      .optional(),
    leadSource: leadSource.optional(),
    cities: z.array(short).max(50).optional(),
    postalCodes: z
      .array(z.string().regex(/^\d{5}$/, 'must be a ZIP code'))
      .max(50)
      .optional(),
    listPriceMin: money.optional(),
    listPriceMax: money.optional(),
    timeframe: timeframe.optional(),
    languages: z.array(short).max(10).optional(),
    /** The home they ask about: a listing key or an MLS number. */
    listing: short.optional(),
    message: z.string().trim().min(1).max(20_000).optional(),
  })
  .refine(({ email, mobilePhone }) => email !== undefined || mobilePhone !== undefined, {
    path: ['email'],
    message: 'an e-mail address or a phone number is needed',
  });

export type Intake = Omit<z.infer<typeof intakeSchema>, 'listing'> & { readonly listingKey?: string };

/** What a returning person is recognised by: their address; or phone number and name. */
export type Identity = {
  readonly email: string | null;
  readonly phone: string | null;
  /** In lower case, without accents; empty: not known. */
  readonly name: string;
};

export const identityOf = ({ email, mobilePhone, firstName, lastName }: Intake): Identity => ({
  email: email ?? null,
  phone: mobilePhone ?? null,
  name: plainName([firstName, lastName].filter(Boolean).join(' ')),
});

export type Captured = {
  readonly contactKey: string;
  /**
   * `captured`: a new lead; `inquiry`: a known person asked again; `repeated`: this request had already been recorded.
   */
  readonly outcome: 'captured' | 'inquiry' | 'repeated';
  readonly ownerMemberKey: string | null;
  /** The position of the last event in `$all`; `null`: nothing was appended. */
  readonly position: Position | null;
};

export type Capturing = {
  readonly intake: Intake;
  /**
   * The lead of the same person, if the read models have one. Even if they lag, two requests from one person make one
   * lead, because its key is derived from what the person is recognised by.
   */
  readonly known: string | null;
  /** Several people may share the address. */
  readonly addressShared: boolean;
  /** The source's own ID of the request: the same one counts once. */
  readonly recordKey: string;
};

/**
 * Records what someone asked for: as a new lead or, when the person is known, as an inquiry on the existing lead, whose
 * agent is notified. A lead that was in the trash without an agent is reopened.
 */
export const captureLead = async (
  store: EventStore,
  { intake, known, addressShared, recordKey }: Capturing,
  context: CommandContext,
): Promise<Captured> => {
  const { listingKey, message, ...fields } = intake;
  const { contactKey } = await loadLead(store, known ?? keyOf(intake, addressShared, recordKey));
  const inquiry: LeadCommand = {
    type: 'RecordInquiry',
    recordKey,
    ...(listingKey === undefined ? {} : { listingKey }),
    ...(fields.leadSource === undefined ? {} : { leadSource: fields.leadSource }),
    ...(message === undefined ? {} : { message }),
  };
  let outcome: Captured['outcome'] = 'captured';
  const result = await execute(
    store,
    leads,
    contactKey,
    (state): LeadCommand[] => {
      if (state.contactKey === null) {
        outcome = 'captured';
        return [{ type: 'RecordLead', contactKey, fields: fields as Partial<LeadFields> }, inquiry];
      }
      outcome = state.recordKeys.includes(recordKey) ? 'repeated' : 'inquiry';
      const life = lifeOf(state);
      const gone = life.status === 'closed' && life.memberKey === null && outcome === 'inquiry';
      return [...(gone ? [{ type: 'ReopenLead' } as const] : []), inquiry];
    },
    context,
  );
  if (!result.ok) throw new Error(`${contactKey}: ${result.rejection.message}`);
  const { state, position } = result;
  return { contactKey, outcome, ownerMemberKey: state.fields.ownerMemberKey ?? null, position };
};

const keyOf = (intake: Intake, addressShared: boolean, recordKey: string): string => {
  const { email, phone, name } = identityOf(intake);
  if (email !== null && !addressShared) return deterministicId(`lead with address ${email}`);
  if (phone !== null && name !== '') return deterministicId(`lead with phone ${phone} called ${name}`);
  return deterministicId(`lead of request ${recordKey}`);
};
