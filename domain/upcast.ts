import { type DomainEvent, eventDefinitions } from './events.ts';

/** The result of reading an old event: the event in the current version, or why it cannot be read. */
export type Upcast =
  | { readonly event: DomainEvent }
  | { readonly unknown: { readonly code: 'unknown-event-type' | 'unknown-event-version'; readonly message: string } };

/**
 * Converts stored event data from the version it was written in to the current one. Done once, on reading, for all
 * readers. The data was valid when it was appended, so reading does not validate it again.
 */
export const upcast = (type: string, version: number, data: unknown): Upcast => {
  const definition = eventDefinitions.get(type);
  if (definition === undefined) {
    return { unknown: { code: 'unknown-event-type', message: `unknown event type ${type}` } };
  }
  if (!Number.isInteger(version) || version < 1 || version > definition.version) {
    const message = `${type} is known up to version ${definition.version}, but this event has version ${version}`;
    return { unknown: { code: 'unknown-event-version', message } };
  }
  let lifted = data as Record<string, unknown>;
  for (let from = version; from < definition.version; from++) lifted = definition.upcasters[from - 1]!(lifted);
  return { event: { type, data: lifted } as DomainEvent };
};
