import { sameMeaning } from '../../../domain/changes.ts';
import type { OwnedType } from '../../../domain/ownership/index.ts';
import { collectionPlans } from '../../collections.ts';
import { readBson } from '../../dump/read-bson.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { isTaken } from '../../mappings/filter.ts';
import type { Mongo } from '../../mongo/connect.ts';
import { isUnreadable } from '../../source.ts';
import { optOutIn } from '../../staging/arriving/opt-outs.ts';
import type { AgentDirectory } from '../../staging/references/references.ts';
import { ownedTypesInfo, type View } from '../record-view.ts';
import { saysNothingOf } from './candidates/candidates-for.ts';
import { waysOf } from './candidates/ways-of.ts';
import type { Writing } from './candidates/writing.ts';
import { changesOthers, sameIn } from './changes-others.ts';
import { type Edit, edited, type RawDocument, rawAt } from './edits.ts';
import { leastChange } from './least-change.ts';
import { editsOfRepeats } from './repeats.ts';
import { type Unit, unitsOfType } from './units.ts';

/** What a document says when it is read through the mapping. */
export type Read = {
  readonly payload: object;
  readonly identities: readonly string[];
  readonly view: View;
  readonly optOut: boolean;
  /** The e-mail addresses that an opt-out applies to, canonical; only for contacts. */
  readonly addresses: readonly string[];
  /** Its own keys by which other documents may refer to it. */
  readonly names: readonly string[];
  /** The agent that it refers to, and whether that one is not known. */
  readonly agentRef: string | undefined;
  readonly isAgentUnknown: boolean;
};

/** @param name the collection in which the document is, as the old CRM calls it */
export type ReaderIn = (name: string) => Reader;
export type Reader = (document: RawDocument) => Read | undefined;

/** Reads a document as following would, from the bytes that it would have. `undefined` if it cannot become a record. */
export const readerOf =
  (bson: Mongo['bson'], aggregate: OwnedType, type: MappedType, agents: AgentDirectory): ReaderIn =>
  (name) =>
  (document) => {
    const { collection } = ownedTypesInfo[aggregate];
    const found = readBson(Buffer.from(bson.serialize(document, { ignoreUndefined: true })), `${name}/`);
    if (isUnreadable(found)) return undefined;
    // As following would take it from its collection.
    if (!type.collections.some((one) => one.name === name && isTaken(found.document, one.where))) return undefined;
    const look = type.look(found.document, found.place);
    const mapped = collectionPlans[collection].map(look);
    if ('quarantine' in mapped) return undefined;
    const { fields } = mapped.payload as { fields: View };
    const { optOut, addresses } = optOutIn(found, undefined, collection, type);
    const agent = agents.keyOf(mapped.agentRef);
    const reference = aggregate === 'listing' ? 'listAgentKey' : 'ownerMemberKey';
    return {
      payload: mapped.payload,
      identities: mapped.identities,
      optOut,
      addresses,
      names: look.names(),
      agentRef: mapped.agentRef,
      isAgentUnknown: mapped.agentRef !== undefined && agent === undefined,
      view: {
        ...fields,
        ...(agent === undefined || aggregate === 'agent' ? {} : { [reference]: agent }),
        ...(optOut ? { emailOptOut: true } : {}),
      },
    };
  };

/** The edits that make a document say what is wanted, and the fields for which there are none. */
export type PlannedWrite = {
  readonly edits: readonly Edit[];
  readonly document: RawDocument;
  readonly unsaid: readonly string[];
};

/**
 * Plans how to write these fields into a document. Each way of writing them is tried on a copy, which is then read: the
 * way counts only if the copy has exactly the wanted values, and nothing else has changed that is right or not to be written: a home
 * that moves far away has its old coordinates beside its new ZIP code until they are written, too. Of that way, only what is needed
 * is done (see least-change.ts).
 *
 * @param fields the fields to write
 * @param isStillTaken of a new document: whether the mapping takes what becomes of it
 */
