import { type Injection, run } from './injection.ts';

const outbox = (state: string): Pick<Injection, 'exitCode' | 'inject' | 'repair'> => ({
  exitCode: 3,
  inject: ({ db }) =>
    run(
      db,
      `insert into ops.write_back (aggregate, record_key, state, due_since, next_attempt_at)
       values ('listing', 'l1', '${state}', now() - interval '10 minutes', now())`,
    ),
  repair: ({ db }) => run(db, 'delete from ops.write_back'),
});

export const oldCrmInjections: Readonly<Record<string, Injection>> = {
  'legacy-conflicts': {
    how: 'An edit in the old CRM of a listing that openhouse owns is on record.',
    exitCode: 3,
    inject: ({ db }) =>
      run(
        db,
        `insert into ops.legacy_conflict (aggregate, record_key, document, fields, first_seen_at, last_seen_at)
         values ('listing', 'l1', 'properties/1', '{}', now(), now())`,
      ),
    repair: ({ db }) => run(db, 'delete from ops.legacy_conflict'),
  },
  'conflict-decision-waiting': {
    how: 'A decision about several conflicts is on record, and the process that carried it out was killed 10 minutes ago.',
    exitCode: 3,
    inject: ({ db }) =>
      run(
        db,
        `insert into ops.conflict_decision (action, selection, context, asked_at, selected, unseen)
         values ('refuse', '{}', '{}', now() - interval '10 minutes', 2, 0)`,
      ),
    repair: ({ db }) => run(db, 'delete from ops.conflict_decision'),
  },
  'write-back-refused': { how: 'A listing in the outbox to the old CRM is marked as refused.', ...outbox('refused') },
  'write-back-behind': { how: 'A listing has been due to be written back for 10 minutes.', ...outbox('due') },
};
