import type { NamedDirector } from '../config/names/known-directors.ts';
import { ok } from '../domain/failure.ts';
import { isSimulated, isSimulatedPlace } from '../domain/places/director-access.ts';
import type { Store } from '../rollout/ports.ts';
import type { ControlPorts, OpenFleet } from './ports.ts';

/**
 * The ports of a process that stays and does several things: stores are opened once, and simulated directors are
 * those of `fleet` to everybody, for a table that is opened anew would be another one.
 */
export function sharedPorts<Ports extends ControlPorts>(ports: Ports, fleet: OpenFleet): Ports {
  const stores = new Map<string, Promise<Store>>();
  const isPassing = isSimulated(fleet.access);
  return {
    ...ports,
    openStore(state, access = fleet.access) {
      const key = JSON.stringify([state, isPassing ? fleet.access : access]);
      const store = stores.get(key) ?? ports.openStore(state, isPassing ? fleet.access : access);
      stores.set(key, store);
      return store;
    },
    async openDirectors(specs, pace) {
      const isOfFleet = specs.every(({ where }) => isSimulatedPlace(where));
      return isOfFleet ? ok(partOf(fleet, specs)) : ports.openDirectors(specs, pace);
    },
  };
}

function partOf(fleet: OpenFleet, specs: readonly NamedDirector[]): OpenFleet {
  const wanted = new Set(specs.map(({ name, where }) => name ?? where));
  const access = fleet.access.filter(
    ({ director, where: place }) => wanted.has(director) || wanted.has(place),
  );
  const names = new Set(access.map(({ director }) => director));
  return {
    ...fleet,
    access,
    directors: new Map([...fleet.directors].filter(([name]) => names.has(name))),
  };
}
