import type { Candidate, Scheduler } from './scheduler.ts';

/** The load: an active connection counts as 256 inactive ones (ip_vs_dest_conn_overhead). */
const overhead = (server: Candidate): number => server.activeConn * 256 + server.inActConn;

/** The active connections that sed and nq expect of a server with the new one on it. */
const expectedActive = (server: Candidate): number => server.activeConn + 1;

const mayTakeOne = (server: Candidate): boolean => !server.overloaded && server.weight > 0;

/** Least connections (ip_vs_lc.c): the first in the list wins a draw. */
export const bindLc = leastLoaded('lc', (servers) => {
  let least: Candidate | undefined;
  for (const server of servers) {
    if (!mayTakeOne(server)) continue;
    if (!least || overhead(server) < overhead(least)) least = server;
  }
  return least;
});

/** Weighted least connections (ip_vs_wlc.c), the scheduler of a service that names none. */
export const bindWlc = leastLoaded('wlc', (servers) => leastByWeight(servers, overhead));

/** Shortest expected delay (ip_vs_sed.c). */
export const bindSed = leastLoaded('sed', (servers) => leastByWeight(servers, expectedActive));

/** Never queue (ip_vs_nq.c): an idle server first, whatever its weight, else as sed. */
export const bindNq = leastLoaded('nq', (servers) => {
  const idle = servers.find((server) => mayTakeOne(server) && server.activeConn === 0);
  return idle ?? leastByWeight(servers, expectedActive);
});

/** Weighted fail-over (ip_vs_fo.c): the highest weight takes everything. */
export const bindFo = leastLoaded('fo', heaviest);

/** Weighted overflow (ip_vs_ovf.c): the highest weight until it has more active connections than that. */
export const bindOvf = leastLoaded('ovf', (servers) =>
  heaviest(servers.filter((server) => server.activeConn <= server.weight)),
);

function heaviest(servers: readonly Candidate[]): Candidate | undefined {
  let highest: Candidate | undefined;
  for (const server of servers) {
    if (mayTakeOne(server) && server.weight > (highest?.weight ?? 0)) highest = server;
  }
  return highest;
}

function leastByWeight(
  servers: readonly Candidate[],
  load: (server: Candidate) => number,
): Candidate | undefined {
  let least: Candidate | undefined;
  for (const server of servers) {
    if (!mayTakeOne(server)) continue;
    // load / weight, multiplied out: the kernel has no fractions.
    if (!least || load(least) * server.weight > load(server) * least.weight) least = server;
  }
  return least;
}

function leastLoaded(
  name: string,
  choose: (servers: readonly Candidate[]) => Candidate | undefined,
): <Server extends Candidate>(servers: readonly Server[]) => Scheduler<Server> {
  return <Server extends Candidate>(servers: readonly Server[]) => ({
    name,
    schedule: () => choose(servers) as Server | undefined,
  });
}
