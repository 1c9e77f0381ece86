/**
 * Streams in which persistent subscriptions to `$all` keep their checkpoints and parked messages. As in EventStoreDB they
 * are ordinary streams, but excluded from `$all`: a subscription that saw its own checkpoints would never catch up.
 */
const prefix = '$persistentsubscription-$all::';
const suffixes = ['-checkpoint', '-parked'];

/**
 * Streams of links to the events of a category or type, and their checkpoint. They are excluded from `$all`, unlike on a
 * real node, so that its readers find what was appended and nothing else.
 */
const linkPrefixes = ['$ce-', '$et-'];
export const linkCheckpoint = '$links-checkpoint';

export const isLinkStream = (stream: string): boolean => linkPrefixes.some((each) => stream.startsWith(each));

/** Whether this stream's events are excluded from `$all`. */
export const isBookkeeping = (stream: string): boolean =>
  stream.startsWith('$') &&
  (isLinkStream(stream) ||
    stream === linkCheckpoint ||
    (stream.startsWith(prefix) && suffixes.some((suffix) => stream.endsWith(suffix))));

/** A text as a bytea literal. */
export const bytes = (text: string): string => `'\\x${Buffer.from(text).toString('hex')}'::bytea`;

/** The streams of persistent subscriptions, as an SQL condition on a name (bytea) in this column. */
export const isPersistentBookkeepingSql = (column: string): string =>
  `substring(${column} FROM 1 FOR ${prefix.length}) = ${bytes(prefix)} AND (${suffixes
    .map((suffix) => `substring(${column} FROM length(${column}) - ${suffix.length - 1}) = ${bytes(suffix)}`)
    .join(' OR ')})`;

/** `isBookkeeping` as an SQL condition. */
export const isBookkeepingSql = (column: string): string =>
  [
    `(${isPersistentBookkeepingSql(column)})`,
    `${column} = ${bytes(linkCheckpoint)}`,
    ...linkPrefixes.map((each) => `substring(${column} FROM 1 FOR ${each.length}) = ${bytes(each)}`),
  ].join(' OR ');
