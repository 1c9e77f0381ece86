import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { agents, leads } from '../commands/aggregates.ts';
import { execute } from '../commands/execute.ts';
import { migrateDelivery } from '../delivery/migrations.ts';
import { openTransports } from '../delivery/sending/transports.ts';
import { defaultPolicy } from '../domain/routing-policy/default-policy.ts';
import { connectEventStore } from '../eventstore/event-store.ts';
import { type AgentToMatch, prepareAgent, prepareLead } from '../matching/agent-fit.ts';
import { findCandidates } from '../matching/find-candidates.ts';
import { systemClock } from '../platform/clock.ts';
import { openDatabase } from '../platform/database/database.ts';
import { createLogger } from '../platform/logging/log.ts';
import { catchUp, runProjections } from '../projections/index.ts';
import { jobs } from '../schedulers/jobs.ts';
import { simulatePolicy } from '../schedulers/lead-offers/policy/simulate.ts';
import { migrateSchedulers } from '../schedulers/migrations.ts';
import { startSchedulers } from '../schedulers/running/start-schedulers.ts';
import { embeddedEventStore } from '../tests/support/event-store/test-event-store.ts';
import { testPostgres } from '../tests/support/postgres/test-postgres.ts';
import type { BenchOptions } from './run.ts';

export const description =
  'lead routing: from the append of LeadCaptured to the call at a local Slack endpoint; scoring; simulating (--agents 500, --rate 20, --seconds 60)';

const zips = ['33432', '33477', '33401', '33458', '33483', '34996', '33301', '33139'];
const agentOf = (index: number): AgentToMatch => ({
  memberKey: `agent-${index}`,
  memberStatus: 'Active',
  roles: ['agent'],
  postalCodes: [zips[index % zips.length]!, zips[(index * 3 + 1) % zips.length]!],
  listPriceMin: 100_000,
  listPriceMax: 900_000,
  memberLanguages: index % 3 === 0 ? ['English', 'Spanish'] : ['English'],
  maxLeads: 1_000,
  openLeads: index % 20,
});

/** An endpoint with just enough of Slack's API to post a message receives the offers. */
export const run = async ({ args, progress }: BenchOptions): Promise<object> => {
  const options = { agents: { type: 'string' }, rate: { type: 'string' }, seconds: { type: 'string' } } as const;
  const { values } = parseArgs({ args, options });
  const [count, rate, seconds] = [values.agents ?? 500, values.rate ?? 20, values.seconds ?? 60].map(Number);
  if (!(count! > 0 && rate! > 0 && seconds! > 0))
    throw new Error('--agents, --rate and --seconds must be numbers above 0');

  const arrived = new Map<string, number>();
  const slack = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const key = /bench-lead-\d+/.exec(decodeURIComponent(body))?.[0];
      if (key !== undefined && !arrived.has(key)) arrived.set(key, performance.now());
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ok: true, channel: 'C1', ts: `${arrived.size}.000001`, messages: [] }));
    });
  });
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));

  const postgres = await testPostgres({ durable: true });
  const server = await embeddedEventStore(postgres.url);
  const store = connectEventStore(server.url);
  const { db, pool, close } = openDatabase<unknown>(postgres.url, { applicationName: 'bench lead', max: 40 });
  const log = createLogger({ level: 'error' });
  const stop = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  try {
    await migrateDelivery(db);
    await migrateSchedulers(db);
    const context = (name: string) => ({
      actor: { kind: 'system', id: 'bench' } as const,
      source: 'bench',
      occurredAt: new Date().toISOString(),
      correlationId: name,
      causationId: name,
    });
    progress(`recording ${count} agents`);
    for (let index = 0; index < count!; index++) {
      const { memberKey, openLeads: _, ...fields } = agentOf(index);
      const command = {
        type: 'RecordAgent',
        memberKey,
        fields: {
          memberFullName: `Agent ${index}`,
          memberEmail: `${memberKey}@example.com`,
          slackUserId: `U${String(index).padStart(8, '0')}`,
          ...fields,
        },
      } as const;
      await execute(store, agents, memberKey, [command], context(memberKey));
    }
    await catchUp({ db, store, log });
    const transports = await openTransports(db, {
      postmark: undefined,
      slack: {
        token: 'xoxb-bench',
        channel: 'C1',
        apiUrl: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/api/`,
      },
    } as unknown as Parameters<typeof openTransports>[1]);
    const deps = { db, pool, store, log, clock: systemClock, baseUrl: 'http://127.0.0.1', timeZone: 'UTC', transports };
    running = Promise.all([
      runProjections({ db, store, log }, { signal: stop.signal }),
      startSchedulers(deps as Parameters<typeof startSchedulers>[0], {
        signal: stop.signal,
        jobs: jobs.filter(({ name }) => name === 'lead-offers'),
      }),
    ]);
    await sleep(4_000);
    const total = Math.round(rate! * seconds!);
    progress(`${rate} leads per second for ${seconds} s`);
    const since = new Date();
    const appended = new Map<string, number>();
    const started = performance.now();
    const appends: Promise<unknown>[] = [];
    for (let n = 0; n < total; n++) {
      const due = started + (n * 1_000) / rate!;
      if (performance.now() < due) await sleep(due - performance.now());
      const contactKey = `bench-lead-${n}`;
      const fields = {
        email: `${contactKey}@example.com`,
        firstName: 'Ana',
        postalCodes: [zips[n % zips.length]!],
        listPriceMax: 500_000,
      };
      appended.set(contactKey, performance.now());
      appends.push(
        execute(store, leads, contactKey, [{ type: 'RecordLead', contactKey, fields }], context(contactKey)),
      );
    }
    await Promise.all(appends);
    const deadline = performance.now() + 120_000;
    while (arrived.size < total && performance.now() < deadline) await sleep(100);
    stop.abort();
    await running;
    await transports.close();
    const waits = [...arrived]
      .flatMap(([key, at]) => (appended.has(key) ? [at - appended.get(key)!] : []))
      .sort((a, b) => a - b);
    const at = (share: number) =>
      Math.round(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.NaN);
    progress('simulating');
    const simulating = performance.now();
    const policy = { policy: defaultPolicy, policyVersion: 0 };
    const { leads: simulated } = await simulatePolicy(store, policy, {
      since,
      until: new Date(Date.now() + 1_000),
      timeZone: 'UTC',
    });
    const simulatedPerSecond = Math.round(simulated.length / ((performance.now() - simulating) / 1_000));
    return {
      agents: count,
      leads: total,
      delivered: waits.length,
      p50: at(0.5),
      p99: at(0.99),
      scoring10000Ms: scoring(),
      simulatedPerSecond,
    };
  } finally {
    stop.abort();
    await running.catch(() => {});
    await store.close();
    await close();
    await server.close();
    await postgres.close();
    slack.close();
  }
};

/** Comparing one lead with 10,000 agents: the median of 50, in ms. */
const scoring = (): number => {
  const prepared = Array.from({ length: 10_000 }, (_, index) => prepareAgent(agentOf(index), new Date(), 'UTC'));
  const lead = prepareLead({ postalCodes: ['33432'], listPriceMax: 500_000, languages: ['es'] });
  const times = Array.from({ length: 50 }, () => {
    const begun = performance.now();
    findCandidates(lead, prepared);
    return performance.now() - begun;
  }).sort((a, b) => a - b);
  return Math.round(times[25]! * 100) / 100;
};
