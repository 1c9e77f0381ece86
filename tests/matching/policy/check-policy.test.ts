import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { namedMembers, readPolicy, withMemberKeys } from '../../../commands/policy/read-policy.ts';
import { defaultPolicy } from '../../../domain/routing-policy/default-policy.ts';
import { policySchema } from '../../../domain/routing-policy/index.ts';
import { checkPolicy } from '../../../matching/policy/check-policy.ts';
import { agent, broker, policy } from './brokerage.ts';

const members = [
  agent('dana', { officeKey: 'north', specialties: ['Waterfront'] }),
  agent('gone', { memberStatus: 'Inactive' }),
  broker,
];
const step = { offerTo: 'everyone', mode: 'bestMatch', answerWithin: '30 minutes' } as const;
const found = (of: Parameters<typeof checkPolicy>[0]) =>
  checkPolicy(of, members).map(({ severity, code, path }) => `${severity} ${code} at ${path.join('.')}`);

suite('a policy as a document', () => {
  const document = (...lines: string[]) => lines.join('\n');
  const good = document(
    'weights: { area: 40 }',
    'escalateTo: broker',
    'rules:',
    '  - name: Everyone',
    '    chain:',
    '      - offerTo: everyone',
    '        answerWithin: 30 minutes',
  );

  test('is read with its defaults', () => {
    const { policy: read, problems } = readPolicy(good);
    assert.deepEqual(problems, []);
    assert.deepEqual(read?.rules[0]?.chain[0], { ...step, workingHours: 'preferred' });
  });

  const wrong: readonly (readonly [what: string, text: string, line: number, message: RegExp])[] = [
    ['a key it does not know', good.replace('answerWithin', 'answerwithin'), 6, /answerWithin.*missing|answerwithin/],
    ['a misspelled condition', good.replace('    chain:', '    when: { citys: [Boca] }\n    chain:'), 5, /citys/],
    ['a time span in words', good.replace('30 minutes', 'half an hour'), 7, /30 minutes, 2 hours, 1 day/],
    [
      'a ZIP code that YAML takes for a number',
      good.replace('    chain:', '    when:\n      postalCodes: [33432]\n    chain:'),
      6,
      /string/,
    ],
    [
      'too many at once',
      good.replace('        answerWithin', '        mode: firstToClaim\n        atOnce: 11\n        answerWithin'),
      8,
      /10/,
    ],
    [
      'fields that could stand in for a protected class',
      good.replace('{ area: 40 }', '{ area: 40, surname: 5 }'),
      1,
      /surname/,
    ],
    ['no end', good.replace('escalateTo: broker\n', ''), 1, /string/],
    ['the same key twice', good.replace('escalateTo: broker', 'escalateTo: broker\nescalateTo: dana'), 3, /unique/],
    ['no YAML', 'weights: [', 1, /.+/],
    ['nothing', '', 1, /object/],
    ['a list', '- 1', 1, /object/],
  ];
  for (const [what, text, line, message] of wrong) {
    test(`with ${what} is refused, with line and reason`, () => {
      const { policy: read, problems, lineOf } = readPolicy(text);
      assert.equal(read, null);
      const said = problems.map((problem) => `${lineOf(problem.path)} ${problem.path.join('.')}: ${problem.message}`);
      assert.ok(
        said.some((one) => one.startsWith(`${line} `) && message.test(one)),
        said.join('\n'),
      );
    });
  }

  test('names members as people do, and keeps their keys', () => {
    const read = policySchema.parse({
      ...parse(good),
      escalateTo: 'Dana Whitfield',
      rules: [
        {
          name: 'Team',
          escalateTo: 'dana@example.com',
          when: { listingAgents: ['dana@example.com'] },
          chain: [
            {
              ...step,
              mode: 'weightedRoundRobin',
              offerTo: { agents: ['dana@example.com', 'bo'] },
              turns: { 'dana@example.com': 2 },
            },
          ],
        },
      ],
    });
    const kept = withMemberKeys(read, (name) =>
      name.startsWith('dana') || name.startsWith('Dana') ? 'd1' : undefined,
    );
    assert.deepEqual(
      namedMembers(kept).map(({ name }) => name),
      ['d1', 'd1', 'd1', 'd1', 'bo', 'd1'],
    );
    assert.doesNotMatch(stringify(kept), /@/);
  });
});