export const planWrite = (
  aggregate: OwnedType,
  fields: ReadonlySet<string>,
  writing: Writing,
  read: Reader,
  isStillTaken?: (document: RawDocument) => boolean,
): PlannedWrite => {
  const begins = isStillTaken !== undefined;
  let { document } = writing;
  const edits: Edit[] = [];
  const unsaid: string[] = [];
  const first = read(document)?.view;
  const missing = (view: View, names: readonly string[]) =>
    names.filter((name) => !sameMeaning(view[name] ?? null, writing.wanted[name] ?? null));
  for (const unit of unitsOfType[aggregate]) {
    const names = unit.fields.filter((name) => fields.has(name));
    if (names.length === 0) continue;
    const now = read(document);
    const open = missing(now?.view ?? {}, names);
    if (open.length === 0) {
      const left = begins ? [] : leftBehind(unit, names, { ...writing, document }, first, read);
      edits.push(...left);
      document = edited(document, left) ?? document;
      continue;
    }
    let best: Way | undefined;
    for (const candidate of waysOf(unit, { ...writing, document })) {
      const next = edited(document, candidate);
      if (next === undefined) continue;
      const then = read(next);
      // A new document cannot be read until it is complete.
      if (then === undefined) {
        if (isStillTaken?.(next) === true)
          best ??= { edits: candidate, document: next, view: undefined, left: [], spoilt: [], wrong: 0 };
        continue;
      }
      if (now !== undefined && changesOthers(now.view, then.view, [...unit.fields, ...missing(now.view, [...fields])]))
        continue;
      // That someone must not be called is never lost to say something else.
      if (now?.view.doNotCallYN === true && then.view.doNotCallYN !== true && !names.includes('doNotCallYN')) continue;
      const left = missing(then.view, names);
      const spoilt = now === undefined ? [] : spoiltBy(now.view, then.view, unit, names, writing.wanted);
      if (spoilt === undefined) continue;
      const wrong = weight(unit, [...left, ...spoilt]);
      const isBetter = now === undefined ? left.length === 0 : wrong < (best?.wrong ?? weight(unit, open));
      if (isBetter) best = { edits: candidate, document: next, view: then.view, left, spoilt, wrong };
      if (wrong === 0) break;
    }
    if (best === undefined) {
      unsaid.push(...open);
      continue;
    }
    const { view } = best;
    // Where there is nothing to keep, each place is filled as it is in other documents.
    const isNew =
      view === undefined ||
      (saysNothingOf(unit, { ...writing, document }) && best.edits.every(({ path }) => isEmptyAt(document, path)));
    const least = isNew
      ? best.edits.filter((edit) => !saysNothing(document, edit))
      : leastChange(
          document,
          best.edits,
          (changed) => {
            const said = read(changed)?.view;
            if (said === undefined) return false;
            // Of a record with several documents, this one may say otherwise what is not to be written, and may go on doing so.
            const staying = unit.fields.filter((name) => !names.includes(name) && sameIn(now?.view ?? {}, said, name));
            return !changesOthers(view, said, staying);
          },
          unit.fields.some((name) => Array.isArray(writing.wanted[name])),
        );
    const original = document;
    edits.push(...least);
    document = edited(document, least) ?? best.document;
    if (!begins && now !== undefined) {
      const repeats = editsOfRepeats(
        unit,
        names,
        now.view,
        original,
        { ...writing, document },
        (one) => read(one)?.view,
      );
      edits.push(...repeats);
      document = edited(document, repeats) ?? document;
    }
    const isUnsaid = (name: string) => unit.derived?.includes(name) !== true || unit.reported?.includes(name) === true;
    const implied = now === undefined ? [] : impliedBy(now.view, best.view ?? {}, unit, names, writing.wanted);
    unsaid.push(...best.left, ...[...best.spoilt, ...implied].filter(isUnsaid));
  }
  return { edits, document, unsaid };
};

/**
 * The same for a document that is there. One that could not become a record says nothing until the value for want of which it
 * could not is written; what was planned before that is planned again.
 */
export const planChange = (
  aggregate: OwnedType,
  fields: ReadonlySet<string>,
  writing: Writing,
  read: Reader,
): PlannedWrite => {
  const first = planWrite(aggregate, fields, writing, read);
  if (read(writing.document) !== undefined || read(first.document) === undefined) return first;
  const then = planWrite(aggregate, fields, { ...writing, document: first.document }, read);
  return { ...then, edits: [...first.edits, ...then.edits] };
};

