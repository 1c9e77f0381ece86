import { collectionPlans } from '../../collections.ts';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { recordTypes } from '../../mappings/record-types.ts';
import { keyInBson } from '../../raw/document-key.ts';
import { detached } from '../../raw/page.ts';
import { pagesVersion } from '../../readers-version.ts';
import { contentHashOf, isUnreadable, type RawBson } from '../../source.ts';
import { activeEdits } from '../../staging/edits/edits.ts';
import { keyOf } from '../../staging/ids/hash-table.ts';
import { openEntries } from '../../staging/ids/open-entries.ts';
import { openPages, type PageEntry, type Pages } from '../../staging/pages/pages.ts';
import { unreadFields } from '../../staging/unread-fields.ts';
import { idFromText, idOf, idText } from '../id-order.ts';
import { liveDocument, pagesById } from '../read-documents.ts';
import { addCompared, type Gathered, type Gathering, isFull, pageSize } from './gather.ts';
import { type Compared, typesOf } from './standings.ts';

/** How many pages are stored at a time. */
const chunkPages = 32;

/**
 * Reads all documents in the order of their `_id`s and keeps those that differ: changes without a new date. Of pages that have
 * not changed, only the hash is looked at. Stops after `budgetMs`, or when there is enough; the next run continues.
 *
 * @returns after which `_id` to continue, as Extended JSON; `null` when all are compared
 */
export const compare = async (
  gathering: Gathering,
  collection: string,
  afterText: string | null,
  budgetMs: number,
  into: Gathered,
): Promise<{ readonly after: string | null }> => {
  const { mongo, signal } = gathering;
  const until = performance.now() + budgetMs;
  const known = await knownPages(gathering, collection);
  let looked: Looked[] = [];
  const look = async () => {
    const some = looked;
    looked = [];
    const standings = await addCompared(gathering, collection, some, into);
    for (const [at, { entry }] of some.entries()) entry?.page.decide(entry.position, standings[at] === 'settled');
    if ((known?.pages.waiting() ?? 0) >= chunkPages) await known!.pages.store();
  };
  const end = async (after: string | null) => {
    await look();
    await known?.pages.store();
    await known?.pages.settle(afterText === null && after === null);
    return { after };
  };
  const after = afterText === null ? undefined : idFromText(mongo.bson, afterText);
  for await (const page of pagesById(mongo, collection, { signal, after })) {
    const read = known?.pages.read(page);
    for (const position of read?.lookAt ?? Array.from({ length: page.length }, (_, at) => at)) {
      const raw = page.at(position);
      const document = comparedRaw(gathering, collection, read?.known === undefined ? raw : detached(raw));
      if (read !== undefined) known!.identify(document, { page: read, position });
      looked.push(read === undefined ? document : { ...document, entry: { page: read, position } });
    }
    if (looked.length >= pageSize) await look();
    if (!isFull(into) && performance.now() <= until) continue;
    const last = idOf(mongo.bson, page.at(page.length - 1).bytes);
    if (last !== undefined) return await end(idText(mongo.bson, last));
  }
  return await end(null);
};

type Raw = Compared & { readonly bytes: Buffer };
type Looked = Raw & { readonly entry?: PageEntry };

const comparedRaw = ({ mongo }: Gathering, collection: string, raw: RawBson): Raw => {
  const found = () => liveDocument(mongo.bson, collection, raw.bytes).found;
  return { id: keyInBson(raw.bytes) ?? idIn(found()), contentHash: contentHashOf(raw), bytes: raw.bytes, found };
};

const idIn = (found: ReturnType<Compared['found']>) =>
  isUnreadable(found) ? undefined : documentKey(found.document._id);

type KnownPages = {
  readonly pages: Pages;
  /** Notes of a document that is looked at what an unknown page has to know. */
  identify(document: Raw, entry: PageEntry): void;
};

/** What is known of a collection's pages: only of one whose documents all become records of one type, which has no others. */
const knownPages = async (gathering: Gathering, collection: string): Promise<KnownPages | undefined> => {
  const { db, collections } = gathering;
  const type = soleType(typesOf(gathering.types, collection), collection, collections);
  if (type === undefined) return undefined;
  const ledger = recordTypes[type.type].collection;
  const [edits, open] = [await activeEdits(db, ledger), await openEntries(db, ledger)];
  const isCorrected = (contentHash: string) => edits.has(contentHash);
  const pages = await openPages(db, ledger, pagesVersion(type), { open, isCorrected });
  const readsByName = ledger === 'alerts_sent' ? () => false : collectionPlans[ledger].readsByName;
  const unread = unreadFields(type, readsByName);
  return {
    pages,
    identify({ id, contentHash, bytes, found }, { page, position }) {
      if (isCorrected(contentHash)) page.forget();
      if (id !== undefined) page.identify(position, keyOf(id), contentHash);
      if (page.known !== undefined || unread.addBson(bytes, page.unread)) return;
      const read = found();
      if (!isUnreadable(read)) unread.add(read.document, page.unread);
    },
  };
};

const soleType = (
  types: readonly MappedType[],
  collection: string,
  there: readonly string[],
): MappedType | undefined => {
  const [type, ...others] = types;
  const parts = type?.collections.filter(({ name }) => there.includes(name)) ?? [];
  const [part] = parts;
  const isSole = others.length === 0 && parts.length === 1 && part!.name === collection && part!.where === undefined;
  return isSole && type!.collectionOf === undefined ? type : undefined;
};
