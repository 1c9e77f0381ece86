import {
  isNewLead,
  type LeadCommand,
  type LeadState,
  type OfferGrounds,
  type OfferMode,
  type OfferReason,
} from '../../domain/lead/index.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { leads } from '../aggregates.ts';
import { type CommandContext, execute, type Loaded } from '../execute.ts';

export type LeadOffer = OfferGrounds & {
  readonly contactKey: string;
  /** Best match first. */
  readonly memberKeys: readonly string[];
  /** Default: `bestMatch`. */
  readonly mode?: OfferMode;
  readonly score?: number;
  readonly reasons: readonly OfferReason[];
  /** ISO 8601; missing: the offer is open until it is answered. */
  readonly expiresAt?: string;
  /**
   * Offers of this lead that were already sent, by key, with their recipients. If the event store lost one (because it
   * was restored from a backup), the same offer is recorded again instead of asking another agent.
   */
  readonly sent?: ReadonlyMap<string, readonly string[]>;
};

/** The offer that was made, or why the lead was not available: it has an agent, is already on offer, or is not new. */
export type LeadOffered =
  | { readonly offered: true; readonly offerKey: string; readonly memberKeys: readonly string[] }
  | { readonly offered: false; readonly because: string };

const sentBefore: readonly OfferReason[] = [
  { rule: 'sent-before', points: 0, detail: 'had been offered to this agent when the event store lost it' },
];

/**
 * Offers a lead to an agent. It decides by the stream and not by what the caller has read: if two callers offer the
 * same lead at once, one offer is made. The offer's key is derived from the lead and the number of its offers, so that
 * a repeated call does not make a second one.
 *
 * @param known the lead as the caller has just read it
 */
export const offerLead = async (
  store: EventStore,
  { contactKey, sent, ...offer }: LeadOffer,
  context: CommandContext,
  known?: Loaded<LeadState>,
): Promise<LeadOffered> => {
  let offerKey = '';
  let { memberKeys } = offer;
  let because = 'is already on offer';
  const result = await execute(
    store,
    leads,
    contactKey,
    (state): LeadCommand[] => {
      if (!isNewLead(state.fields)) {
        because = `is no longer new (${state.fields.leadStage ?? 'its stage is not understood'})`;
        return [];
      }
      offerKey = nextOfferKey(contactKey, state);
      const sentTo = sent?.get(offerKey);
      if (sentTo === undefined) return [{ type: 'OfferLead', offerKey, ...offer }];
      memberKeys = sentTo;
      const { candidates: _, leftOut: __, score: ___, ...rest } = offer;
      return [{ type: 'OfferLead', offerKey, ...rest, memberKeys, reasons: sentBefore }];
    },
    context,
    known,
  );
  if (!result.ok) return { offered: false, because: result.rejection.message };
  return result.events.length > 0 ? { offered: true, offerKey, memberKeys } : { offered: false, because };
};

/** The key of a lead's next offer. */
export const nextOfferKey = (contactKey: string, { recordKeys }: LeadState): string => {
  const before = recordKeys.filter((key) => key.endsWith('/offered')).length;
  return deterministicId(`offer ${before + 1} of lead ${contactKey}`);
};
