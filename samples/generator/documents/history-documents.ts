import { dirtOf, type Fields } from '../dirt.ts';
import type { AlertFacts } from '../facts/alert-facts.ts';
import type { ActivityFacts, AssignmentFacts } from '../facts/history-facts.ts';
import { searchCreatedAt } from '../facts/search-facts.ts';
import type { World } from '../world.ts';
import { agentTarget, contactTarget, listingTarget, objectIdOf, refForms } from './identity.ts';
import { searchId } from './search-document.ts';
import { dateForms } from './shared-forms.ts';

/** A row of `leadassignments`. */
export function assignmentDocument(world: World, contact: number, row: AssignmentFacts): Fields {
  const dirt = dirtOf(world, 'leadassignments', `${contact}.${row.n}`);
  return {
    _id: objectIdOf(world, 'leadassignments', contact * 8 + row.n, row.at),
    contactId: dirt.value('contactId', refForms, contactTarget(world, contact)),
    agentId: dirt.value('agentId', refForms, agentTarget(world, row.agent)),
    status: row.status,
    at: dirt.value('at', dateForms, row.at),
  };
}

/** A row of `activities`. */
export function activityDocument(world: World, contact: number, row: ActivityFacts): Fields {
  const dirt = dirtOf(world, 'activities', `${contact}.${row.n}`);
  return {
    _id: objectIdOf(world, 'activities', contact * 8 + row.n, row.at),
    contactId: dirt.value('contactId', refForms, contactTarget(world, contact)),
    type: row.type,
    at: dirt.value('at', dateForms, row.at),
    ...(row.body === undefined ? {} : { body: row.body }),
    ...(row.agent === undefined ? {} : { userId: dirt.value('userId', refForms, agentTarget(world, row.agent)) }),
  };
}

/** A row of `alerts_sent`. */
export function alertDocument(world: World, listing: number, row: AlertFacts): Fields {
  const dirt = dirtOf(world, 'alerts_sent', `${listing}.${row.n}`);
  const search = searchId(world, row.contact, 0, searchCreatedAt(world, row.contact, 0));
  return {
    _id: objectIdOf(world, 'alerts_sent', listing * 32 + row.n, row.at),
    searchId: dirt.value('searchId', refForms, { id: search }),
    propertyId: dirt.value('propertyId', refForms, listingTarget(world, listing)),
    sentAt: dirt.value('sentAt', dateForms, row.at),
  };
}
