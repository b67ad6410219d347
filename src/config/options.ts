import type { CheckSpec } from '../domain/gate.ts';
import type { NotifyTarget } from '../domain/notice.ts';
import type { Stop } from '../domain/plan.ts';

/**
 * Every option of a rollout, once: the command line, plan files and the config file all read this
 * table, so an option works in each of them under the same name (camelCase in files).
 */
export interface OptionSpec {
  /** camelCase, as files write it. */
  readonly name: string;
  /** As the command line writes it, with its argument. */
  readonly flags: string;
  readonly help: string;
  /**
   * `list`: repeatable, and commas separate as well; `texts`: repeatable. In files `check` may be a
   * mapping, and `steps` a list of them.
   */
  readonly kind: 'text' | 'list' | 'texts' | 'flag' | 'check' | 'steps';
  /** Only on the command line. */
  readonly commandLineOnly?: true;
}

export const optionSpecs = [
  {
    name: 'from',
    flags: '--from <servers>',
    kind: 'list',
    help: 'real servers to drain: 10.0.0.1, 10.0.0.1:8080, [2001:db8::1]:80, a host name, or a group of the config file',
  },
  {
    name: 'to',
    flags: '--to <servers>',
    kind: 'list',
    help: 'real servers to fill, SERVER or SERVER=SHARE (relative capacity); one that is not in the table is added',
  },
  {
    name: 'over',
    flags: '--over <duration>',
    kind: 'text',
    help: 'length of the ramp; 0s is a switch in one step (default: 5m)',
  },
  {
    name: 'every',
    flags: '--every <duration>',
    kind: 'text',
    help: 'time between steps (default: a twentieth of the ramp, 1s to 30s)',
  },
  {
    name: 'curve',
    flags: '--curve <shape>',
    kind: 'text',
    help: 'linear, s-curve or exponential (default: linear)',
  },
  {
    name: 'steps',
    flags: '--steps <percentages>',
    kind: 'steps',
    help: 'percentages moved instead of a curve, such as 1,5,25,50,100; each lasts --every',
  },
  {
    name: 'service',
    flags: '--service <service>',
    kind: 'list',
    help: 'only these virtual services: tcp/10.0.0.100:80, udp/..., sctp/..., fwm/7, fwm6/7 (default: all that hold the old servers)',
  },
  {
    name: 'weight',
    flags: '--weight <n>',
    kind: 'text',
    help: "total final weight of the new servers in each service (default: theirs plus the old servers')",
  },
  {
    name: 'setScheduler',
    flags: '--set-scheduler <name>',
    kind: 'text',
    help: 'wrr: switch a service whose scheduler ignores weights, as part of the plan',
  },
  {
    name: 'drainTimeout',
    flags: '--drain-timeout <duration>',
    kind: 'text',
    help: 'how long to wait for connections after the ramp (default: 10m)',
  },
  {
    name: 'settle',
    flags: '--settle <duration>',
    kind: 'text',
    help: 'how long an old server must stay empty before it is removed (default: 5s)',
  },
  {
    name: 'poll',
    flags: '--poll <duration>',
    kind: 'text',
    help: 'sampling period (default: 1s)',
  },
  {
    name: 'onTimeout',
    flags: '--on-timeout <action>',
    kind: 'text',
    help: 'hold, remove or rollback when the drain timeout passes (default: hold)',
  },
  {
    name: 'onFailure',
    flags: '--on-failure <action>',
    kind: 'text',
    help: 'rollback or hold when a check fails (default: rollback)',
  },
  {
    name: 'onInterrupt',
    flags: '--on-interrupt <action>',
    kind: 'text',
    help: 'hold or rollback at SIGINT or SIGTERM (default: hold)',
  },
  {
    name: 'keep',
    flags: '--keep',
    kind: 'flag',
    help: 'leave the old servers in the table at weight 0',
  },
  {
    name: 'check',
    flags: '--check <url>',
    kind: 'check',
    help: 'health of every new server, all through the rollout: http://{address}:{port}/healthz, or tcp',
  },
  {
    name: 'gateCommand',
    flags: '--gate-command <command>',
    kind: 'texts',
    help: 'must end with exit code 0 before each step; split into words, never given to a shell',
  },
  {
    name: 'gateHttp',
    flags: '--gate-http <url>',
    kind: 'texts',
    help: 'must answer 200 to 299 before each step',
  },
  {
    name: 'gatePrometheus',
    flags: '--gate-prometheus <url#query<=n>',
    kind: 'texts',
    help: 'must hold before each step, such as http://prometheus:9090#job:errors:ratio<=0.01',
  },
  {
    name: 'director',
    flags: '--director <where>',
    kind: 'list',
    help: 'where IPVS runs, repeatable: local, ssh://[user@]host[:port], a name of the config file, or sim[:FILE], a simulated director (default: local)',
  },
  {
    name: 'quorum',
    flags: '--quorum <n>',
    kind: 'text',
    help: 'go on without directors that fail as long as so many are left; they are brought to the current step when they return (default: all of them)',
  },
  {
    name: 'allowDifferences',
    flags: '--allow-differences',
    kind: 'flag',
    help: 'take directors whose tables differ each as it is',
  },
  {
    name: 'ipvsadm',
    flags: '--ipvsadm <command>',
    kind: 'text',
    help: 'how to call ipvsadm, such as "sudo ipvsadm"; split into words, never given to a shell (default: ipvsadm)',
  },
  {
    name: 'state',
    flags: '--state <place>',
    kind: 'text',
    help: 'where journals and locks live: a folder, or etcd://host:2379,host:2379/prefix (default: /var/lib/drain for root, else $XDG_STATE_HOME/drain; none for sim)',
  },
  {
    name: 'output',
    flags: '--output <form>',
    kind: 'text',
    help: 'auto, tty, plain or json (default: auto: tty on a terminal, else plain)',
  },
  {
    name: 'report',
    flags: '--report <file>',
    kind: 'text',
    help: 'write the picture of the rollout to this file (HTML); {rollout} in its name becomes the id',
  },
  {
    name: 'config',
    flags: '--config <file>',
    kind: 'text',
    help: 'names, groups and defaults (default: ./drain.yaml, /etc/drain/drain.yaml)',
    commandLineOnly: true,
  },
  {
    name: 'dryRun',
    flags: '--dry-run',
    kind: 'flag',
    help: 'show the plan, change nothing',
    commandLineOnly: true,
  },
  {
    name: 'yes',
    flags: '--yes',
    kind: 'flag',
    help: 'ask nothing on a terminal',
    commandLineOnly: true,
  },
] as const satisfies readonly OptionSpec[];

