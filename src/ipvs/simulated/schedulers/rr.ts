import type { Candidate, Scheduler } from './scheduler.ts';

/** The place before the first server. */
const head = -1;

/** Round robin (ip_vs_rr.c): weights only say zero or not zero, and an edit moves nothing. */
export function bindRr<Server extends Candidate>(servers: readonly Server[]): Scheduler<Server> {
  let cursor = head;
  let length = servers.length;

  return {
    name: 'rr',
    schedule() {
      const start = cursor;
      const passes = start === head ? 1 : 2;
      for (let pass = 0, place = start; pass < passes; pass++, place = head) {
        while (++place < servers.length) {
          const server = servers[place] as Server;
          if (!server.overloaded && server.weight > 0) {
            cursor = place;
            return server;
          }
          if (place === start) return undefined;
        }
      }
      return undefined;
    },
    serverChanged() {
      // The cursor stays at its server, and a new server stands in front of all others.
      if (servers.length > length && cursor !== head) cursor++;
      length = servers.length;
    },
    serverRemoved(place) {
      if (place <= cursor) cursor--;
      length = servers.length;
    },
  };
}
