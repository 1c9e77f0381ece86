import { type PropertySubType, type PropertyType, propertyTypes } from '../../../../domain/reso.ts';
import { entryOf, type Reading, reader, spelling, unclear, understood } from '../../reading.ts';

export type PropertyKind = { readonly propertyType: PropertyType; readonly propertySubType?: PropertySubType };

const house: PropertyKind = { propertyType: 'Residential', propertySubType: 'Single Family Residence' };
const condo: PropertyKind = { propertyType: 'Residential', propertySubType: 'Condominium' };
const townhouse: PropertyKind = { propertyType: 'Residential', propertySubType: 'Townhouse' };
const multi: PropertyKind = { propertyType: 'Residential Income', propertySubType: 'Multi Family' };
const duplex: PropertyKind = { propertyType: 'Residential Income', propertySubType: 'Duplex' };
const land: PropertyKind = { propertyType: 'Land', propertySubType: 'Unimproved Land' };
const mobile: PropertyKind = { propertyType: 'Residential', propertySubType: 'Mobile Home' };
const manufactured: PropertyKind = { propertyType: 'Residential', propertySubType: 'Manufactured Home' };

const kinds: Record<string, PropertyKind> = {
  sfr: house,
  sf: house,
  singlefamily: house,
  singlefamilyhome: house,
  singlefamilyresidence: house,
  house,
  condo,
  condos: condo,
  condominium: condo,
  th: townhouse,
  townhouse,
  townhome: townhouse,
  townhomes: townhouse,
  multi,
  multifamily: multi,
  duplex,
  land,
  lot: land,
  vacantland: land,
  unimprovedland: land,
  mobile,
  mobilehome: mobile,
  manufactured,
  manufacturedhome: manufactured,
};

/** RESO's property types, and the codes that SimplyRETS has for them: a type without a subtype. */
const classes: Record<string, PropertyKind> = {
  ...Object.fromEntries(propertyTypes.map((propertyType) => [spelling(propertyType), { propertyType }])),
  res: { propertyType: 'Residential' },
  cnd: condo,
  rnt: { propertyType: 'Residential Lease' },
  rental: { propertyType: 'Residential Lease' },
  mlf: multi,
  lnd: { propertyType: 'Land' },
  frm: { propertyType: 'Farm' },
  cre: { propertyType: 'Commercial Sale' },
  commercial: { propertyType: 'Commercial Sale' },
};

/** `SFR`, `Condo`, `TH`, `Multi`, `Duplex`, `Vacant Land`, `Mobile`, … as RESO PropertyType and PropertySubType. */
export const readPropertyType = reader(100, (found): Reading<PropertyKind> => {
  const kind = typeof found === 'string' ? entryOf(kinds, spelling(found)) : undefined;
  return kind === undefined ? unclear('type-unknown') : understood(kind);
});

/** Like `readPropertyType`, but a type without a subtype will do: `Residential`, `RES`, `Residential Lease`. */
export const readPropertyClass = reader(100, (found): Reading<PropertyKind> => {
  const kind = readPropertyType(found);
  const whole = typeof found === 'string' ? entryOf(classes, spelling(found)) : undefined;
  return kind.value !== undefined || whole === undefined ? kind : understood(whole);
});
