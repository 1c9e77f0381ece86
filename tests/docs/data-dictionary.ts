import { agentFieldsSchema } from '../../domain/agent/index.ts';
import type { Field, RecordName } from '../../domain/catalogue/field.ts';
import { leadFieldsSchema } from '../../domain/lead/index.ts';
import { listingFieldsSchema } from '../../domain/listing/index.ts';
import { personalPaths } from '../../domain/personal.ts';
import { labelOf, recordFields } from '../../domain/record-fields.ts';
import { savedSearchFieldsSchema } from '../../domain/saved-search/index.ts';
import { columnName, type Projection } from '../../projections/projection.ts';
import type { OpsTable } from './ops-schema.ts';

const records: Readonly<Record<RecordName, { readonly title: string; readonly resource: string }>> = {
  listing: { title: 'Listings', resource: 'RESO Property' },
  lead: { title: 'Leads', resource: 'RESO Contacts' },
  agent: { title: 'Agents', resource: 'RESO Member' },
  savedSearch: { title: 'Saved searches', resource: 'RESO SavedSearch and Prospecting' },
};

const schemas = {
  listing: listingFieldsSchema,
  lead: leadFieldsSchema,
  agent: agentFieldsSchema,
  savedSearch: savedSearchFieldsSchema,
};

const readModels: Readonly<Record<string, { readonly record: RecordName; readonly rows: string }>> = {
  agents: { record: 'agent', rows: 'The present state of every agent.' },
  leads: { record: 'lead', rows: 'The present state of every lead, with its open offer.' },
  listings: { record: 'listing', rows: 'The present state of every listing.' },
  lead_offers: {
    record: 'lead',
    rows: 'Every offer of a lead to an agent, with its outcome.',
  },
  listing_changes: {
    record: 'listing',
    rows: 'Changes of listings on the market, one row each, in the order of events. Alerts read it.',
  },
  saved_searches: { record: 'savedSearch', rows: 'The present state of every saved search.' },
};

/** Columns that are not fields of a record. */
const columnMeanings: Readonly<Record<string, string>> = {
  listingKey: 'Key of the listing: its stream is `listing-<key>`',
  contactKey: 'Key of the lead: its stream is `lead-<key>`',
  memberKey: 'Key of the agent: its stream is `agent-<key>`',
  savedSearchKey: 'Key of the saved search: its stream is `savedSearch-<key>`',
  updatedAt: 'When its last event was recorded',
  revision: 'Revision of its last event in its stream',
  position: 'Commit position of its last event in `$all`',
  formerEmails: 'E-mail addresses before corrections; search finds them',
  formerPhones: 'Phone numbers before corrections; search finds them',
  formerNames: 'Names before corrections; search finds them',
  formerAddresses: 'Addresses before corrections; search finds them',
  enteredAt: 'When it was entered',
  capturedAt: 'When it was captured',
  acceptedAt: 'When an agent accepted it',
  assignedHow: 'How: `accepted`, `byHand`, `escalated`, or `source` (reported by a source)',
  mode: 'How it was offered',
  rule: 'The rule of the policy by which it was offered',
  step: 'The step of the rule’s chain, counted from 1',
  policyVersion: 'The version of the policy; 0: the built-in one',
  score: 'The agent’s score',
  expiresAt: 'Until when the agent could answer',
  outcome:
    '`open`, `accepted`, `passed`, `expired`, `withdrawn` (could not reach the agent), `taken` (by another), `ended` (given to someone by hand)',
  answeredAt: 'When it ended',
  passReason: 'Why the agent passed',
  importedYN: 'An offer of the old CRM',
  offerMode: 'How it is offered: `bestMatch`, `weightedRoundRobin`, `firstToClaim`, `pond`, `byHand`',
  offerRule: 'The rule of the policy by which it is offered',
  offerStep: 'The step of the rule’s chain, counted from 1',
  offeredAt: 'When the open offer was made',
  inquiredAt: 'When the person last asked about something',
  assignedAt: 'When it came to its agent',
  firstResponseAt: 'When someone first got in touch since then',
  responseRemindedAt: 'When its agent was reminded to get in touch',
  escalatedAt: 'When it was last escalated',
  escalatedToMemberKey: 'To whom',
  escalationReason: 'Why: `nobody-fits`, `chain-ended`, `offer-rejected`, `no-first-response`',
  joinedAt: 'When the agent joined',
  createdAt: 'When it was created',
  firstSeenPosition: 'Homes on the market up to here count as seen: the search was created then',
  criteriaPosition: 'Homes on the market up to here count as seen: the search last changed its criteria, or resumed',
  criteria: 'Its criteria: the fields `criteria.*`, as JSON',
  changeType: 'RESO ChangeType',
  occurredAt: 'When it happened',
  recordedAt: 'When it was recorded',
  eventId: 'Id of the event',
  previousStandardStatus: 'Status before',
};

