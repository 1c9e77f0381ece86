import { loadLead } from '../../commands/leads/load-lead.ts';
import { streamName } from '../../domain/events.ts';
import type { LeadEvent, LeadState, PassReason } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isReadable } from '../../eventstore/stored-event.ts';

/** How an offer ended for one of the agents it was made to. */
export type Ending =
  | { readonly kind: 'accepted' }
  /** Another agent was faster. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'passed'; readonly passReason: PassReason | null }
  | { readonly kind: 'expired' }
  | { readonly kind: 'withdrawn'; readonly reason: string }
  /** The lead was given to someone, merged, or taken back meanwhile. */
  | { readonly kind: 'over' };

/** How a lead came to the person who has it. */
export type Owner = {
  readonly memberKey: string;
  readonly how: 'accepted' | 'reassigned' | 'escalated' | 'source';
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string | null;
};

/** What messages need to know about a lead's history. */
export type LeadStory = {
  /** The lead that the key means today: it may have been merged into another. */
  readonly contactKey: string;
  readonly state: LeadState;
  readonly owner: Owner | null;
  /** By `<offerKey>/<memberKey>`; an offer that is open is missing. */
  readonly endings: ReadonlyMap<string, Ending>;
};

/** Reads a lead's stream. A lead that was merged ends its offers there, and its person is that of the other lead. */
export const readStory = async (store: EventStore, contactKey: string): Promise<LeadStory> => {
  const open = new Map<string, { offerKey: string; memberKey: string }>();
  const endings = new Map<string, Ending>();
  let owner: Owner | null = null;
  const end = (ending: Ending, which: (offer: { offerKey: string; memberKey: string }) => boolean = () => true) => {
    for (const [name, offer] of open) {
      if (!which(offer)) continue;
      endings.set(name, ending);
      open.delete(name);
    }
  };
  for await (const stored of store.readStream(streamName('lead', contactKey))) {
    if (!isReadable(stored)) continue;
    const event = stored.event as LeadEvent;
    const { occurredAt: at, actor, reason = null } = stored.metadata;
    const came = (memberKey: string, how: Owner['how']) => {
      owner = { memberKey, how: actor.kind === 'import' ? 'source' : how, at, reason };
    };
    switch (event.type) {
      case 'LeadOffered': {
        const { offerKey, memberKeys } = event.data;
        end({ kind: 'over' });
        for (const memberKey of memberKeys) open.set(`${offerKey}/${memberKey}`, { offerKey, memberKey });
        break;
      }
      case 'LeadAccepted': {
        const { memberKey } = event.data;
        end({ kind: 'accepted' }, (offer) => offer.memberKey === memberKey);
        end({ kind: 'taken' });
        came(memberKey, 'accepted');
        break;
      }
      case 'LeadPassed': {
        const { offerKey, memberKey, passReason = null } = event.data;
        end({ kind: 'passed', passReason }, (offer) => offer.offerKey === offerKey && offer.memberKey === memberKey);
        break;
      }
      case 'LeadOfferExpired': {
        const { offerKey, memberKeys } = event.data;
        end({ kind: 'expired' }, (offer) => offer.offerKey === offerKey && memberKeys.includes(offer.memberKey));
        break;
      }
      case 'LeadOfferWithdrawn': {
        const { offerKey, memberKey, reason } = event.data;
        end({ kind: 'withdrawn', reason }, (offer) => offer.offerKey === offerKey && offer.memberKey === memberKey);
        break;
      }
      case 'LeadEscalated':
        if (event.data.escalationReason === 'no-first-response') break;
        end({ kind: 'over' });
        came(event.data.memberKey, 'escalated');
        break;
      case 'LeadReassigned':
        end({ kind: 'over' });
        came(event.data.ownerMemberKey, 'reassigned');
        break;
      case 'LeadAssigned':
        end({ kind: 'over' });
        if (event.data.ownerMemberKey === null) owner = null;
        else came(event.data.ownerMemberKey, 'source');
        break;
      case 'LeadReleased':
        end({ kind: 'over' });
        owner = null;
        break;
      case 'LeadReopened':
      case 'LeadMergedInto':
        end({ kind: 'over' });
        break;
      default:
        break;
    }
  }
  const today = await loadLead(store, contactKey);
  if (today.contactKey !== contactKey) {
    const other = await readStory(store, today.contactKey);
    return { ...other, endings };
  }
  return { contactKey, state: today.state, owner, endings };
};
