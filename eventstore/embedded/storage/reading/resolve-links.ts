import { decodeRecordedEvent, eachFrame, frameReadEvent, readEventParts } from '../../wire/frames.ts';
import { ProtoReader } from '../../wire/protobuf.ts';

type Target = { stream: string; revision: number };
type ReadTargets = (targets: readonly Target[]) => Promise<(Buffer | undefined)[]>;

/**
 * The target of a link's data (`revision@stream`): `nowhere` when that cannot be an event, undefined when it does not begin
 * with a number, in which case EventStoreDB does not treat it as a link.
 */
const parseLink = (data: string): Target | 'nowhere' | undefined => {
  const [, number, stream] = /^\s*([+-]?\d+)\s*(?:@(.*))?$/s.exec(data) ?? [];
  if (number === undefined) return undefined;
  const revision = Number(number);
  return revision >= 0 && Number.isSafeInteger(revision) && stream ? { revision, stream } : 'nowhere';
};

/**
 * Replaces each link (`$>`) of a page by its target, with the link beside it. A broken link remains on its own, and an event
 * that only has the type of a link is left as it is. All targets of a page are read with one query.
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
