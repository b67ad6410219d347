import { canonicalAddress } from '../../domain/address.ts';
import { parseDuration } from '../../domain/duration.ts';
import type { CheckSpec } from '../../domain/health/gate.ts';
import { isWithin, whyNoMachine } from '../../domain/kube/address-range.ts';
import type { KubeSettings, ServiceCheck, WeightBasis } from '../../domain/kube/kube-settings.ts';
import { printable } from '../../domain/printable.ts';
import type { ClusterService } from '../cluster/cluster.ts';
import { ownPrefix } from '../cluster/names.ts';
import { aboutService, type Problem } from './problem.ts';

/** What a Service asks of drain itself: its annotations, as far as they mean something. */
export interface Wishes {
  /** The addresses that it asks for and may have, in its order. */
  readonly addresses: readonly string[];
  readonly weight?: WeightBasis | undefined;
  /** All of its weights are so many times as large. */
  readonly factor: number;
  readonly check?: ServiceCheck | undefined;
  readonly leaveOverMs?: number | undefined;
  readonly problems: readonly Problem[];
}

/** The largest factor of an annotation. */
const mostTimes = 100;

/** The timing of a check that nobody has given another one. */
export const usualTiming = { timeoutMs: 1_000, intervalMs: 3_000, rise: 2, fall: 2 } as const;

export function wishesOf(service: ClusterService, settings: Pick<KubeSettings, 'class'>): Wishes {
  const problems: Problem[] = [];
  const about = aboutService(service);
  const parsed = <T>(name: string, parse: (text: string) => T | undefined, expected: string) => {
    const text = service.wishes.get(name);
    if (text === undefined) return undefined;
    const value = parse(text.trim());
    if (value === undefined) {
      const message = `${ownPrefix}${name} is "${printable(text)}": write ${expected}; until then it is as if it were not there`;
      problems.push({ reason: 'AnnotationRefused', severity: 'Warning', about, message });
    }
    return value;
  };
  const weight = parsed('weight', parseWeight, 'endpoints, equal or a whole number from 1 to 100');
  const check = parsed(
    'check',
    parseCheck,
    'auto, none, tcp or a URL such as http://{address}:{port}/healthz',
  );
  const leaveOverMs = parsed('leave-over', parseDuration, 'a duration such as 30s');
  const asked = service.wishes.get('address') ?? service.address ?? '';
  const addresses = asked
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .flatMap((text) => {
      const address = canonicalAddress(text);
      const why = address === undefined ? 'no IP address' : whyRefused(address, service, settings);
      if (address !== undefined && why === undefined) return [address];
      const message = `the address ${printable(text)} is ${why}`;
      problems.push({ reason: 'AddressRefused', severity: 'Warning', about, message });
      return [];
    });
  return {
    addresses: [...new Set(addresses)],
    weight: typeof weight === 'string' ? weight : undefined,
    factor: typeof weight === 'number' ? weight : 1,
    check,
    leaveOverMs,
    problems,
  };
}

/** Anybody who may make a Service may write an address: not one of the director's own connections. */
function whyRefused(
  address: string,
  { families }: ClusterService,
  { class: served }: Pick<KubeSettings, 'class'>,
): string | undefined {
  const nowhere = whyNoMachine(address);
  if (nowhere !== undefined) return nowhere;
  const family = address.includes(':') ? 6 : 4;
  if (families.length > 0 && !families.includes(family))
    return `of IPv${family}: the Service is not`;
  const ranges = served?.addresses ?? [];
  if (ranges.length === 0 || ranges.some((range) => isWithin(range, address))) return undefined;
  return "outside the file's addresses";
}

const parseWeight = (text: string): WeightBasis | number | undefined =>
  text === 'endpoints' || text === 'equal' ? text : parseTimes(text);

/** A whole number from 1 to 100. */
export function parseTimes(text: string): number | undefined {
  if (!/^\d{1,3}$/.test(text)) return undefined;
  const times = Number(text);
  return times >= 1 && times <= mostTimes ? times : undefined;
}

/**
 * A check as others may ask for it: of the real server itself, never of another host, for it is the
 * director that asks.
 */
function parseCheck(text: string): ServiceCheck | undefined {
  if (text === 'auto' || text === 'none') return text;
  if (text === 'tcp') return { probe: { kind: 'tcp' }, ...usualTiming };
  const isOfServer =
    /^https?:\/\/(\{address\}|\[\{address\}\])(:(\{port\}|[1-9]\d{0,4}))?(\/[!-~]*)?$/.test(text);
  return isOfServer && !/\{(?!address\}|port\})/.test(text) ? httpCheck(text) : undefined;
}

/** Asks for `url`; any answer from 200 to 299 is a good one. */
export const httpCheck = (url: string): CheckSpec => ({
  probe: { kind: 'http', url, status: [{ from: 200, to: 299 }], tls: { insecure: false } },
  ...usualTiming,
});