/**
 * The same for a new document. What was written before the document could be read is then checked, and written otherwise if it
 * does not say what is wanted.
 */
export const planNew = (
  aggregate: OwnedType,
  fields: ReadonlySet<string>,
  writing: Writing,
  read: Reader,
  isStillTaken: (document: RawDocument) => boolean,
): PlannedWrite => {
  const begun = planWrite(aggregate, fields, writing, read, isStillTaken);
  return read(begun.document) === undefined
    ? begun
    : planWrite(aggregate, fields, { ...writing, document: begun.document }, read);
};

/**
 * Edits that empty what a document no longer says because something else was written: the old coordinates of a home that moved far away
 * are not read beside its new ZIP code, but the old website would still show them.
 * @param first what the document said before anything was written
 */
const leftBehind = (
  unit: Unit,
  names: readonly string[],
  writing: Writing,
  first: View | undefined,
  read: Reader,
): readonly Edit[] => {
  if (first === undefined || !names.some((name) => !isEmpty(first, name) && isEmpty(writing.wanted, name))) return [];
  if (!unit.fields.every((name) => isEmpty(writing.wanted, name))) return [];
  const paths = unit.slots.flatMap(writing.pathsOf).filter((path) => !isEmptyAt(writing.document, path));
  const edits = [...new Set(paths)].map((path) => ({ path, value: null }));
  const next = edited(writing.document, edits);
  const [now, then] = [read(writing.document), next === undefined ? undefined : read(next)];
  return now === undefined || then === undefined || changesOthers(now.view, then.view, unit.fields) ? [] : edits;
};

const isEmptyAt = (document: RawDocument, path: string): boolean => (rawAt(document, path) ?? null) === null;

const saysNothing = (document: RawDocument, { path, value }: Edit): boolean =>
  (value ?? null) === null && rawAt(document, path) === undefined;

/** A way of writing a unit, and what it leaves unsaid. */
type Way = {
  readonly edits: readonly Edit[];
  readonly document: RawDocument;
  /** `undefined` for a new document that is not complete yet. */
  readonly view: View | undefined;
  readonly left: readonly string[];
  /** The other fields of the unit that it changes to what they should not be. */
  readonly spoilt: readonly string[];
  /** How much of the unit it leaves wrong. */
  readonly wrong: number;
};

/**
 * The other fields of a unit that a way of writing changes to what they should not be; `undefined` if it drops one: nobody emptied it.
 */
const spoiltBy = (
  before: View,
  after: View,
  { fields }: Unit,
  names: readonly string[],
  wanted: Writing['wanted'],
): readonly string[] | undefined => {
  const spoilt = fields.filter(
    (name) =>
      !names.includes(name) &&
      !sameIn(before, after, name) &&
      !sameIn(after, wanted, name) &&
      !isImplied(before, fields, wanted, name),
  );
  return spoilt.some((name) => isEmpty(after, name)) ? undefined : spoilt;
};

/**
 * The other fields of a unit that only follow from what is written, in a document that said nothing of all this: two bathrooms are no
 * half one. That does not speak against writing it, but both sides differ in them from then on.
 */
const impliedBy = (
  before: View,
  after: View,
  { fields }: Unit,
  names: readonly string[],
  wanted: Writing['wanted'],
): readonly string[] =>
  fields.filter(
    (name) => !names.includes(name) && isImplied(before, fields, wanted, name) && !sameIn(after, wanted, name),
  );

const isImplied = (before: View, fields: readonly string[], wanted: Writing['wanted'], name: string): boolean =>
  isEmpty(wanted, name) && fields.every((other) => isEmpty(before, other));

const isEmpty = (view: View, name: string): boolean => (view[name] ?? null) === null;

/**
 * Of two fields that contradict each other, one that is derived counts less. So the other one is written, and the next plan, which
 * finds the derived one different, does not write it back again.
 */
const weight = ({ derived }: Unit, wrong: readonly string[]): number =>
  wrong.reduce((sum, name) => sum + (derived?.includes(name) === true ? 0.5 : 1), 0);
