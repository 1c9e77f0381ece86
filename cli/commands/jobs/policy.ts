import type { Command } from 'commander';
import type { Policy } from '../../../domain/routing-policy/index.ts';
import { exitCodes, userError } from '../../../platform/errors.ts';
import { accepted, asPerson, type PersonOptions } from '../../as-person.ts';
import type { Context } from '../../context.ts';
import { examinePolicy, readPolicyFile, type Said, problemText as text } from '../../policy/examine.ts';
import type { Workspace } from '../../workspace.ts';

export function register(program: Command, context: Context): void {
  const policy = program
    .command('policy')
    .helpGroup('Jobs:')
    .summary('check, publish and show the policy that routes leads')
    .description(
      'The policy defines which leads are offered to whom, and who gets those that no agent accepts. It is written in YAML; ' +
        'docs/routing-leads.md explains it. Each published version is kept, with who published it and why.',
    );
  policy
    .command('check <file>')
    .summary('check a policy without publishing it')
    .description('Checks a policy. Exits with 1 when it cannot be published, with 3 when there are only warnings.')
    .addHelpText('after', '\nExamples:\n  openhouse policy check policy.yaml')
    .action(async (file: string) => {
      await withPolicy(context, file, async (_workspace, { policy: read, said }) => {
        context.print({ publishable: read !== null, problems: said }, () =>
          said.length === 0 ? 'Nothing is wrong with this policy.' : said.map((one) => text(file, one)).join('\n'),
        );
        if (read === null) context.exitWith(exitCodes.failed);
        else if (said.length > 0) context.exitWith(exitCodes.needsAttention);
      });
    });
  policy
    .command('publish <file>')
    .summary('route leads by this policy from now on')
    .description('Checks a policy and publishes it as a new version. Leads on offer continue under the new one.')
    .option('--because <reason>', 'why; recorded in the history')
    .option('--as <person>', 'who does this: a member key or a login (default: your login)')
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse policy publish policy.yaml --because "Waterfront leads go to the team first"',
    )
    .action(async (file: string, options: PersonOptions) => {
      const asked = asPerson(options, { needsReason: true });
      await withPolicy(context, file, async ({ store }, { policy: read, said }) => {
        for (const one of said) context.say(text(file, one));
        if (read === null) {
          throw userError(`${file} was not published`, {
            code: 'policy-invalid',
            hint: 'The lines above give the reasons.',
          });
        }
        const { publishPolicy } = await import('../../../commands/policy/publish-policy.ts');
        const note = options.because?.trim();
        const result = accepted(
          await publishPolicy(store, { policy: read, ...(note ? { note } : {}) }, asked),
          `${file} was not published`,
        );
        const { policyVersion } = result.state;
        const published = result.events.length > 0;
        context.print({ published, policyVersion, problems: said }, () =>
          published
            ? `Version ${policyVersion} is in force.`
            : `Nothing was changed: this is already version ${policyVersion}.`,
        );
      });
    });
  policy
    .command('show')
    .summary('show the policy in force, or an earlier version, as YAML')
    .description('Prints a policy as YAML, with the names of the people it mentions. Version 0 is the built-in one.')
    .option('--policy-version <n>', 'which version (default: the one in force)')
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse policy show > policy.yaml\n  openhouse policy show --policy-version 0',
    )
    .action(async (options: { policyVersion?: string }) => {
      const { withWorkspace } = await import('../../workspace.ts');
      await withWorkspace(context, async (workspace) => {
        const versions = await versionsOf(workspace);
        const wanted = options.policyVersion === undefined ? versions.at(-1)! : versions[Number(options.policyVersion)];
        if (wanted === undefined) {
          throw userError(`there is no version ${options.policyVersion}`, {
            code: 'version-unknown',
            hint: `The newest is ${versions.length - 1}.`,
          });
        }
        const yaml = await asYaml(workspace, wanted.policy);
        context.print(
          wanted,
          () =>
            `# Version ${wanted.policyVersion}${wanted.by === null ? ', the built-in one' : `, published ${wanted.at} by ${wanted.by}`}\n${yaml}`,
        );
      });
    });
  policy
    .command('diff <file>')
    .summary('show how a policy differs from the one in force')
    .description('Compares a policy with the one in force, value by value. Exits with 3 when they differ.')
    .addHelpText('after', '\nExample:\n  openhouse policy diff policy.yaml')
    .action(async (file: string) => {
      await withPolicy(context, file, async (workspace, { policy: read, said }) => {
        for (const one of said) context.say(text(file, one));
        if (read === null)
          throw userError(`${file} cannot be compared`, {
            code: 'policy-invalid',
            hint: 'The lines above give the reasons.',
          });
        const inForce = (await versionsOf(workspace)).at(-1)!;
        const differences = differencesOf(inForce.policy, read);
        if (differences.length > 0) context.exitWith(exitCodes.needsAttention);
        context.print({ policyVersion: inForce.policyVersion, differences }, () =>
          differences.length === 0
            ? `The same as version ${inForce.policyVersion}.`
            : differences
                .map(({ key, before, after }) => `${key}: ${shownValue(before)} → ${shownValue(after)}`)
                .join('\n'),
        );
      });
    });
}

