import assert from 'node:assert/strict';
import type { Decider } from '../../../domain/decider.ts';
import { fold } from '../../../domain/decider.ts';
import { eventDefinitions } from '../../../domain/events.ts';

type AnyEvent = { readonly type: string; readonly data: unknown };

/**
 * A decider's rules, written as sentences.
 *
 * @example const { given } = specification(listing); given([entered]).when({ type: 'CorrectListing', changes: { city:
 * 'Boca Raton' } }).then([corrected]); given([]).when(…).thenRejected('listing-unknown');
 */
export const specification = <Command, Event extends AnyEvent, State>(decider: Decider<Command, Event, State>) => ({
  given: (history: readonly Event[]) => ({
    when: (command: Command) => {
      const decide = () => decider.decide(command, fold(decider, history));
      return {
        /** Exactly these events result, each valid by its schema. */
        // biome-ignore lint/suspicious/noThenProperty: given, when, then is what these sentences are called; no one awaits one
        then(expected: readonly Event[]): void {
          const decision = decide();
          if ('rejected' in decision) assert.fail(`rejected: ${decision.rejected.code} ${decision.rejected.message}`);
          assert.deepEqual(decision.accepted, expected);
          for (const event of decision.accepted) eventDefinitions.get(event.type)!.schema.parse(event.data);
        },
        /** The command is rejected with this code (and this field, if it is about one) and a sentence for people. */
        thenRejected(code: string, field?: string): void {
          const decision = decide();
          if ('accepted' in decision) assert.fail(`accepted: ${JSON.stringify(decision.accepted)}`);
          assert.deepEqual([decision.rejected.code, decision.rejected.field], [code, field]);
          assert.match(decision.rejected.message, /^[A-Z].{10,}/);
        },
        /** The state of the record afterwards. */
        thenState(check: (state: State) => void): void {
          const decision = decide();
          if ('rejected' in decision) assert.fail(`rejected: ${decision.rejected.code} ${decision.rejected.message}`);
          check(fold(decider, [...history, ...decision.accepted]));
        },
      };
    },
  }),
});
