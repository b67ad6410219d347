import * as z from 'zod';
import { parseServiceKey, type ServiceKey, serviceKey } from '../../domain/address.ts';
import { type Floor, type Floors, noFloors } from '../../domain/floor/floor.ts';
import { printable } from '../../domain/printable.ts';

const example = 'write a number of servers from 1, or a share from 1% to 100%';

const written = z.union(
  [z.int().min(1), z.string().regex(/^(?:[1-9]\d{0,5}|(?:[1-9]\d?|100)%)$/)],
  example,
);

const floor = written.transform((value): Floor => {
  const [, percent] = /^(\d+)%$/.exec(String(value)) ?? [];
  return percent === undefined
    ? { kind: 'count', count: Number(value) }
    : { kind: 'percent', percent: Number(percent) };
});

/** The word that stands for every service that has no floor of its own. */
const everyService = 'all';

const ofServices = z.record(z.string(), floor).transform((given, context): Floors => {
  const services = new Map<ServiceKey, Floor>();
  const { [everyService]: all, ...named } = given;
  for (const [name, one] of Object.entries(named)) {
    const address = parseServiceKey(name);
    if (address && !services.has(serviceKey(address))) {
      services.set(serviceKey(address), one);
      continue;
    }
    const message = address
      ? `${serviceKey(address)} is here twice`
      : `"${printable(name)}" is no virtual service: write it as tcp/10.0.0.100:80, udp/[2001:db8::1]:53 or fwm/7; ${everyService} is every other one`;
    context.addIssue({ code: 'custom', path: [name], message });
  }
  return { ...(all ? { all } : {}), services: [...services] };
});

/** `minServing: 50%` for every service, or `{all: 50%, tcp/10.0.0.100:80: 3}`. */
export const minServingField = z
  .union([floor.transform((all): Floors => ({ all, services: [] })), ofServices], example)
  .default(noFloors)
  .describe(
    'capacity below which nobody takes a service: a number of servers, a share such as 50% of its weight, or one for each service: {all: 50%, tcp/10.0.0.100:80: 3}',
  );
