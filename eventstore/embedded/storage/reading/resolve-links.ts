import { decodeRecordedEvent, eachFrame, frameReadEvent, readEventParts } from '../../wire/frames.ts';
import { ProtoReader } from '../../wire/protobuf.ts';

type Target = { stream: string; revision: number };
type ReadTargets = (targets: readonly Target[]) => Promise<(Buffer | undefined)[]>;

/**
 * What a link's data (`revision@stream`) points to: `nowhere` when that cannot be an event, undefined when it begins with no
 * number, which for EventStoreDB is not a link at all.
 */
export const parseLink = (data: string): Target | 'nowhere' | undefined => {
  const [, number, stream] = /^\s*([+-]?\d+)\s*(?:@(.*))?$/s.exec(data) ?? [];
  if (number === undefined) return undefined;
  const revision = Number(number);
  return revision >= 0 && Number.isSafeInteger(revision) && stream ? { revision, stream } : 'nowhere';
};

/**
 * Replaces each link (`$>`) of a page by the event it points to, with the link beside it. A link that points nowhere (any
 * more) keeps only itself, and what only calls itself a link is an event like others. All targets of a page are read with one query.
 */
export const resolveLinks = async (frames: Buffer, readTargets: ReadTargets): Promise<Buffer> => {
  const parts: { start: number; end: number; link?: Buffer; target?: Target; position: number }[] = [];
  eachFrame(frames, (start, end) => {
    const { event } = readEventParts(frames, start, end);
    const fields = decodeRecordedEvent(new ProtoReader(event ?? Buffer.alloc(0)));
    const { position } = fields;
    const target = fields.type === '$>' ? parseLink(fields.data.toString('utf8')) : undefined;
    if (target === undefined || !event) parts.push({ start, end, position });
    else if (target === 'nowhere') parts.push({ start, end, link: event, position });
    else parts.push({ start, end, link: event, target, position });
  });
  const targets = parts.flatMap((part) => (part.target ? [part.target] : []));
  const found = targets.length > 0 ? await readTargets(targets) : [];
  let next = 0;
  const resolved = parts.map((part) => {
    if (!part.link) return frames.subarray(part.start - 5, part.end);
    const target = part.target ? found[next++] : undefined;
    const event = target && readEventParts(target, 5, target.length).event;
    return frameReadEvent(event, part.link, part.position);
  });
  return Buffer.concat(resolved);
};
