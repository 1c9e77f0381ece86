import { spelling } from '../legacy/reading.ts';
import { type RecordTypeName, recordTypeNames } from '../mappings/record-types.ts';

/** What records of a type are called, in English, German and Spanish, in the singular as `spelling` writes it. */
const nouns: Readonly<Record<RecordTypeName, string>> = {
  agents:
    'agent realtor broker member staff employee salesperson makler immobilienmakler mitarbeiter berater agente corredor asesor',
  leads:
    'lead contact client customer person people buyer seller renter tenant landlord prospect inquiry enquiry kunde interessent kontakt kaufer verkaufer kaufinteressent mieter vermieter anfrage cliente comprador vendedor contacto prospecto interesado',
  listings:
    'listing propert(?:y|ie) home house inventory estate realestate objekt immobilie wohnung haus hauser liegenschaft inmueble propiedad casa',
  savedSearches:
    '(?:saved|property)?search wish watch suche suchauftrag suchprofil suchwunsch suchwuensch gesuch suchagent busqueda busquedaguardada',
  leadAssignments: '(?:lead)?assignment offer handoff routing zuweisung zuteilung asignacion',
  activities:
    'activit(?:y|ie) event note call task interaction touch touche aktivitat notiz termin anruf actividad nota llamada seguimiento',
  alertsSent:
    '(?:sent)?notification (?:alert|mail)(?:sent|log) sent(?:alert|mail) versand versandprotokoll envio aviso',
};

const patterns = Object.fromEntries(
  recordTypeNames.map((type) => [type, new RegExp(`^(?:${nouns[type].split(' ').join('|')})(?:s|es|e|n|en)?$`)]),
) as Readonly<Record<RecordTypeName, RegExp>>;

const isNounOf = (type: RecordTypeName, word: string): boolean => patterns[type].test(spelling(word));

/**
 * Whether the value of a field that says what a document is (`satzart: MAKLER`, `__t: Lead`, `type: App.Models.Listing`) says that
 * it is of a type. Besides visitors and leads, users are agents; a collection of users alone may have any of them.
 */
export const isKindOf = (type: RecordTypeName, value: unknown): boolean => {
  const word = typeof value === 'string' ? value.split(/[\\/.:]+/).at(-1)! : '';
  return isNounOf(type, word) || (type === 'agents' && /^(?:users?|benutzer|usuarios?)$/.test(spelling(word)));
};

/** Whether such a value says that a document is of any type. */
export const isKind = (value: unknown): boolean => recordTypeNames.some((type) => isKindOf(type, value));

/** Whether one of the words of a collection's name is what records of a type are called: `listings_sold`, `buyersArchive`. */
export const hasNounOf = (type: RecordTypeName, name: string): boolean =>
  wordsOf(name).some((word) => isNounOf(type, word)) || isNounOf(type, name);

/** `tbl_usr` → `tbl`, `usr`; `buyersArchive` → `buyers`, `Archive`. */
export const wordsOf = (name: string): string[] => name.split(/[^\p{L}]+|(?<=\p{Ll})(?=\p{Lu})/u).filter(Boolean);
