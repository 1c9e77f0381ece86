import { decodeRecordedEvent, eachFrame, frameReadEvent, readEventParts } from '../wire/frames.ts';
import { ProtoReader } from '../wire/protobuf.ts';

type Target = { stream: string; revision: number };
type ReadTargets = (targets: readonly Target[]) => Promise<(Buffer | undefined)[]>;

/** What a link's data (`revision@stream`) points to; undefined when it is not of that form. */
export const parseLink = (data: string): Target | undefined => {
  const match = /^(\d{1,15})@(.+)$/s.exec(data);
  return match ? { revision: Number(match[1]), stream: match[2]! } : undefined;
};

/**
 * Replaces each link (`$>`) of a page by the event it points to, with the link beside it. A link that points nowhere (any
 * more) keeps only itself. All targets of a page are read with one query.
 */
export const resolveLinks = async (frames: Buffer, readTargets: ReadTargets): Promise<Buffer> => {
  const parts: { start: number; end: number; link?: Buffer; target?: Target | undefined; position: number }[] = [];
  eachFrame(frames, (start, end) => {
    const { event } = readEventParts(frames, start, end);
    const fields = decodeRecordedEvent(new ProtoReader(event ?? Buffer.alloc(0)));
    if (fields.type !== '$>' || !event) parts.push({ start, end, position: fields.position });
    else
      parts.push({
        start,
        end,
        link: event,
        target: parseLink(fields.data.toString('utf8')),
        position: fields.position,
      });
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
