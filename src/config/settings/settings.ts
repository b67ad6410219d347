import { parseServiceKey, type ServiceKey, serviceKey } from '../../domain/address.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { NotifyTarget } from '../../domain/events/notice.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type { GateSet } from '../../domain/health/gate.ts';
import { maxWeight } from '../../domain/ipvs/ipvs.ts';
import { isEtcdPlace, parseEtcdPlace } from '../../domain/places/etcd-place.ts';
import { isSshAddress, parseSshAddress } from '../../domain/places/ssh-address.ts';
import { printable } from '../../domain/printable.ts';
import { type RampRequest, type RolloutPolicy, timeoutActions } from '../../domain/rollout/plan.ts';
import { adviceText } from '../../domain/rollout/rollout-status.ts';
import type { GivenOptions } from '../options/options.ts';
import { OptionReader, readWhole } from '../options/read-values.ts';
import { gateSettings } from './gate-settings.ts';
import { rampSettings } from './ramp-settings.ts';
import { type TimeSettings, timeSettings } from './time-settings.ts';

/** The options of a rollout, checked, with server names still as they were written. */
export interface Settings extends TimeSettings {
  readonly from: readonly string[];
  readonly to: readonly { readonly name: string; readonly share?: number }[];
  readonly services?: readonly ServiceKey[];
  readonly ramp: RampRequest;
  readonly weight?: number;
  readonly setScheduler?: 'wrr';
  readonly restoreScheduler?: true;
  readonly policy: RolloutPolicy;
  /** Whether directors may hold different tables. */
  readonly allowDifferences: boolean;
  readonly gates?: GateSet;
  /** Whether to go past marks of servers that are out, and arounds that are at them. */
  readonly force?: boolean;
  readonly tools: ToolSettings;
}

/** The settings of where and how, as opposed to what. */
export interface ToolSettings {
  readonly directors: readonly string[];
  readonly ipvsadm: string;
  /** `--state`; undefined is the usual place. */
  readonly state: string | undefined;
  /** The config file that was named, or found in the working folder. */
  readonly config?: string | undefined;
  /** `--state`, `DRAIN_STATE` or the place in a file that the state is from. */
  readonly stateGivenBy?: string | undefined;
  readonly output: 'auto' | 'tty' | 'plain' | 'json';
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** The file that the report is written to; `{rollout}` stands for the rollout's id. */
  readonly report?: string;
  /** Recipients of notices; never part of a plan, for a URL may hold a token. */
  readonly notify: readonly NotifyTarget[];
}

/** The kernel's own counters move no faster than this. */
const shortestPollMs = 100;

export function readToolSettings(given: GivenOptions): Result<ToolSettings> {
  const reader = new OptionReader(given);
  const tools = toolSettings(reader);
  const failure = reader.failure();
  return failure ? fail(failure) : ok(tools);
}

/** `--over` and `--every` of a rollback; without `--over` it has no ramp. */
export function readRollbackPace(
  given: GivenOptions,
): Result<{ readonly overMs: number; readonly everyMs: number } | undefined> {
  const reader = new OptionReader(given);
  if (reader.has('every') && !reader.has('over')) {
    reader.refuse('every', '--every is the pace of a ramp', 'say how long it is with --over');
  }
  const { overMs, everyMs } = rampSettings(reader);
  const failure = reader.failure();
  if (failure) return fail(failure);
  return ok(reader.has('over') && overMs > 0 ? { overMs, everyMs } : undefined);
}

/** All options of a rollout, or the first that is wrong with what is allowed there. */
export function readSettings(given: GivenOptions): Result<Settings> {
  const reader = new OptionReader(given);
  const settings: Settings = {
    from: serverList(reader, 'from'),
    to: newServers(reader),
    ...paceSettings(reader),
  };
  const failure = reader.failure();
  return failure ? fail(failure) : ok(settings);
}

/** All settings but the old and the new servers. */
export type PaceSettings = Omit<Settings, 'from' | 'to'>;

/** The options that need no server: how a rollout would go, and where. */
export function readPaceSettings(given: GivenOptions): Result<PaceSettings> {
  const reader = new OptionReader(given);
  const settings = paceSettings(reader);
  const failure = reader.failure();
  return failure ? fail(failure) : ok(settings);
}

const paceSettings = (reader: OptionReader): PaceSettings => ({
  ramp: rampSettings(reader),
  policy: policy(reader),
  tools: toolSettings(reader),
  allowDifferences: reader.flag('allowDifferences'),
  ...services(reader),
  ...scheduler(reader),
  ...weight(reader),
  ...gateSettings(reader),
  ...timeSettings(reader),
  ...(reader.flag('force') ? { force: true } : {}),
});

function toolSettings(reader: OptionReader): ToolSettings {
  const directors = directorsOf(reader);
  if (directors.includes('')) {
    reader.refuse('director', 'a director has no name', 'write for example ssh://root@lb1');
  }
  for (const director of directors.filter(isSshAddress)) {
    const address = parseSshAddress(director);
    if (!address.ok)
      reader.refuse('director', address.failure.what, adviceText(address.failure.next ?? ''));
  }
  return {
    directors,
    ipvsadm: reader.text('ipvsadm') ?? 'ipvsadm',
    state: stateDirectory(reader),
    config: reader.text('config') || undefined,
    stateGivenBy: reader.option('state')?.where,
    output: reader.choice('output', ['auto', 'tty', 'plain', 'json'], 'auto'),
    dryRun: reader.flag('dryRun'),
    yes: reader.flag('yes'),
    ...reportFile(reader),
    notify: reader.option('notify')?.notify ?? [],
  };
}

const directorsOf = (reader: OptionReader): readonly string[] =>
  reader.has('director') ? reader.list('director') : ['local'];

