import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Endpoint } from '../../platform/config/event-store-address.ts';
import { errorMessage } from '../../platform/errors.ts';
import type { Failure } from './failure.ts';

/** An address to ask for the nodes, and the host that it belongs to. */
export type Seed = { readonly endpoint: Endpoint; readonly shown: Endpoint };

/** Every address of every host, because a name may stand for all nodes of a cluster. */
export const resolveSeeds = async (
  hosts: readonly Endpoint[],
  tls: boolean,
): Promise<{ readonly seeds: readonly Seed[]; readonly problems: readonly Failure[] }> => {
  const problems: Failure[] = [];
  const lists = await Promise.all(
    hosts.map(async (shown): Promise<Seed[]> => {
      if (isIP(shown.host) !== 0) return [{ endpoint: shown, shown }];
      try {
        const addresses = await lookup(shown.host, { all: true });
        return addresses.map(({ address }) => ({
          endpoint: { host: address, port: shown.port },
          // With TLS, the certificate is for the name.
          shown: tls || addresses.length === 1 ? shown : { host: address, port: shown.port },
        }));
      } catch (error) {
        problems.push({ kind: 'away', cause: errorMessage(error) });
        return [];
      }
    }),
  );
  return { seeds: lists.flat(), problems };
};

/** Why none of several hosts can be used. It may be temporary, unless all of them refuse. */
export const combinedFailure = (failures: readonly Failure[]): Failure => {
  const causes = [...new Set(failures.map(({ cause }) => cause))];
  const refused = failures.every(({ kind }) => kind === 'refused');
  const { refusal, remedy } = failures.find((each) => each.kind === 'refused') ?? {};
  return {
    kind: refused && failures.length > 0 ? 'refused' : 'away',
    ...(refusal === undefined ? {} : { refusal }),
    ...(remedy === undefined ? {} : { remedy }),
    cause: causes.join('; '),
  };
};
