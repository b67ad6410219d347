import { assertNever } from '../assert-never.ts';
import type { CommandWords } from '../command-words.ts';
import { fillPlaceholders } from '../command-words.ts';

/** Accepted status codes, both ends included: 200-299 is `{ from: 200, to: 299 }`. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** Text or pattern (a JavaScript one) that the beginning of an answer's body must hold. */
export type BodyMatch =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pattern'; readonly source: string; readonly flags: string };

export interface TlsSpec {
  /** Whether any certificate is good, a self-signed or an expired one too. */
  readonly insecure: boolean;
  /** A file of certificates in PEM to trust instead of the well-known authorities. */
  readonly caFile?: string;
  /** The name that the certificate must be for; otherwise the host of the request. */
  readonly serverName?: string;
}

/** A question over HTTP, and which answers are good ones. Redirects are answers: none is followed. */
export interface HttpProbe {
  readonly kind: 'http';
  /** The URL, in a health check with `{address}` and `{port}` of each real server. */
  readonly url: string;
  readonly status: readonly StatusRange[];
  readonly body?: BodyMatch;
  /** The Host header, where it is not the URL's host. */
  readonly host?: string;
  readonly tls: TlsSpec;
}

/** A health check of every new server (keepalived.conf(5): HTTP_GET, TCP_CHECK). */
export interface CheckSpec {
  readonly probe: HttpProbe | { readonly kind: 'tcp' };
  /** The longest time of one try, from connecting to the last byte. */
  readonly timeoutMs: number;
  readonly intervalMs: number;
  /** So many good answers in a row make a server healthy. */
  readonly rise: number;
  /** So many bad ones in a row make a healthy one fail, so that one blip does nothing. */
  readonly fall: number;
}

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** When a gate is asked, and what follows from its answers. */
export interface GateTerms {
  /** The time from question to question, while a step waits and during a step. */
  readonly everyMs?: number;
  /** So many of the last answers may be bad: one more, and the gate has failed. */
  readonly failures?: AllowedFailures;
  /** The gate is asked from then on, and no step but the first with weight goes without it. */
  readonly after?: GateBeginning;
  /** The meaning of an answer that says nothing; absent: `wait`. */
  readonly noData?: NoDataAction;
  /** Absent: as the policy of the rollout says. */
  readonly onFailure?: 'rollback' | 'hold' | 'report';
}

export interface AllowedFailures {
  readonly of: number;
  readonly allowed: number;
}

/** Connections that the new servers have got in this rollout, or the time of the ramp, or of its own step. */
export type GateBeginning =
  | { readonly kind: 'connections'; readonly connections: number }
  | { readonly kind: 'time'; readonly ms: number };

export const noDataActions = ['wait', 'pass', 'fail'] as const;
export type NoDataAction = (typeof noDataActions)[number];

/** A condition before each step, about the whole rather than about one server. Plain data. */
export type GateSpec = GateTerms &
  (
    | { readonly kind: 'command'; readonly words: CommandWords }
    | HttpProbe
    | {
        readonly kind: 'prometheus';
        /** The URL of the server itself, without `/api/v1/query`. */
        readonly url: string;
        readonly query: string;
        readonly comparison: Comparison;
        readonly limit: number;
        /** The query is asked of both sides, and the limit is for what comes of the two answers. */
        readonly compare?: SideComparison;
      }
  );

/** The new servers held against the old ones. */
export interface SideComparison {
  readonly by: 'ratio' | 'difference';
  /** Connections that each side needs to have got; with fewer there is nothing to compare. */
  readonly minimum?: number;
}

/** An answer that says nothing: the question came to no value, or to no answer at all. */
export type NoData = 'empty' | 'no-answer';

/** The check and the gates of a rollout. */
export interface GateSet {
  /** Health of every new server. */
  readonly check?: CheckSpec;
  readonly gates: readonly GateSpec[];
}

/**
 * Kinds of gates: health of one new server, one of the gates of a plan, IPVS itself, a floor of capacity, or
 * the checks of the program that manages the service.
 */
export const gateKinds = [
  'check',
  'command',
  'http',
  'prometheus',
  'ipvs',
  'floor',
  'manager',
] as const;
export type GateKind = (typeof gateKinds)[number];

/**
 * Reasons why a step waits for a gate: an answer that says nothing, connections or a time before its first
 * question, an answer that is bad or alternates with good ones, or is not there yet, and a service that would
 * be below its floor, or a server that its manager's checks have taken out.
 */
export const gateWaits = [
  'no-data',
  'no-answer',
  'connections',
  'time',
  'alternating',
  'bad-answer',
  'not-answered',
  'capacity',
  'server-down',
] as const;
export type GateWaitReason = (typeof gateWaits)[number];

/** A gate as events, records and sentences name it. */
export interface GateLabel {
  /** `check http://10.0.0.2:80/healthz`, `gate-command ./smoke.sh`, `ipvs`. */
  readonly gate: string;
  readonly gateKind: GateKind;
}

/** Gates whose names begin with the option that they were given by. */
const namedByOption: ReadonlySet<GateKind> = new Set(['command', 'http', 'prometheus']);

/** `gate check tcp 10.0.0.2:80`, but `gate-command ./smoke.sh`: how sentences call it. */
export const gateTitle = ({ gate, gateKind }: GateLabel): string =>
  namedByOption.has(gateKind) ? gate : `gate ${gate}`;

/** `http://user:secret@host/` is `http://host/`: what names and messages show of a URL. */
export const withoutCredentials = (url: string): string =>
  url.replace(/^([a-z]+:\/\/)?[^/?#\\]*@/i, '$1');

/** A gate as its option has it: `gate-command ./smoke.sh`, `gate-http http://watch/ok`. */
export function gateText(spec: GateSpec): string {
  switch (spec.kind) {
    case 'command':
      return `gate-command ${spec.words.join(' ')}`;
    case 'http':
      return `gate-http ${withoutCredentials(spec.url)}`;
    case 'prometheus': {
      return `gate-prometheus ${withoutCredentials(spec.url)}#${conditionText(spec)}`;
    }
    default:
      return assertNever(spec);
  }
}

/** The condition as people write it: `job:errors:ratio<=0.01`, compared `rate(e[1m]) new/old<=1.2`. */
export function conditionText({
  query,
  comparison,
  limit,
  compare,
}: Extract<GateSpec, { readonly kind: 'prometheus' }>): string {
  const sides = compare ? { ratio: ' new/old', difference: ' new-old' }[compare.by] : '';
  return `${query}${sides}${comparison}${limit}`;
}

/** A health check's URL for one server; an IPv6 address gets its brackets: `http://[2001:db8::1]:80/`. */
export function urlForServer(template: string, address: string, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const url = template.replaceAll('[{address}]', '{address}');
  return fillPlaceholders(url, { address: host, port: String(port) }) ?? url;
}
