import { isSearchSwitch } from '../fields/words/search-switch.ts';
import { isDocument, isEmpty, spelling } from '../reading.ts';
import { criterionReaders, isNeutral } from './criterion-readers.ts';
import { isOtherShape } from './read-criteria.ts';
import { jsonIn } from './shapes/json-text.ts';

/** Further queries, exclusions, a radius, "only …", a number of homes, kinds of news. */
const narrowing =
  /^(?:advanced|extra|more|search|saved|alert)*(?:filters?|criteria|criterion|conditions?|params|parameters|search|where|quer(?:y|ies))\d?$|^(?:mongo|raw|sql|elastic|es)quer(?:y|ies)$|^not(?:$|cit|zip|areas?$|towns?$|types?$|in$)|^(?:exclu(?:de|sion)|without|except|blocked|hidden|dislike|reject|dismiss|ignore)(?:d|s|ed|ing|es)?(?:$|.*(?:cit|zip|area|town|type|keyword|word|homes|properties|listings|ids?$))|^(?:max|min)?(?:radius|distance|miles)(?:miles|mi|km)?$|only$|^only|^(?:max|limit)?(?:results|homes|listings|limit)(?:peremail|perday)?$|^(?:alerts?|notif(?:y|ications?)|triggers?|events?|news)(?:on|for|types?|events?|when)$/;
/** Names that may well mean something else in a saved search, but not among its criteria. */
const ambiguous = new Set(['type', 'types', 'kind', 'kinds', 'status', 'statuses', 'size']);

/** Whether a field with this name may narrow the search, wherever it is. */
export const mayNarrow = (name: string): boolean => !ambiguous.has(plain(name)) && narrowsAmongCriteria(name);

const narrowsAmongCriteria = (name: string): boolean =>
  !isSearchSwitch(name) && (narrowing.test(plain(name)) || Object.hasOwn(criterionReaders, plain(name)));

/** Names of fields that say how criteria are joined, and the words for a way in which they need not all hold. */
const joining =
  /^(?:match(?:es|ing)?|filters?|conditions?|criteria|search|query|rules?)?(?:type|mode|logic|logical|join|combinator|conjunction|operator|op)$|^match(?:es|ing)?$|^logicaloperator$/;
const notAll = /^(?:any|or|some|one|none|not|nor|xor|anyof|oneof|someof|noneof|atleastone)$/;

/** Whether a field with this name may say how criteria are joined. */
export const mayJoin = (name: string): boolean => joining.test(plain(name));

/** Whether a field says that not all criteria must hold (`match: 'any'`): read as if they must, a search would find too little. */
export const joinsOtherwise = (name: string, found: unknown): boolean =>
  mayJoin(name) && typeof found === 'string' && notAll.test(plain(found));

/** Names among these that may well say something else. */
const ambiguousJoining = /^(?:search|query)?(?:type|mode)$|^(?:join|op|operator)$/;

/**
 * What says so beside a query in another shape (see `isOtherShape`), at any depth, by its path: there only "and" and "all" surely mean
 * that all must hold. Another query counts, too.
 */
export const joinsOtherwiseIn = (
  name: string,
  found: unknown,
  path = name,
  depth = 0,
): readonly (readonly [path: string, found: unknown])[] => {
  if (saysNothing(found)) return [];
  const joins = (mayJoin(name) && !ambiguousJoining.test(plain(name))) || plain(name) === 'condition';
  if (joinsOtherwise(name, found) || (joins && !saysAll(found)) || depth > maxDepth || isOtherShape(found))
    return [[path, found]];
  if (Array.isArray(found)) return found.flatMap((item) => joinsOtherwiseIn('', item, path, depth + 1));
  if (!isDocument(found)) return [];
  return Object.entries(found).flatMap(([part, value]) => joinsOtherwiseIn(part, value, `${path}.${part}`, depth + 1));
};

const saysAll = (found: unknown): boolean =>
  typeof found === 'string' && /^(?:and|all|allof|every)$/.test(plain(found));

/** Whether a field of the same sub-document as a query in another shape may belong to what it asks for: anything that is not known. */
export const mayBelong = (name: string, found: unknown): boolean =>
  !saysNothing(found) &&
  !isNeutral(name, found) &&
  !(mayJoin(name) && saysAll(found)) &&
  (isDocument(found) || Array.isArray(found) || !asksNothing.test(plain(name)));
const asksNothing = /^(?:id|name|title|label|createdat|updatedat)$/;

const plain = (name: string): string => spelling(name.slice(0, 60));

export const saysNothing = (found: unknown): boolean =>
  isEmpty(found) || (isDocument(found) && Object.values(found).every(isEmpty));

/** Deeper than any real form. */
const maxDepth = 10;

/** What may narrow the search in a part of a sub-document that has criteria, at any depth, by its path. */
export const narrowingIn = (
  name: string,
  found: unknown,
  path: string,
  depth = 0,
): readonly (readonly [path: string, found: unknown])[] => {
  if (saysNothing(found)) return [];
  if (depth > maxDepth || narrowsAmongCriteria(name) || joinsOtherwise(name, found)) return [[path, found]];
  const json = typeof found === 'string' ? jsonIn(found) : undefined;
  if (json !== undefined) return narrowingIn(name, json, path, depth + 1);
  if (Array.isArray(found) && isOtherShape(found)) return [[path, found]];
  if (Array.isArray(found)) return found.flatMap((item) => narrowingIn('', item, path, depth + 1));
  if (!isDocument(found)) return [];
  return Object.entries(found).flatMap(([part, value]) => narrowingIn(part, value, `${path}.${part}`, depth + 1));
};
