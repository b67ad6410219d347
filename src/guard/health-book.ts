import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { CheckTiming } from '../domain/health/guard.ts';
import { type Answer, type Health, hear, unasked } from './decide/health.ts';

/** The health of every server in every service, as answers come in. */
export interface HealthBook {
  /** Records an answer; returns the health before and after it. */
  hear(
    service: ServiceKey,
    server: ServerKey,
    answer: Answer,
    timing: CheckTiming,
  ): { readonly before: Health; readonly after: Health };
  of(service: ServiceKey): ReadonlyMap<ServerKey, Health>;
  /** The servers whose verdict is `down`. */
  down(service: ServiceKey): ReadonlySet<ServerKey>;
  /** How often each server has fallen since the book was begun. */
  falls(service: ServiceKey): ReadonlyMap<ServerKey, number>;
  /** Forgets the verdict and the answers of a server; its falls still count. */
  startOver(service: ServiceKey, server: ServerKey): void;
  forget(service: ServiceKey): void;
}

export function createHealthBook(): HealthBook {
  const book = new Map<ServiceKey, Map<ServerKey, Health>>();
  const downs = new Map<ServiceKey, Set<ServerKey>>();
  const downOf = (service: ServiceKey): Set<ServerKey> => {
    const page = downs.get(service) ?? new Set<ServerKey>();
    downs.set(service, page);
    return page;
  };
  const falls = new Map<ServiceKey, Map<ServerKey, number>>();
  const fallsOf = (service: ServiceKey): Map<ServerKey, number> => {
    const page = falls.get(service) ?? new Map<ServerKey, number>();
    falls.set(service, page);
    return page;
  };
  const pageOf = (service: ServiceKey): Map<ServerKey, Health> => {
    const page = book.get(service) ?? new Map<ServerKey, Health>();
    book.set(service, page);
    return page;
  };
  return {
    hear(service, server, answer, timing) {
      const page = pageOf(service);
      const before = page.get(server) ?? unasked;
      const after = hear(before, answer, timing);
      page.set(server, after);
      if (after.verdict === 'down') downOf(service).add(server);
      else if (before.verdict === 'down') downOf(service).delete(server);
      if (before.verdict === 'up' && after.verdict === 'down') {
        const page = fallsOf(service);
        page.set(server, (page.get(server) ?? 0) + 1);
      }
      return { before, after };
    },
    of: pageOf,
    down: downOf,
    falls: fallsOf,
    startOver(service, server) {
      const page = pageOf(service);
      const { downsMs } = page.get(server) ?? unasked;
      page.set(server, { ...unasked, downsMs });
      downOf(service).delete(server);
    },
    forget(service) {
      book.delete(service);
      downs.delete(service);
    },
  };
}
