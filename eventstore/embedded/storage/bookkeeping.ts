/**
 * Streams in which persistent subscriptions to `$all` keep their checkpoints and parked messages. As in EventStoreDB they
 * are streams like any other, but `$all` leaves them out: a subscription that saw its own checkpoints would never rest.
 */
const prefix = '$persistentsubscription-$all::';
const suffixes = ['-checkpoint', '-parked'];

/** Says whether `$all` leaves this stream's events out. */
export const isBookkeeping = (stream: string): boolean =>
  stream.startsWith(prefix) && suffixes.some((suffix) => stream.endsWith(suffix));

/** A text as a bytea literal. */
export const bytes = (text: string): string => `'\\x${Buffer.from(text).toString('hex')}'::bytea`;

/** The same as an SQL condition on a name (bytea) in this column. */
export const isBookkeepingSql = (column: string): string =>
  `substring(${column} FROM 1 FOR ${prefix.length}) = ${bytes(prefix)} AND (${suffixes
    .map((suffix) => `substring(${column} FROM length(${column}) - ${suffix.length - 1}) = ${bytes(suffix)}`)
    .join(' OR ')})`;
