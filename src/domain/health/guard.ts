import type { ServiceKey } from '../address.ts';
import type { CommandWords } from '../command-words.ts';
import type { GuardNotifyTarget } from '../events/guard-notice.ts';
import type { Floor } from '../floor/floor.ts';
import type { FallbackServer } from './fallback.ts';
import type { CheckSpec, TlsSpec } from './gate.ts';

/** The settings of `drain guard FILE`. Plain data: a reload is a new one of these. */
export interface GuardConfig {
  /** A folder in which a file named after a host means that the host is out. */
  readonly maintenance?: string;
  /** The time between listings of the table when nothing else calls for one. */
  readonly pollMs: number;
  readonly services: readonly GuardedService[];
  /** Who is told of what happens; absent: nobody. */
  readonly notify?: readonly GuardNotifyTarget[];
}

export interface GuardedService {
  readonly service: ServiceKey;
  readonly check: GuardCheck;
  readonly timing: CheckTiming;
  /** The time that a server that came back takes to its full weight. */
  readonly rampUpMs: number;
  /** The servers of the service that keep their weight, however many of them seem dead. */
  readonly minHealthy: MinHealthy;
  /** The capacity that nobody takes the service below, from the config file: `minServing`. */
  readonly floor?: Floor;
  /** A second question to each server, whose answer gives a part of its weight; absent: none. */
  readonly agent?: AgentQuestion;
  /** Servers that serve while all of the service's own are dead; absent: those keep their weights then. */
  readonly fallback?: readonly FallbackServer[];
  /** `move`: persistent clients and UDP flows of a dead server leave it; absent: they stay. */
  readonly clients?: 'stay' | 'move';
}

/** A check of a real server; the words of a command may hold `{address}` and `{port}`. */
export type GuardCheck =
  | { readonly kind: 'probe'; readonly probe: CheckSpec['probe'] }
  | { readonly kind: 'command'; readonly words: CommandWords }
  | { readonly kind: 'dns'; readonly question: DnsQuestion }
  | { readonly kind: 'grpc'; readonly question: GrpcQuestion }
  | { readonly kind: 'agent'; readonly question: AgentQuestion };

export const dnsTypes = ['A', 'AAAA', 'CNAME', 'NS', 'SOA', 'TXT'] as const;

/** A question to a name server over UDP, and the record that its answer must hold; absent: any. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: (typeof dnsTypes)[number];
  readonly answer?: string;
}

/** A question of the health protocol of gRPC; an empty service is the server as a whole. */
export interface GrpcQuestion {
  readonly service: string;
  /** Absent: HTTP/2 without TLS. */
  readonly tls?: TlsSpec;
}

/** A question to an agent as HAProxy's `agent-check` asks it: a line over TCP, at a port of its own. */
export interface AgentQuestion {
  readonly port: number;
  /** What is sent first, as it is; absent: nothing. */
  readonly send?: string;
  /** The lowest percentage that counts, whatever the agent says; absent: 0, which takes its server out. */
  readonly least?: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export type CheckTiming = Pick<CheckSpec, 'timeoutMs' | 'intervalMs' | 'rise' | 'fall'>;

export type MinHealthy =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

/** `50%` of 5 servers are 3: rounded up, and never none. */
export function leastServing(minHealthy: MinHealthy, servers: number): number {
  if (minHealthy.kind === 'count') return Math.max(1, minHealthy.count);
  return Math.max(1, Math.ceil((minHealthy.percent * servers) / 100));
}
