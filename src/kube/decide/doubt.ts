import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { Wanted, WantedServer } from '../wanted/wanted.ts';
import type { Doubt, KubeView } from './kube-view.ts';

/** What shrank to nothing is believed when it has stayed so for so long, with a healthy API server. */
export const meltdownMs = 300_000;

/**
 * What speaks against believing what the cluster shows: a list that never succeeded; and one that is
 * empty although servers are in, nodes of which not one is left, services of which not one is.
 */
export function doubtAbout(view: KubeView): Doubt | undefined {
  const { wanted, claims, memory, isApiReady, isContinued, nowMs } = view;
  const missing = listsOf(wanted, undefined);
  if (missing.length > 0) return since({ why: 'not-synced', lists: missing });
  const claimed = claims.filter(({ servers }) => servers.some(({ state }) => state !== 'leaving'));
  if (claimed.length === 0) return undefined;
  const empty = listsOf(wanted, 0).filter(
    (name) => name !== 'endpointslices' || claimed.some((claim) => losesEndpoints(wanted, claim)),
  );
  if (empty.length > 0) return since({ why: 'meltdown', lists: empty });
  const lost = nothingLeft(wanted, claimed);
  return lost ? since({ why: 'meltdown', lists: [lost] }) : undefined;

  function since(found: Pick<Doubt, 'why' | 'lists'>): Doubt {
    const before = memory.doubt;
    // An API server that is not well is no witness: the five minutes begin when it is.
    const goesOn = before?.why === found.why && isApiReady;
    const sinceMs = goesOn ? before.sinceMs : nowMs;
    const hasLasted = isContinued || nowMs - sinceMs >= meltdownMs;
    const isOver = found.why === 'meltdown' && (hasLasted || (goesOn && before.isOver));
    return { ...found, sinceMs, isOver };
  }
}

const listsOf = ({ lists }: Wanted, size: number | undefined): readonly string[] =>
  Object.entries(lists).flatMap(([name, found]) => (found === size ? [name] : []));

/** A cluster without any slice is none that melts where no server of ours was in for the sake of one. */
function losesEndpoints(wanted: Wanted, { service }: ClusterClaim): boolean {
  const one = wanted.services.find((asked) => asked.service === service);
  if (one?.phase !== 'serving') return false;
  const isWithout = ({ presence }: WantedServer): boolean =>
    presence.kind === 'leaves' && presence.cause === 'no-endpoint';
  return one.servers.length === 0 || one.servers.some(isWithout);
}

/** A wrong selector or class looks like this: nothing that was asked for is asked for any more. */
function nothingLeft(wanted: Wanted, claimed: readonly ClusterClaim[]): string | undefined {
  const asked = new Map(wanted.services.map((one) => [one.service, one]));
  if (claimed.every(({ service }) => !asked.has(service))) return 'services';
  const serving = claimed.flatMap((claim) => {
    const one = asked.get(claim.service);
    return one?.phase === 'serving' ? [{ claim, one }] : [];
  });
  if (serving.length === 0) return undefined;
  const isLeft = serving.some(({ claim, one }) => {
    const own = new Set(claim.servers.map(({ server }) => server));
    return one.servers.some(({ key, presence }) => {
      const isUnselected = presence.kind === 'leaves' && presence.cause === 'not-selected';
      return own.has(key) && !isUnselected;
    });
  });
  return isLeft || serving.some(({ one }) => one.reusesAddresses) ? undefined : 'nodes';
}