suite('checking a policy', () => {
  test('finds nothing wrong with the built-in one', () => assert.deepEqual(checkPolicy(defaultPolicy, members), []));

  test('reports an agent who does not exist or has left', () => {
    const named = policy([
      { chain: [{ ...step, offerTo: { agents: ['nobody', 'gone', 'dana'] }, workingHours: 'ignored' }] },
    ]);
    assert.deepEqual(found(named).slice(0, 2), [
      'error agent-unknown at rules.0.chain.0.offerTo.agents.0',
      'warning agent-inactive at rules.0.chain.0.offerTo.agents.1',
    ]);
  });

  test('reports a chain that does not end with a person', () => {
    const all = [{ chain: [{ ...step, workingHours: 'ignored' as const }] }];
    assert.deepEqual(found(policy(all, { escalateTo: 'nobody' })), ['error agent-unknown at escalateTo']);
    assert.deepEqual(found(policy(all, { escalateTo: 'gone' })), ['error no-end at escalateTo']);
    assert.deepEqual(
      checkPolicy(policy(all), [agent('dana')]).map(({ code }) => code),
      ['no-end'],
      'no one has a role that makes them the broker',
    );
  });

  test('warns of an offer that no one has to answer', () => {
    const pond = { offerTo: 'everyone', mode: 'pond', workingHours: 'ignored' } as const;
    assert.deepEqual(found(policy([{ chain: [pond, { ...step, workingHours: 'ignored' }] }])), [
      'warning no-deadline at rules.0.chain.0.answerWithin',
    ]);
    assert.deepEqual(found(policy([{ chain: [{ ...pond, answerWithin: '1 day' }] }])), []);
  });

  test('reports an empty group', () => {
    for (const offerTo of [{ offices: ['south'] }, { specialties: ['Farms'] }, { agents: ['gone'] }]) {
      assert.ok(
        found(policy([{ chain: [{ ...step, offerTo, workingHours: 'ignored' }] }])).includes(
          'error matches-nobody at rules.0.chain.0.offerTo',
        ),
      );
    }
  });

  test('rules that contradict one another', () => {
    const chain = [{ ...step, workingHours: 'ignored' as const }];
    const unreachable = (...when: object[]) =>
      found(policy([...when.map((each) => ({ when: each, chain })), { chain }])).filter((one) =>
        one.startsWith('error'),
      );
    assert.deepEqual(unreachable({}, { sources: ['Zillow'] }).length, 2, 'all leads are taken by the first');
    assert.deepEqual(unreachable({ sources: ['Zillow', 'Website'] }, { sources: ['zillow'], days: ['sat'] }), [
      'error never-reached at rules.1.name',
    ]);
    assert.deepEqual(unreachable({ sources: ['Zillow'] }, { sources: ['Zillow', 'Website'] }), []);
    assert.deepEqual(unreachable({ cities: ['Boca Raton'] }, { cities: ['Boca Raton'], postalCodes: ['33477'] }), []);
    assert.deepEqual(unreachable({ price: { min: 1_000_000 } }, { price: { min: 2_000_000, max: 3_000_000 } }), [
      'error never-reached at rules.1.name',
    ]);
  });

  test('names that are given twice, turns of someone outside, a reminder after the escalation', () => {
    const chain = [{ ...step, workingHours: 'ignored' as const }];
    assert.ok(
      found(
        policy([
          { name: 'A', when: { days: ['mon'] }, chain },
          { name: 'A', chain },
        ]),
      ).includes('error name-twice at rules.1.name'),
    );
    const turns = { broker: 2 };
    const robin = {
      ...step,
      mode: 'weightedRoundRobin',
      offerTo: { offices: ['north'] as string[] },
      turns,
      workingHours: 'ignored',
    } as const;
    assert.ok(found(policy([{ chain: [robin] }])).includes('error contradiction at rules.0.chain.0.turns.broker'));
    const firstResponse = { remindAfter: '2 hours', escalateAfter: '60 minutes' };
    assert.ok(
      found(policy([{ chain }], { firstResponse })).includes('error contradiction at firstResponse.remindAfter'),
    );
  });
});
