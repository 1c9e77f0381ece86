import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { captureLead, identityOf, intakeSchema } from '../../../commands/leads/capture-lead.ts';
import { leadFieldsSchema } from '../../../domain/lead/index.ts';
import { findKeys } from '../../../history/find-record.ts';
import { findPerson } from '../../../queries/leads/find-person.ts';
import type { Page } from '../../deps.ts';
import { personContext } from '../../forms/person.ts';
import { shownSoon } from '../../forms/shown-soon.ts';
import { recordPath } from '../../rendering/paths.ts';

const line = z.string().trim().max(20_000).catch('');
const formSchema = z.object({
  requestKey: z.uuid().catch(() => randomUUID()),
  because: line,
  firstName: line,
  lastName: line,
  email: line,
  mobilePhone: line,
  leadSource: line,
  cities: line,
  postalCodes: line,
  listPriceMin: line,
  listPriceMax: line,
  timeframe: line,
  languages: line,
  listing: line,
  message: line,
});
type Form = z.infer<typeof formSchema>;

const several = (text: string): readonly string[] =>
  text
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter(Boolean);
/** `$450,000` and `450 000` as people write them. */
const amount = (text: string): string => text.replace(/[$,\s]/g, '');

/** What was filled in, as `intakeSchema` has it. */
const intakeOf = ({ requestKey: _, because: __, ...form }: Form): Readonly<Record<string, unknown>> => {
  const given = {
    ...form,
    cities: several(form.cities),
    postalCodes: several(form.postalCodes),
    languages: several(form.languages),
    listPriceMin: amount(form.listPriceMin),
    listPriceMax: amount(form.listPriceMax),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value.length > 0));
};

const choices = {
  sources: leadFieldsSchema.shape.leadSource.options,
  timeframes: leadFieldsSchema.shape.timeframe.options,
};

/** `/leads/new`: records a lead, or another inquiry of someone known, as `openhouse leads capture` does. */
export const captureLeadPage = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store, clock } = deps;
  const page = (form: Form, problems: Readonly<Record<string, string>>) =>
    render('leads/new', { title: 'Add a lead', path: '/leads' }, { form, problems, ...choices });

  app.get('/leads/new', async (_request, reply) => reply.type('text/html').send(page(formSchema.parse({}), {})));

  app.post('/leads/new', async (request, reply) => {
    const form = formSchema.parse(request.body ?? {});
    const refused = (problems: Readonly<Record<string, string>>) =>
      reply.code(422).type('text/html').send(page(form, problems));
    const parsed = intakeSchema.safeParse(intakeOf(form));
    if (!parsed.success) {
      return await refused(
        Object.fromEntries(parsed.error.issues.map(({ path, message }) => [String(path[0] ?? 'email'), message])),
      );
    }
    const { listing, ...rest } = parsed.data;
    const found = listing === undefined ? [] : ((await findKeys(db, 'listing', [listing])).get(listing) ?? []);
    const [listingKey, ...others] = found;
    if (listing !== undefined && listingKey === undefined)
      return await refused({ listing: 'There is no such listing' });
    if (others.length > 0) return await refused({ listing: `${found.length} listings have this number: give the key` });
    const intake = { ...rest, ...(listingKey === undefined ? {} : { listingKey }) };
    const { contactKey, outcome, position } = await captureLead(
      store,
      // The form's own key: sent twice, it counts once.
      { intake, ...(await findPerson(db, identityOf(intake))), recordKey: `console/${form.requestKey}` },
      personContext(request, clock, form.because),
    );
    await shownSoon(db, 'leads', position);
    return await reply.redirect(
      `${recordPath('lead', contactKey)}?done=${outcome === 'repeated' ? 'nothing' : outcome}`,
      303,
    );
  });
};
