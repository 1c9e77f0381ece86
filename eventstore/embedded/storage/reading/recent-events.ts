import { isBookkeeping } from '../bookkeeping.ts';
import type { AllPage, EventFilter, Position } from '../types.ts';
import type { Group } from '../writing/group.ts';

/** A committed group, as far as live readers need it. Stored by column: an object per event would double its size. */
type RecentGroup = Pick<Group, 'first' | 'ends' | 'streams' | 'types'> & {
  frames: Buffer;
  /** Which of its events are excluded from `$all`, if any. */
  leftOut: boolean[] | undefined;
};

// What a group needs per event besides the frame: two references to names, and an offset.
const overheadPerEvent = 40;
const linkType = '$>';

/**
 * The most recently committed events, without gaps up to the head, bounded by bytes. They serve live subscribers, so that
 * a thousand of them cost PostgreSQL nothing; one that falls further behind reads pages from PostgreSQL.
 */
export const createRecentEvents = (maxBytes: number) => {
  let groups: RecentGroup[] = [];
  let bytes = 0;
  let head: Position = 0;

  const costOf = (group: RecentGroup) => group.frames.length + group.ends.length * overheadPerEvent;

  /** The index of the group that holds this position. */
  const find = (position: Position): number => {
    let low = 0;
    let high = groups.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (groups[middle]!.first <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  return {
    head: () => head,
    covers: (position: Position) => groups.length > 0 && position >= groups[0]!.first && position <= head,
    add(group: Group) {
      // The buffer grew by doubling: keep only what is used.
      const used = group.frames.subarray(0, group.size);
      const frames = group.size > 0.8 * group.frames.length ? used : Buffer.from(used);
      const { first, ends, streams, types } = group;
      const leftOut = streams.some(isBookkeeping) ? streams.map(isBookkeeping) : undefined;
      const kept = { first, ends, streams, types, frames, leftOut };
      groups.push(kept);
      bytes += costOf(kept);
      head = group.first + group.ends.length - 1;
      if (bytes <= maxBytes) return;
      // Drop a tenth at a time, so that the array need not be shifted with every group.
      let drop = 0;
      while (bytes > 0.9 * maxBytes && drop < groups.length - 1) bytes -= costOf(groups[drop++]!);
      groups = groups.slice(drop);
    },
    /** Starts over after this position: earlier events must be read from PostgreSQL. */
    reset(position: Position) {
      groups = [];
      bytes = 0;
      head = position;
    },
    /** Reads forwards; `from` must be covered. Stops early when a page is full; the caller continues from `next`. */
    read(from: Position, to: Position, limit: number, pageBytes: number, filter: EventFilter | undefined): AllPage {
      const parts: Buffer[] = [];
      let count = 0;
      let size = 0;
      let hasLinks = false;
      let position = from;
      let notForAll = 0;
      const last = Math.min(to, head);
      for (let g = find(from); g < groups.length && position <= last && count < limit && size < pageBytes; g++) {
        const { first, ends, streams, types, frames, leftOut } = groups[g]!;
        const matched = filter?.matches(filter.on === 'stream' ? streams : types);
        const wanted = leftOut ? leftOut.map((out, n) => !out && (!matched || matched[n]!)) : matched;
        let i = position - first;
        while (i < ends.length && position <= last && count < limit && size < pageBytes) {
          if (!wanted || wanted[i]) {
            // The longest run of matching events that fits is one view of the buffer.
            const start = i === 0 ? 0 : ends[i - 1]!;
            let end = start;
            while (i < ends.length && position <= last && count < limit && size + end - start < pageBytes) {
              if (wanted && !wanted[i]) break;
              if (types[i] === linkType) hasLinks = true;
              end = ends[i]!;
              count++;
              i++;
              position++;
            }
            size += end - start;
            parts.push(frames.subarray(start, end));
          } else {
            if (leftOut?.[i]) notForAll++;
            i++;
            position++;
          }
        }
      }
      return {
        frames: parts.length === 1 ? parts[0]! : Buffer.concat(parts),
        count,
        considered: position - from - notForAll,
        last: position - 1,
        next: position,
        end: position > last,
        hasLinks,
      };
    },
  };
};

export type RecentEvents = ReturnType<typeof createRecentEvents>;