/** Reads and checks a policy, including the people it names. `policy` is `null` if it cannot be published. */
async function withPolicy(
  context: Context,
  file: string,
  work: (workspace: Workspace, read: { policy: Policy | null; said: readonly Said[] }) => Promise<void>,
): Promise<void> {
  const yaml = await readPolicyFile(file);
  const { withWorkspace } = await import('../../workspace.ts');
  await withWorkspace(context, async (workspace) => await work(workspace, await examinePolicy(workspace, yaml)));
}

type Version = {
  readonly policyVersion: number;
  readonly policy: Policy;
  readonly by: string | null;
  readonly at: string | null;
};

/** All versions, starting with the built-in one. */
async function versionsOf({ store }: Workspace): Promise<readonly Version[]> {
  const { defaultPolicy } = await import('../../../domain/routing-policy/default-policy.ts');
  const { routingPolicyKey } = await import('../../../domain/routing-policy/index.ts');
  const { streamName } = await import('../../../domain/events.ts');
  const { isReadable } = await import('../../../eventstore/stored-event.ts');
  const versions: Version[] = [{ policyVersion: 0, policy: defaultPolicy, by: null, at: null }];
  for await (const stored of store.readStream(streamName('routingPolicy', routingPolicyKey))) {
    if (!isReadable(stored) || stored.event.type !== 'RoutingPolicyPublished') continue;
    const { policyVersion, policy } = stored.event.data;
    versions.push({ policyVersion, policy, by: stored.metadata.actor.id, at: stored.metadata.occurredAt });
  }
  return versions;
}

/** As YAML, with the name of each member next to their key. */
async function asYaml({ db }: Workspace, policy: Policy): Promise<string> {
  const { stringify } = await import('yaml');
  const { namedMembers } = await import('../../../commands/policy/read-policy.ts');
  const { agentNames } = await import('../../../queries/agents/agent-names.ts');
  const keys = [...new Set(namedMembers(policy).map(({ name }) => name))];
  const names = await agentNames(db, keys);
  return stringify(policy, { lineWidth: 100 })
    .split('\n')
    .map((line) => {
      const key = keys.find((one) => line.includes(one));
      const name = key === undefined ? undefined : names.get(key);
      return name === undefined ? line : `${line} # ${name.replace(/\s+/g, ' ')}`;
    })
    .join('\n');
}

type Difference = { readonly key: string; readonly before: unknown; readonly after: unknown };

const differencesOf = (before: unknown, after: unknown, key = ''): Difference[] => {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ key, before, after }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    differencesOf(before[name], after[name], key === '' ? name : `${key}.${name}`),
  );
};

const shownValue = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
