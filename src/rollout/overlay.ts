import type { Snapshot } from '../domain/ipvs.ts';

/** A read-back of some services laid over the listing before it. */
export function overlay(table: Snapshot, readBack: Snapshot): Snapshot {
  const fresh = new Map(readBack.services.map((service) => [service.key, service]));
  return {
    ...table,
    services: table.services.map((service) => fresh.get(service.key) ?? service),
    samples: new Map([...table.samples, ...readBack.samples]),
  };
}
