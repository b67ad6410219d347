import type { Candidate, Scheduler } from './scheduler.ts';

/** The place before the first server. */
const head = -1;

/**
 * Weighted round robin as net/netfilter/ipvs/ip_vs_wrr.c does it. It goes through the list again
 * and again with a level that falls from the highest weight in steps of the common divisor, and
 * takes every server whose weight reaches the level. So a cycle is exact and bursty inside:
 * B with weight 1 listed before A with 3 gives A A B A (level 3: A, level 2: A, level 1: B A).
 *
 * Every edit puts the cursor back to the head of the list and keeps the level where it can.
 */
export function bindWrr<Server extends Candidate>(servers: readonly Server[]): Scheduler<Server> {
  let cursor = head;
  let step = commonDivisor(servers);
  let top = topLevel(servers, step);
  let level = top;

  const scheduleFrom = (start: number): Server | undefined => {
    let lastPass = false;
    let wrapped = false;
    let stop: number | undefined;
    for (let place = start; ; place = head) {
      while (++place < servers.length) {
        const server = servers[place] as Server;
        cursor = place;
        if (!server.overloaded && server.weight >= level) return server;
        if (place === stop) return undefined;
      }
      cursor = head;
      level -= step;
      if (level <= 0) {
        level = top;
        // Either the last pass went over the whole list, or this one did: nobody is free.
        if (lastPass || start === head) return undefined;
        wrapped = true;
      }
      lastPass = level <= step;
      // The last pass began behind `start`: what stands up to it still has to be asked.
      if (lastPass && wrapped && start !== head) stop = start;
    }
  };

  return {
    name: 'wrr',
    schedule: () => (top === 0 ? undefined : scheduleFrom(cursor)),
    serverChanged: reset,
    serverRemoved: reset,
  };

  function reset(): void {
    cursor = head;
    step = commonDivisor(servers);
    top = topLevel(servers, step);
    if (level > top || level === 0) level = top;
    else if (step > 1) level = Math.floor(level / step) * step + 1;
  }
}

/** The lowest level of a cycle is 1 and not `step`, so that a weight below `step` is still found. */
function topLevel(servers: readonly Candidate[], step: number): number {
  return servers.reduce((highest, server) => Math.max(highest, server.weight), 0) - (step - 1);
}

/** The common divisor of the weights above zero; 1 when there is none. */
function commonDivisor(servers: readonly Candidate[]): number {
  let divisor = 0;
  for (const { weight } of servers) {
    if (weight > 0) divisor = divisor > 0 ? gcd(weight, divisor) : weight;
  }
  return divisor || 1;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
