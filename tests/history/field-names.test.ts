import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { agent } from '../../domain/agent/index.ts';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { type Decider, fold } from '../../domain/decider.ts';
import { lead } from '../../domain/lead/index.ts';
import { listing } from '../../domain/listing/index.ts';
import { savedSearch } from '../../domain/saved-search/index.ts';
import { fieldFilter } from '../../history/field-names.ts';
import { recordTypes } from '../../history/record-types.ts';
import { isUserError } from '../../platform/errors.ts';
import { agentCommands, leadCommands, listingCommands, savedSearchCommands } from '../domain/support/commands.ts';
import fc, { runs } from '../support/fast-check.ts';

suite('the fields that a history can be asked for', () => {
  const covers = <Command, Event, State>(
    aggregate: RecordName,
    decider: Decider<Command, Event, State>,
    commands: fc.Arbitrary<Command>,
  ) =>
    test(`of ${aggregate} include every field of its state`, () => {
      fc.assert(
        fc.property(fc.array(commands, { maxLength: 10 }), (history) => {
          let state = decider.initialState;
          for (const command of history) {
            const decision = decider.decide(command, state);
            if ('accepted' in decision) state = fold(decider, decision.accepted, state);
          }
          for (const name of Object.keys(recordTypes[aggregate].fieldsOf(state))) {
            assert.doesNotThrow(() => fieldFilter(aggregate, name), name);
          }
        }),
        { numRuns: runs(300) },
      );
    });
  covers('listing', listing, listingCommands);
  covers('lead', lead, leadCommands);
  covers('agent', agent, agentCommands);
  covers('savedSearch', savedSearch, savedSearchCommands);

  test('include structures as a whole', () => {
    assert.ok(fieldFilter('savedSearch', 'criteria')('criteria.cities'));
    assert.ok(!fieldFilter('listing', 'city')('cityRegion'));
  });

  test('are suggested when the name is unknown', () => {
    assert.throws(
      () => fieldFilter('listing', 'price'),
      (error) =>
        isUserError(error) && error.exitCode === 2 && /no field "price": did you mean listPrice/.test(error.message),
    );
    assert.throws(() => fieldFilter('agent', 'toString'), isUserError);
  });
});
