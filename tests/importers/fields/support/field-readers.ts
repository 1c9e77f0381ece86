import { readdirSync } from 'node:fs';
import { z } from 'zod';
import { agentFieldsSchema, pauseSchema } from '../../../../domain/agent/schema.ts';
import { leadFieldsSchema } from '../../../../domain/lead/index.ts';
import { listingFieldsSchema } from '../../../../domain/listing/index.ts';
import { scheduleTypes } from '../../../../domain/reso.ts';
import { criteriaSchema } from '../../../../domain/saved-search/index.ts';
import {
  dateSchema,
  emailSchema,
  moneySchema,
  nameSchema,
  phoneSchema,
  textSchema,
  timestampSchema,
} from '../../../../domain/values.ts';

/** A reading, or the result of a reader that returns something else. */
type Answer = { readonly value?: unknown; readonly warning?: string } | unknown;
type Reader = (found: unknown, ...rest: unknown[]) => Answer;

const listing = listingFieldsSchema.shape;
const lead = leadFieldsSchema.shape;
const areas = z.object({ cities: z.array(nameSchema), postalCodes: z.array(z.string().regex(/^\d{5}$/)) });
const range = (end: z.ZodType) =>
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('range'),
      min: end.optional(),
      max: end.optional(),
      correction: z.string().optional(),
    }),
    z.strictObject({ kind: z.literal('noLimit') }),
    z.strictObject({ kind: z.literal('notUnderstood'), why: z.string() }),
  ]);
const either = z.boolean();

/**
 * What each field reader's value must be, by the domain's schemas. A reader that is missing here fails the test of the
 * list.
 */
export const schemas: Readonly<Record<string, z.ZodType>> = {
  readAddress: listingFieldsSchema
    .pick({
      unparsedAddress: true,
      streetNumber: true,
      streetName: true,
      unitNumber: true,
      city: true,
      stateOrProvince: true,
      postalCode: true,
    })
    .partial(),
  readAssociationFee: listing.associationFee,
  readAreas: areas,
  readBathrooms: z.object({ full: listing.bathroomsFull, half: listing.bathroomsHalf }),
  readBedrooms: listing.bedroomsTotal,
  readBudget: z.object({ min: moneySchema.optional(), max: moneySchema.optional() }),
  readCoordinates: z.object({ latitude: listing.latitude, longitude: listing.longitude }),
  readCriteria: z.object({ criteria: criteriaSchema }),
  readDate: dateSchema,
  readFeeFrequency: listing.associationFeeFrequency,
  readFrequency: z.union([z.enum(scheduleTypes), z.literal('never')]),
  readEmails: z.array(emailSchema).min(1),
  readLanguages: lead.languages,
  readLeadSource: lead.leadSource,
  readLeadStage: z.object({ leadStage: lead.leadStage, doNotCall: z.literal(true).optional() }),
  readLine: nameSchema,
  readLivingArea: listing.livingArea,
  readLotSize: listing.lotSizeSquareFeet,
  readMlsNumber: listing.listingId,
  readNotes: z.array(z.object({ note: lead.notes.element, by: z.string().optional() })),
  readPersonName: z.object({ first: nameSchema.optional(), last: nameSchema.optional() }),
  readPhone: z.object({ number: phoneSchema, ext: nameSchema.optional(), others: z.array(phoneSchema).optional() }),
  readPhotos: z.object({ photosCount: listing.photosCount, media: listing.media.optional() }),
  readPostalCode: listing.postalCode,
  readPrice: moneySchema,
  readPriceRange: range(moneySchema),
  readPropertyType: z.object({ propertyType: listing.propertyType, propertySubType: listing.propertySubType }),
  readPropertyClass: z.object({
    propertyType: listing.propertyType,
    propertySubType: listing.propertySubType.optional(),
  }),
  readReference: z.string().min(1),
  readRoles: agentFieldsSchema.shape.roles,
  readStandardStatus: listing.standardStatus,
  readState: z.string().regex(/^[A-Z]{2}$/),
  readStates: z.array(z.string().regex(/^[A-Z]{2}$/)),
  readText: textSchema,
  readTimeframe: lead.timeframe,
  readTimestamp: timestampSchema,
  readVacation: pauseSchema,
  readWords: z.array(nameSchema),
  readWorkingHours: agentFieldsSchema.shape.hours,
  readYearBuilt: listing.yearBuilt,
  readYesNo: either,
};

/** Functions that are also used outside the readers, on text of any length. */
export const helpers: readonly string[] = ['normaliseEmail', 'townName', 'townSpelling'];

/** Not readers of a single value: they take several, or the result of another one. */
export const partial: readonly string[] = ['readAllCriteria', 'readPhones', 'readRange', 'readSearchSwitch'];

const root = new URL('../../../../importers/legacy/fields/', import.meta.url);

/** Every function that a module of the folder exports, by name. */
export const exportedFunctions = async (): Promise<ReadonlyMap<string, Reader>> => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const modules = await Promise.all([
    ...files.map((path) => import(`../../../../importers/legacy/fields/${path.replaceAll('\\', '/')}`)),
    // Combines several fields, but is given whatever a dump contains all the same.
    import('../../../../importers/legacy/criteria/read-criteria.ts'),
  ]);
  return new Map(
    modules.flatMap((module) =>
      Object.entries(module as Record<string, unknown>).filter(
        (entry): entry is [string, Reader] => typeof entry[1] === 'function',
      ),
    ),
  );
};

/** The value in a reader's result: readings have it separately; ranges and switches are the result. */
export const valueIn = (answer: Answer): unknown =>
  typeof answer === 'object' && answer !== null && !('kind' in answer || 'criteria' in answer)
    ? (answer as { value?: unknown }).value
    : answer;