function reportFile(reader: OptionReader): Pick<ToolSettings, 'report'> {
  const report = reader.text('report');
  if (report === '') {
    reader.refuse('report', 'the report has no name', 'give a file, such as rollout.html');
  }
  return report === undefined ? {} : { report };
}

function stateDirectory(reader: OptionReader): string | undefined {
  const state = reader.text('state');
  if (state !== undefined && isEtcdPlace(state)) {
    const place = parseEtcdPlace(state);
    if (!place.ok) reader.refuse('state', place.failure.what, adviceText(place.failure.next ?? ''));
  } else if (state === '' || (state !== undefined && /^[a-z]+:\/\//.test(state))) {
    reader.refuse(
      'state',
      `"${printable(state)}" is no state of this version`,
      'give a folder or etcd://HOST:2379/PREFIX',
    );
  }
  return state;
}

function serverList(reader: OptionReader, name: 'from' | 'to'): readonly string[] {
  const servers = reader.list(name);
  const example = name === 'from' ? '--from 10.0.0.1' : '--to 10.0.0.2';
  if (servers.length === 0) {
    const role = name === 'from' ? 'the real servers to drain' : 'the real servers to fill';
    reader.refuse(name, `--${name} is missing: ${role}`, `name them, for example ${example}`);
  }
  if (servers.includes('')) {
    reader.refuse(
      name,
      `--${name} has an empty name in it`,
      `name servers, for example ${example}`,
    );
  }
  return [...new Set(servers)];
}

function newServers(reader: OptionReader): Settings['to'] {
  return serverList(reader, 'to').map((text) => {
    const at = text.lastIndexOf('=');
    if (at < 0) return { name: text };
    const shareText = text.slice(at + 1);
    const share = /^\d{1,6}(\.\d{1,3})?$/.test(shareText) ? Number(shareText) : 0;
    if (share <= 0) {
      reader.refuse(
        'to',
        `"${printable(text)}": "${printable(shareText)}" is no share`,
        'a share is a number above 0, such as 10.0.0.2=3',
      );
    }
    return { name: text.slice(0, at), share };
  });
}

function policy(reader: OptionReader): RolloutPolicy {
  const pollMs = reader.durationMs('poll', 1_000);
  if (pollMs < shortestPollMs) {
    reader.refuse(
      'poll',
      `--poll ${formatDuration(pollMs)} is too short`,
      `give at least ${formatDuration(shortestPollMs)}`,
    );
  }
  return {
    drainTimeoutMs: reader.durationMs('drainTimeout', 600_000),
    settleMs: reader.durationMs('settle', 5_000),
    pollMs,
    onTimeout: onTimeoutOf(reader),
    onFailure: reader.choice('onFailure', ['rollback', 'hold'], 'rollback'),
    onInterrupt: reader.choice('onInterrupt', ['hold', 'rollback'], 'hold'),
    keep: reader.flag('keep'),
    ...(reader.flag('noCheck') ? { skipsConnect: true } : {}),
    ...(reader.flag('noIpvsGate') ? { skipsIpvsGate: true } : {}),
    ...quorum(reader),
  };
}

/** Reads `--on-timeout`; a server that stays in the table keeps its connections. */
function onTimeoutOf(reader: OptionReader): RolloutPolicy['onTimeout'] {
  const action = reader.choice('onTimeout', timeoutActions, 'hold');
  if (action === 'reset' && reader.flag('keep')) {
    reader.refuse(
      'onTimeout',
      '--on-timeout reset is about servers that are removed, and --keep leaves them in the table',
      'give one of them',
    );
  }
  return action;
}

/** Reads `--quorum`; as many as there are directors is what every rollout has without it. */
function quorum(reader: OptionReader): Pick<RolloutPolicy, 'quorum'> {
  const count = directorsOf(reader).length;
  const value = reader.read('quorum', undefined, readWhole(1, 10_000));
  if (value === undefined) return {};
  if (value > count) {
    reader.refuse(
      'quorum',
      `--quorum ${value} is more than there are directors (${count})`,
      'name every director with --director, or ask for fewer',
    );
  }
  return { quorum: value };
}

const services = (reader: OptionReader): Pick<Settings, 'services'> =>
  reader.has('service') ? { services: readServices(reader) } : {};

/** The services that `--service` names. */
export const readServices = (reader: OptionReader): readonly ServiceKey[] =>
  reader.list('service').flatMap((text) => {
    const address = parseServiceKey(text);
    if (address) return [serviceKey(address)];
    reader.refuse(
      'service',
      `"${printable(text)}" is no virtual service`,
      'write it as tcp/10.0.0.100:80, udp/[2001:db8::1]:53, sctp/10.0.0.100:3868, fwm/7 or fwm6/7',
    );
    return [];
  });

function scheduler(reader: OptionReader): Pick<Settings, 'setScheduler' | 'restoreScheduler'> {
  const restores = reader.flag('restoreScheduler');
  if (!reader.has('setScheduler')) {
    // In a config file the option is for those rollouts that switch.
    if (restores && reader.option('restoreScheduler')?.layer !== 'config-file') {
      reader.refuse(
        'restoreScheduler',
        '--restore-scheduler is about a scheduler that the plan switches, and none is asked for',
        'say which with --set-scheduler wrr, or leave it out',
      );
    }
    return {};
  }
  const setScheduler = reader.choice('setScheduler', ['wrr'], 'wrr');
  return { setScheduler, ...(restores ? { restoreScheduler: true } : {}) };
}

function weight(reader: OptionReader): Pick<Settings, 'weight'> {
  const value = reader.read('weight', undefined, readWhole(1, maxWeight));
  return value === undefined ? {} : { weight: value };
}
