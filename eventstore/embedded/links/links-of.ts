import { METADATA_TYPE, metadataLimits, TOMBSTONE_TYPE } from '../storage/stream-metadata.ts';
import { TOMBSTONE_REVISION } from '../storage/types.ts';
import type { RecordedFields } from '../wire/frames.ts';

/** A link as the standard projections write it. */
export type Link = { readonly stream: string; readonly data: string; readonly metadata: string };

const linkType = '$>';
/** Versions of a real node's projections: `$by_category` is its third, `$by_event_type` its fourth. */
const versions = { category: '3:-1:1:4', type: '4:-1:1:4' };

/** The part before the first dash; system streams and names that begin with a dash have no category. */
const categoryOf = (stream: string): string | undefined => {
  const dash = stream.indexOf('-');
  return stream.startsWith('$') || dash <= 0 ? undefined : stream.slice(0, dash);
};

const jsonOf = (metadata: Buffer): Record<string, unknown> => {
  try {
    const json: unknown = JSON.parse(metadata.toString());
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/**
 * The links that an event gets in `$ce-<category>` and `$et-<event type>`. Follows EventStoreDB 23.10 (its
 * CategorizeEventsByStreamPath and IndexEventsByEventType): the metadata of a stream belongs to the stream's own category; a
 * deletion, soft or hard, is marked as such and has the type `$deleted`; a link is categorized by its own stream and points to its target.
 */
export const linksOf = (event: RecordedFields): readonly Link[] => {
  const about = event.stream.startsWith('$$') ? event.stream.slice(2) : event.stream;
  const isDeletion =
    about === event.stream
      ? event.type === TOMBSTONE_TYPE
      : event.type === METADATA_TYPE && (metadataLimits(true, event.data).truncateBefore ?? 0) >= TOMBSTONE_REVISION;
  const revision = event.revision >= TOMBSTONE_REVISION ? '9223372036854775807' : String(event.revision);
  const { $correlationId } = jsonOf(event.metadata);
  const metadata = (version: string, extra: Record<string, unknown>) =>
    JSON.stringify({
      $v: version,
      $c: event.position,
      $p: event.position,
      ...extra,
      ...(isDeletion ? { $deleted: -1 } : {}),
      $causedBy: event.id,
      ...(typeof $correlationId === 'string' ? { $correlationId } : {}),
    });

  const links: Link[] = [];
  const category = categoryOf(about);
  if (category !== undefined) {
    const data = event.type === linkType ? event.data.toString() : `${revision}@${event.stream}`;
    links.push({ stream: `$ce-${category}`, data, metadata: metadata(versions.category, { $o: about }) });
  }
  if (event.type !== linkType) {
    const stream = `$et-${isDeletion ? '$deleted' : event.type}`;
    links.push({ stream, data: `${revision}@${about}`, metadata: metadata(versions.type, {}) });
  }
  return links;
};
