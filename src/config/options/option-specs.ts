/** An option as the command line, its help, and files know it. */
export interface OptionSpec {
  /** The name in camelCase, as files write it. */
  readonly name: string;
  /** The option as the command line writes it, with its argument. */
  readonly flags: string;
  readonly help: string;
  /**
   * `list`: repeatable, and commas separate as well; gates: repeatable. In files `check` and gates may be
   * mappings, and `steps` a list of them.
   */
  readonly kind: 'text' | 'list' | 'flag' | 'check' | 'steps' | GateOption;
  /** The heading that the option has in a help. */
  readonly part: OptionPart;
  /** All values that the option can have, where these are few. */
  readonly values?: readonly string[];
  /** The environment variable that can give the option. */
  readonly variable?: string;
  /** Whether the option is on the command line only. */
  readonly commandLineOnly?: true;
}

/** Repeatable. */
export type GateOption = 'gate-command' | 'gate-http' | 'gate-prometheus';

export type OptionPart = 'servers' | 'pace' | 'care' | 'place' | 'output' | 'own';

/**
 * Every option of a rollout, once: the command line, plan files and the config file all read this
 * table, so an option works in each of them under the same name (camelCase in files).
 */
export const optionSpecs = [
  {
    name: 'from',
    part: 'servers',
    flags: '--from <servers>',
    kind: 'list',
    help: 'real servers to drain: 10.0.0.1, 10.0.0.1:8080, [2001:db8::1]:80, a host name, docker://NAME, or a group of the config file',
  },
  {
    name: 'to',
    part: 'servers',
    flags: '--to <servers>',
    kind: 'list',
    help: 'real servers to fill, SERVER or SERVER=SHARE (relative capacity); one that is not in the table is added',
  },
  {
    name: 'over',
    part: 'pace',
    flags: '--over <duration>',
    kind: 'text',
    help: 'length of the ramp; 0s is a switch in one step (default: 5m)',
  },
  {
    name: 'every',
    part: 'pace',
    flags: '--every <duration>',
    kind: 'text',
    help: 'time between steps (default: a twentieth of the ramp, 1s to 30s)',
  },
  {
    name: 'curve',
    values: ['linear', 's-curve', 'exponential'],
    part: 'pace',
    flags: '--curve <shape>',
    kind: 'text',
    help: 'linear, s-curve or exponential (default: linear)',
  },
  {
    name: 'steps',
    part: 'pace',
    flags: '--steps <percentages>',
    kind: 'steps',
    help: 'percentages moved instead of a curve, such as 1,5,25,50,100; each lasts --every',
  },
  {
    name: 'until',
    part: 'pace',
    flags: '--until <percent>',
    kind: 'text',
    help: 'end at this share moved, such as 10%, with old and new servers in the table; drain resume goes on from there (--over is the way to 100 %)',
  },
  {
    name: 'at',
    part: 'pace',
    flags: '--at <time>',
    kind: 'text',
    help: 'begin then and wait until that: 2h from now, 18:00, or 2026-12-01T03:00, with a zone such as Z or +01:00 (default: now)',
  },
  {
    name: 'service',
    part: 'servers',
    flags: '--service <service>',
    kind: 'list',
    help: 'only these virtual services: tcp/10.0.0.100:80, udp/..., sctp/..., fwm/7, fwm6/7 (default: all that hold the old servers)',
  },
  {
    name: 'weight',
    part: 'servers',
    flags: '--weight <n>',
    kind: 'text',
    help: "total final weight of the new servers in each service (default: theirs plus the old servers')",
  },
  {
    name: 'setScheduler',
    values: ['wrr'],
    part: 'servers',
    flags: '--set-scheduler <name>',
    kind: 'text',
    help: 'wrr: switch a service that has another scheduler, as part of the plan',
  },
  {
    name: 'restoreScheduler',
    part: 'servers',
    flags: '--restore-scheduler',
    kind: 'flag',
    help: 'with --set-scheduler: scheduler and flags from before again at the end, as after a rollback',
  },
  {
    name: 'drainTimeout',
    part: 'pace',
    flags: '--drain-timeout <duration>',
    kind: 'text',
    help: 'how long to wait for connections after the ramp (default: 10m)',
  },
  {
    name: 'settle',
    part: 'pace',
    flags: '--settle <duration>',
    kind: 'text',
    help: 'how long an old server must stay empty before it is removed (default: 5s)',
  },
  {
    name: 'poll',
    part: 'pace',
    flags: '--poll <duration>',
    kind: 'text',
    help: 'sampling period (default: 1s)',
  },
  {
    name: 'onTimeout',
    values: ['hold', 'remove', 'reset', 'rollback'],
    part: 'care',
    flags: '--on-timeout <action>',
    kind: 'text',
    help: 'hold, remove, reset (remove, and reset the clients that are left, so that they connect anew) or rollback when the drain timeout passes (default: hold)',
  },
  {
    name: 'onFailure',
    values: ['rollback', 'hold'],
    part: 'care',
    flags: '--on-failure <action>',
    kind: 'text',
    help: 'rollback or hold when a check fails (default: rollback)',
  },
  {
    name: 'onInterrupt',
    values: ['hold', 'rollback'],
    part: 'care',
    flags: '--on-interrupt <action>',
    kind: 'text',
    help: 'hold or rollback at SIGINT or SIGTERM (default: hold)',
  },
  {
    name: 'keep',
    part: 'servers',
    flags: '--keep',
    kind: 'flag',
    help: 'leave the old servers in the table at weight 0',
  },
  {
    name: 'check',
    part: 'care',
    flags: '--check <url>',
    kind: 'check',
    help: 'health of every new server, all through the rollout: http://{address}:{port}/healthz, or tcp',
  },
  {
    name: 'noCheck',
    part: 'care',
    variable: 'DRAIN_NO_CHECK',
    flags: '--no-check',
    kind: 'flag',
    help: 'no TCP connect to new servers before the first step, where there is no --check',
  },
  {
    name: 'gateCommand',
    part: 'care',
    flags: '--gate-command <command>',
    kind: 'gate-command',
    help: 'must end with exit code 0 before each step; split into words, never given to a shell',
  },
  {
    name: 'gateHttp',
    part: 'care',
    flags: '--gate-http <url>',
    kind: 'gate-http',
    help: 'must answer 200 to 299 before each step',
  },
  {
    name: 'gatePrometheus',
    part: 'care',
    flags: '--gate-prometheus <url#query<=n>',
    kind: 'gate-prometheus',
    help: 'must hold before each step, such as http://prometheus:9090#job:errors:ratio<=0.01',
  },
  {
    name: 'noIpvsGate',
    part: 'care',
    flags: '--no-ipvs-gate',
    kind: 'flag',
    help: 'without the gate that IPVS itself is: a new server that leaves handshakes unanswered fails nothing',
  },
  {
    name: 'director',
    part: 'place',
    flags: '--director <where>',
    kind: 'list',
    help: 'where IPVS runs, repeatable: local, ssh://[user@]host[:port], a name of the config file, or sim[:FILE], a simulated director (default: local)',
  },
  {
    name: 'quorum',
    part: 'place',
    flags: '--quorum <n>',
    kind: 'text',
    help: 'go on without directors that fail as long as so many are left; they are brought to the current step when they return (default: all of them)',
  },
  {
    name: 'allowDifferences',
    part: 'place',
    flags: '--allow-differences',
    kind: 'flag',
    help: 'take directors whose tables differ each as it is',
  },
  {
    name: 'ipvsadm',
    part: 'place',
    flags: '--ipvsadm <command>',
    kind: 'text',
    help: 'how to call ipvsadm, such as "sudo ipvsadm"; split into words, never given to a shell (default: ipvsadm)',
  },
  {
    name: 'state',
    part: 'place',
    variable: 'DRAIN_STATE',
    flags: '--state <place>',
    kind: 'text',
    help: 'where journals and locks live: a folder, or etcd://host:2379,host:2379/prefix (default: /var/lib/drain for root, else $XDG_STATE_HOME/drain; none for sim)',
  },
  {
    name: 'output',
    values: ['auto', 'tty', 'plain', 'json'],
    part: 'output',
    variable: 'DRAIN_OUTPUT',
    flags: '--output <form>',
    kind: 'text',
    help: 'auto, tty, plain or json (default: auto: tty on a terminal, else plain)',
  },
  {
    name: 'report',
    part: 'output',
    flags: '--report <file>',
    kind: 'text',
    help: 'write the picture of the rollout to this file (HTML); {rollout} in its name becomes the id',
  },
  {
    name: 'reason',
    part: 'output',
    variable: 'DRAIN_REASON',
    flags: '--reason <text>',
    kind: 'text',
    help: 'why: it stands with your name in the journal and wherever the rollout is shown',
  },
  {
    name: 'config',
    part: 'place',
    variable: 'DRAIN_CONFIG',
    flags: '--config <file>',
    kind: 'text',
    help: 'names, groups and defaults (default: ./drain.yaml, /etc/drain/drain.yaml)',
    commandLineOnly: true,
  },
  {
    name: 'dryRun',
    part: 'output',
    flags: '--dry-run',
    kind: 'flag',
    help: 'show the plan, change nothing',
    commandLineOnly: true,
  },
  {
    name: 'yes',
    part: 'output',
    flags: '--yes',
    kind: 'flag',
    help: 'ask nothing on a terminal',
    commandLineOnly: true,
  },
] as const satisfies readonly OptionSpec[];
