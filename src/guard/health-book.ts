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
  /** Forgets the verdict and the answers of a server; its falls still count. */
  startOver(service: ServiceKey, server: ServerKey): void;
  forget(service: ServiceKey): void;
}

export function createHealthBook(): HealthBook {
  const book = new Map<ServiceKey, Map<ServerKey, Health>>();
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
      return { before, after };
    },
    of: pageOf,
    startOver(service, server) {
      const page = pageOf(service);
      const { downsMs } = page.get(server) ?? unasked;
      page.set(server, { ...unasked, downsMs });
    },
    forget: (service) => void book.delete(service),
  };
}
