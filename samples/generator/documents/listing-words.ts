import type { ListingFacts } from '../facts/listing-facts.ts';
import { random } from '../random.ts';

/** The features of the home, as the MLS lists them. */
export function featuresOf(facts: ListingFacts): string[] {
  const r = random('features', facts.mlsNumber);
  const features: string[] = [];
  if (facts.pool) features.push('Pool');
  if (facts.waterfront) features.push('Waterfront');
  const more =
    facts.kind === 'Land'
      ? ['Corner Lot', 'Utilities Available', 'Cleared', 'No HOA']
      : [
          'Impact Windows',
          'Gated Community',
          'Clubhouse',
          'Updated Kitchen',
          'Screened Patio',
          'Two-Car Garage',
          'New Roof',
          'Golf View',
          'Pets Allowed',
          'Elevator',
          'Boat Dock',
          'No HOA',
        ];
  return [...features, ...r.some(more, r.int(1, 4))];
}

const openings = {
  'Single Family': [
    'Welcome home to this CITY gem',
    'Rarely available home in the heart of CITY',
    'Bright and airy CITY home on a quiet street',
  ],
  Condo: [
    'Live the good life in this CITY condo',
    'Turnkey CITY condo with morning light',
    'Steps from everything CITY offers',
  ],
  Townhouse: ['Corner townhouse in one of CITY\u2019s friendliest communities', 'Low-maintenance townhouse in CITY'],
  Multi: ['Solid income property in CITY', 'Two front doors, one smart investment in CITY'],
  Land: ['Build your dream home in CITY', 'One of the last lots left in CITY'],
  Mobile: ['Affordable 55+ living in CITY', 'Well-kept home in a land-owned CITY park'],
};

const middles = [
  'The kitchen opens to a jalousie-windowed sunroom, perfect for café con leche in the morning.',
  'The roof was replaced in 2021 and the A/C in 2023.',
  'Impact glass throughout keeps insurance low and summers quiet.',
  'Soaring ceilings and a split floor plan give everyone room.',
  'Freshly painted façade, new pavers, mature royal palms.',
  'A covered patio looks west: sunsets are included.',
  'The owner’s suite has two walk-in closets and a spa-like bath.',
  'HOA covers cable, internet and lawn care.',
  'Furniture is negotiable; bring your piñata for the block party.',
  'No flood in living memory, elevation certificate on file.',
];

const endings = [
  'Minutes to the beach, I-95 and the Brightline station.',
  'A-rated schools, and Atlantic Avenue is a bike ride away.',
  'Easy to show; call before it is gone!',
  'Seller is motivated and will look at all offers.',
  'Walk to shops, the library and Señor Tito’s.',
];

/** A few sentences about the home; the same as long as its facts are. Always contains a non-ASCII letter. */
export function descriptionOf(facts: ListingFacts): string {
  const r = random('description', facts.mlsNumber);
  const rooms =
    facts.beds === undefined
      ? ''
      : facts.beds === 0
        ? ' Smartly laid-out studio.'
        : ` ${facts.beds} bedroom${facts.beds === 1 ? '' : 's'}, ${facts.squareFeet} sq ft.`;
  const water = facts.waterfront ? ' Waterfront with no fixed bridges.' : '';
  const pool = facts.pool ? ' The pool was resurfaced last year.' : '';
  const opening = r.pick(openings[facts.kind]).replace('CITY', facts.place.city);
  const middle =
    facts.kind === 'Land'
      ? 'Survey and elevation certificate at hand, near the café and the marina.'
      : r.some(middles, r.int(1, 3)).join(' ');
  return `${opening}!${rooms}${water}${pool} ${middle} ${r.pick(endings)} Décor: a blank canvas.`;
}