/** Of `drain serve` alone, and of the config file. */
export const serveOptionSpecs = [
  {
    name: 'listen',
    flags: '--listen <address>',
    kind: 'text',
    help: 'address and port (default: 127.0.0.1:9815); beyond this machine only with a token',
  },
  {
    name: 'tokenFile',
    flags: '--token-file <file>',
    kind: 'text',
    help: 'what every request but / and /healthz has to bring as Authorization: Bearer (or DRAIN_SERVE_TOKEN in the environment)',
  },
] as const satisfies readonly OptionSpec[];

/** Too much for a command line: in files alone. */
export const fileOptions = ['notify'] as const;

export type OptionName =
  | (typeof optionSpecs)[number]['name']
  | (typeof serveOptionSpecs)[number]['name']
  | (typeof fileOptions)[number];

/** An option as somebody wrote it, and where: `--over`, or `plan.yaml:3:7, over`. */
export interface GivenOption {
  readonly values: readonly string[];
  readonly where: string;
  /** Which part of a file it is from, where the file has several that fill each other in. */
  readonly layer?: string;
  /** `check` as a mapping of a file. */
  readonly check?: CheckSpec;
  /** What else a file says about each of the `steps`. */
  readonly stops?: readonly Stop[];
  /** Who is told, under `notify` of a file. */
  readonly notify?: readonly NotifyTarget[];
}

/** Options by name; one that was not given is absent. A flag has the value `true`. */
export type GivenOptions = ReadonlyMap<OptionName, GivenOption>;

/**
 * The first that gives an option wins: command line, then plan file, then config file. In the order
 * of the options the strongest are last.
 */
export function layered(...layers: readonly GivenOptions[]): GivenOptions {
  const given = new Map<OptionName, GivenOption>();
  for (const [name, option] of layers.toReversed().flatMap((layer) => [...layer])) {
    given.delete(name);
    given.set(name, option);
  }
  return given;
}