const kinds: Readonly<Record<Exclude<Field['kind'], 'choice' | 'choices'>, string>> = {
  text: 'text, up to 20,000 characters',
  name: 'text, up to 300 characters',
  code: 'text',
  key: 'key',
  keys: 'list of keys',
  email: 'e-mail address',
  emails: 'list of e-mail addresses',
  phone: 'phone number, E.164',
  postalCode: 'ZIP code',
  slackUser: 'Slack user id',
  date: 'date',
  timestamp: 'time, UTC',
  flag: 'yes or no',
  words: 'list of texts',
  legacyIds: 'list of `collection/id`',
  money: 'US dollars',
  count: 'whole number',
  year: 'year',
  number: 'number',
  area: 'square feet',
  degrees: 'degrees',
  structure: 'JSON',
};

const allowed = (field: Field): string => {
  switch (field.kind) {
    case 'choice':
    case 'choices':
      return field.values.join(', ');
    case 'money':
      return field.zero ? '0 or more' : 'above 0';
    case 'count':
    case 'year':
    case 'number':
      return field.max === Number.MAX_SAFE_INTEGER ? `${field.min} or more` : `${field.min} to ${field.max}`;
    case 'area':
      return `above 0, to ${field.max}`;
    case 'degrees':
      return `-${field.max} to ${field.max}`;
    case 'code':
      return `up to ${field.max} characters`;
    case 'key':
    case 'keys':
      return field.of === undefined ? '' : `of: ${field.of}`;
    case 'structure':
      return `\`${field.example}\``;
    default:
      return '';
  }
};

const kindOf = (field: Field): string =>
  field.kind === 'choice' ? 'one of' : field.kind === 'choices' ? 'some of' : kinds[field.kind];

const personalOf = (record: RecordName, name: string, field: Field): string => {
  const parts = personalPaths(schemas[record])
    .filter((path) => path.startsWith(`${name}.`))
    .map((path) => `\`${path.slice(name.length + 1).replace(/^\*\./, '')}\``);
  return parts.length > 0 ? parts.join(', ') : field.personal ? 'yes' : '';
};

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const recordSection = (record: RecordName): string => {
  const { title, resource } = records[record];
  const rows = Object.entries(recordFields[record]).map(([name, field]) => [
    `\`${name}\``,
    field.label,
    kindOf(field),
    allowed(field),
    personalOf(record, name, field),
    field.ours ? 'ours' : 'RESO',
  ]);
  return `### ${title}\n\n${resource}.\n\n${table(['field', 'label', 'kind', 'allowed', 'personal', 'from'], rows)}\n`;
};

const readModelSection = ({ tables }: Projection): string[] =>
  Object.entries(tables)
    .filter(([, { internal }]) => !internal)
    .map(([name, { columns }]) => {
      const model = readModels[name];
      if (model === undefined) throw new Error(`say in tests/docs/data-dictionary.ts what read.${name} is`);
      const fields = recordFields[model.record];
      const rows = Object.entries(columns).map(([column, type]) => {
        const meaning = Object.hasOwn(fields, column) ? labelOf(model.record, column) : columnMeanings[column];
        if (meaning === undefined) throw new Error(`say in tests/docs/data-dictionary.ts what ${name}.${column} is`);
        return [`\`${columnName(column)}\``, type, meaning];
      });
      return `### read.${name}\n\n${model.rows}\n\n${table(['column', 'type', 'what it holds'], rows)}\n`;
    });

const opsSection = ({ name, comment, columns }: OpsTable): string => {
  if (comment === null)
    throw new Error(`ops.${name} has no comment: see tableComments in platform/database/migrations.ts`);
  const rows = columns.map((column) => [
    `\`${column.name}\``,
    column.type,
    column.nullable ? 'yes' : '',
    column.comment ?? '',
  ]);
  return `### ops.${name}\n\n${comment}\n\n${table(['column', 'type', 'may be empty', 'what it holds'], rows)}\n`;
};

/** docs/data-dictionary.md, from the catalogue of fields, the projections and the tables of `ops`. */
export const dataDictionary = (
  projections: readonly Projection[],
  ops: readonly OpsTable[],
): string => `# Data dictionary

Made from the code by \`npm run docs\`; a test checks that it is current.

- [Fields](#fields): what events and JSON hold (\`domain/*/fields.ts\`). *RESO*: as in the RESO Data Dictionary 2.1; *ours*: it has none such.
  *Personal* data stays out of logs, Sentry and Slack metadata; where only parts of a field are personal, they are named.
- [Read models](#read-models): the views \`read.*\`, which projections make from the events.
- [Operations](#operations): the tables \`ops.*\`, which hold what is not derived from events.

## Fields

${(Object.keys(records) as RecordName[]).map(recordSection).join('\n')}
## Read models

${projections.flatMap(readModelSection).join('\n')}
## Operations

${ops.map(opsSection).join('\n')}`;
