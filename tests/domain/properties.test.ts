import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { agent } from '../../domain/agent/index.ts';
import { type Known, sameMeaning, sameValue } from '../../domain/changes.ts';
import { type Decider, fold } from '../../domain/decider.ts';
import { eventDefinitions } from '../../domain/events.ts';
import { lead } from '../../domain/lead/index.ts';
import { listing } from '../../domain/listing/index.ts';
import { savedSearch } from '../../domain/saved-search/index.ts';
import fc, { runs } from '../support/fast-check.ts';
import { agentCommands, leadCommands, listingCommands, savedSearchCommands } from './support/commands.ts';

type Event = { readonly type: string; readonly data: unknown };
type Fields = Record<string, unknown>;

/** The properties that all four aggregates share, and the parts specific to each. */
type Subject<Command extends { type: string }, E extends Event, State extends { fields: Known<Fields> }> = {
  name: string;
  decider: Decider<Command, E, State>;
  commands: fc.Arbitrary<Command>;
  /** The command by which a source reports the record's state. */
  record: (fields: Fields) => Command;
  recordType: string;
  correctType?: string;
  /** The minimum to create a record. */
  born: Fields;
  /** Fields that other fields change along with them. */
  dependent?: readonly string[];
  /** Fields that a source cannot empty, because an empty value only means that it does not know. */
  kept: readonly string[];
};

const examine = <Command extends { type: string }, E extends Event, State extends { fields: Known<Fields> }>(
  subject: Subject<Command, E, State>,
) => {
  const { decider, commands, record } = subject;

  /** The state after some commands (rejected ones change nothing), with all events so far. */
  const reach = (history: readonly Command[]) => {
    const events: E[] = [];
    let state = decider.initialState;
    for (const command of history) {
      const decision = decider.decide(command, state);
      if ('rejected' in decision) continue;
      events.push(...decision.accepted);
      state = fold(decider, decision.accepted, state);
    }
    return { state, events };
  };
  // Most histories begin with an existing record, because commands on a missing one are soon covered.
  const histories = fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.array(commands, { maxLength: 8 }))
    .map(([luck, rest]) => (luck === 0 ? rest : [record(subject.born), ...rest]));
  const holds = (predicate: (history: readonly Command[], command: Command) => void) =>
    fc.assert(fc.property(histories, commands, predicate), { numRuns: runs(400) });

  suite(subject.name, () => {
    test('repeating any command on any state appends nothing', () => {
      holds((history, command) => {
        const { state } = reach(history);
        const decision = decider.decide(command, state);
        if ('rejected' in decision) return;
        const again = decider.decide(command, fold(decider, decision.accepted, state));
        assert.deepEqual(again, { accepted: [] });
      });
    });

    test('every event is valid by its schema, and means the same when it comes back from the store', () => {
      holds((history, command) => {
        const { state, events } = reach([...history, command]);
        for (const event of events) {
          const parsed = eventDefinitions.get(event.type)!.schema.safeParse(event.data);
          assert.ok(parsed.success, `${event.type}: ${parsed.error?.message}`);
        }
        const stored = events.map(({ type, data }) => ({
          type,
          data: JSON.parse(JSON.stringify(eventDefinitions.get(type)!.schema.parse(data))) as unknown,
        })) as unknown as E[];
        assert.ok(sameValue(fold(decider, stored), state));
      });
    });

    test('recording the same fields again changes nothing', () => {
      holds((history) => {
        const { state, events } = reach(history);
        // A record that was merged into another one accepts no commands.
        if (events.length === 0 || events.some(({ type }) => type.endsWith('MergedInto'))) return;
        assert.deepEqual(decider.decide(record(state.fields), state), { accepted: [] });
      });
    });

    test('the record afterwards is as the source or correction says', () => {
      holds((history, command) => {
        if (command.type !== subject.recordType && command.type !== subject.correctType) return;
        const { state } = reach(history);
        const decision = decider.decide(command, state);
        if ('rejected' in decision) return;
        const after = fold(decider, decision.accepted, state).fields;
        const wanted = ('fields' in command ? command.fields : (command as { changes?: unknown }).changes) as Fields;
        for (const [name, value] of Object.entries(wanted)) {
          if (value === undefined || name === 'legacyIds') continue;
          if (value === null && command.type === subject.recordType && subject.kept.includes(name)) continue;
          const same = command.type === subject.recordType ? sameMeaning : sameValue;
          assert.ok(same(after[name], value), `${name}: ${JSON.stringify(value)}, not ${JSON.stringify(after[name])}`);
        }
        for (const name of Object.keys(state.fields)) {
          if (!(name in wanted) && !subject.dependent?.includes(name))
            assert.ok(sameValue(after[name], state.fields[name]), `${name} changed by itself`);
        }
      });
    });

    test('merged documents are never forgotten', () => {
      holds((history, command) => {
        if (subject.recordType !== command.type || subject.name === 'a saved search') return;
        const { state } = reach(history);
        const decision = decider.decide(command, state);
        if ('rejected' in decision) return;
        const after = (fold(decider, decision.accepted, state).fields.legacyIds ?? []) as string[];
        const wanted = (command as unknown as { fields: { legacyIds?: string[] | null } }).fields.legacyIds ?? [];
        // A record that continues on its own has only the documents that did not stay with the other one.
        const continues = decision.accepted[0]?.type.endsWith('SplitFrom') === true && wanted.length > 0;
        const before = continues ? [] : ((state.fields.legacyIds ?? []) as string[]);
        for (const id of [...before, ...wanted]) assert.ok(after.includes(id));
        if (continues) assert.deepEqual([...after].sort(), [...new Set(wanted)].sort());
      });
    });
  });
};

examine({
  name: 'a listing',
  decider: listing,
  commands: listingCommands,
  record: (fields) => ({ type: 'RecordListing' as const, listingKey: 'l1', fields }),
  recordType: 'RecordListing',
  correctType: 'CorrectListing',
  born: { listingId: 'RX-1', standardStatus: 'Active', listPrice: 1 },
  kept: ['standardStatus'],
});
examine({
  name: 'a lead',
  decider: lead,
  commands: leadCommands,
  record: (fields) => ({ type: 'RecordLead' as const, contactKey: 'c1', fields }),
  recordType: 'RecordLead',
  correctType: 'CorrectLead',
  born: { email: 'maria@example.com' },
  kept: ['leadStage'],
});
examine({
  name: 'an agent',
  decider: agent,
  commands: agentCommands,
  record: (fields) => ({ type: 'RecordAgent' as const, memberKey: 'a1', fields }),
  recordType: 'RecordAgent',
  correctType: 'CorrectAgent',
  born: { memberFullName: 'Dana Whitfield', memberEmail: 'dana@example.com' },
  kept: ['memberStatus'],
});
examine({
  name: 'a saved search',
  decider: savedSearch,
  commands: savedSearchCommands,
  record: (fields) => ({ type: 'RecordSavedSearch' as const, savedSearchKey: 's1', fields }),
  recordType: 'RecordSavedSearch',
  born: { contactKey: 'c1', criteria: { bedroomsMin: 3 } },
  dependent: ['reasonActiveOrDisabled'],
  kept: ['activeYN'],
});
