import { type LeadState, lifeOf } from '../../domain/lead/index.ts';
import { listed } from '../../platform/wording/words.ts';

/** What has to happen with a lead next. */
export type NextStep = {
  readonly text: string;
  /** By when; `null`: there is no deadline. */
  readonly due: Date | null;
  readonly overdue: boolean;
};

/**
 * @param nameOf the name of an agent
 * @param dueAt until when the agent has to act, see `dueAtOfRow`
 * @param why why a lead without an agent is offered to no one, see `whyNoAgent`
 */
export const nextStepOf = (
  state: LeadState,
  nameOf: (memberKey: string) => string,
  { now, dueAt, why }: { readonly now: Date; readonly dueAt: Date | null; readonly why: string | undefined },
): NextStep => {
  const step = (text: string, due: Date | null = null): NextStep => ({
    text,
    due,
    overdue: due !== null && due <= now,
  });
  const life = lifeOf(state);
  switch (life.status) {
    case 'offered': {
      const { memberKeys } = life.offer;
      const agents = listed(memberKeys.map(nameOf), { most: 200 });
      const text = memberKeys.length === 1 ? `${agents} accepts or passes` : `One of ${agents} accepts`;
      return step(text, dueAt);
    }
    case 'assigned': {
      const { firstResponse } = state;
      const name = nameOf(life.memberKey);
      if (firstResponse?.responded) return step(`${name} stays in touch`);
      return dueAt === null ? step(`${name} stays in touch`) : step(`${name} gets in touch`, dueAt);
    }
    case 'closed':
      return step('None: the lead is closed');
    case 'unassigned':
      return step(why === undefined ? 'No agent yet' : `No agent yet: ${lowerFirst(why)}`);
    default:
      return step('None');
  }
};

const lowerFirst = (text: string) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
