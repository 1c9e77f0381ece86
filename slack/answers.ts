import { buildSlackAnswer, type SlackAnswer } from '../delivery/slack/build-answer.ts';
import type { Rejection } from '../domain/decider.ts';

/** The result of a request: a word for the records, and the answer to the person. */
export type Handled = { readonly outcome: string; readonly answer: SlackAnswer | null };

/** The answer to a request, and what is recorded as its outcome. */
export const answerWith = (outcome: string, text: string): Handled => ({ outcome, answer: buildSlackAnswer(text) });

/** For someone we do not know. */
export const stranger = (slackUserId: string): Handled =>
  answerWith(
    'stranger',
    'Sorry, openhouse does not know you as an agent of this brokerage. ' +
      `Ask your broker to put your Slack user ID (${slackUserId}) on your record, or to check its e-mail address.`,
  );

/** Why an answer to an offer had no effect. */
export const refused = ({ code, message }: Rejection, ownerName: string | null): Handled => {
  switch (code) {
    case 'offer-taken':
      return answerWith(code, `Too late: ${ownerName ?? 'another agent'} has this lead.`);
    case 'offer-expired':
      return answerWith(code, 'Too late: this offer has expired, and the lead goes to the next agent.');
    case 'offer-missing':
      return answerWith(code, 'This offer is no longer open: you passed on it, it expired, or it was withdrawn.');
    case 'offer-elsewhere':
      return answerWith(code, 'This lead was offered to another agent. Only they can accept or pass.');
    default:
      return answerWith(code, `That did not work: ${message}.`);
  }
};
