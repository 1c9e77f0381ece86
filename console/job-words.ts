import { alertJob, leadMatchingJob, pruningJob } from '../schedulers/job-names.ts';

/** What a job counts, in the order and the words in which a broker reads it. */
const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [alertJob]: {
    changes: 'changes on the market',
    matches: 'matched a saved search',
    digests: 'e-mails queued',
    homes: 'homes in them',
    dropped: 'matches not told (told already, opted out, off the market)',
    waiting: 'wait for a daily or weekly e-mail',
    history: 'are from before this database was set up, and wait for a person',
    held: 'records held back until their events are mended',
  },
  [leadMatchingJob]: {
    leads: 'new leads without an agent',
    offered: 'offered',
    nobodyFits: 'fit no agent',
    skipped: 'taken meanwhile',
    messages: 'messages queued',
    history: 'are from before this database was set up, and wait for a person',
  },
  [pruningJob]: { runs: 'old runs removed', memories: 'homes long gone that buyers were told of, forgotten' },
};

/** Not for people: how much work the database had. */
const internal = ['candidates'];

/** A run's counts as `[{ count: 3, text: 'offered' }]`; a count that has no words of its own is called by its name. */
export const countsInWords = (
  job: string,
  counts: Readonly<Record<string, number>>,
): readonly { readonly name: string; readonly count: number; readonly text: string }[] => {
  const known = words[job] ?? {};
  const names = [...Object.keys(known), ...Object.keys(counts).filter((name) => !(name in known))];
  return names
    .filter((name) => counts[name] !== undefined && !internal.includes(name))
    .map((name) => ({ name, count: counts[name]!, text: known[name] ?? name }));
};
