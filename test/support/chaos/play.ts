import type { ServerKey } from '../../../src/domain/address.ts';
import { isFinalEnd } from '../../../src/domain/rollout/rollout-status.ts';
import { foldJournal } from '../../../src/rollout/state/journal.ts';
import { hasBegun, scaleInForce } from '../../../src/rollout/state/ramp-progress.ts';
import { lastStep, type RolloutState } from '../../../src/rollout/state/rollout-state.ts';
import { type Command, carryOut } from '../account/commands.ts';
import { createMachine, type Weights } from '../account/machine.ts';
import { type DrainProcess, type Ended, startProcess } from '../account/process.ts';
import { web } from '../account/table.ts';
import { thinTraffic } from '../web-traffic.ts';
import { allowedEnds, allowedWeights, type Met } from './allowed.ts';
import type { Drawn } from './drawn.ts';

export interface ChaosRun {
  /** What must not be. */
  readonly wrong: readonly string[];
  /** What happened, for people. */
  readonly log: readonly string[];
  readonly kills: number;
  /** The end that it came to: `done 0`. */
  readonly end: string;
}

const callers = {
  same: { state: 'a', words: 'ipvsadm' },
  'other-words': { state: 'b', words: 'ip netns exec lb ipvsadm' },
  'other-user': { state: 'b', words: 'ipvsadm', user: 'anna' },
} as const;

/** More commands than any rollout needs. */
const mostCommands = 30;

const bystander = '10.0.0.3:80' as ServerKey;

/** Ends of one command that a chaos may have: the journal's outcome, and the exit code. */
const endOf = (state: RolloutState | undefined, exitCode: number): string =>
  `${state ? (state.end?.outcome ?? 'unfinished') : 'none'} ${exitCode}`;

/** Plays a rollout through all that was drawn until it has an end, and says what is not as it may be. */
export async function playChaos(drawn: Drawn, seed: number): Promise<ChaosRun> {
  // Those who come back to the server they know are enough that OLD is never empty.
  const machine = createMachine(drawn.table, {
    ...(drawn.isPersistent
      ? {
          traffic: [{ ...thinTraffic, perSecond: 16, lifeMs: 2_000, clients: 60 }],
          warmUpMs: 20_000,
        }
      : { traffic: [thinTraffic] }),
    seed,
  });
  const { simulation } = machine;
  const { clock } = simulation;
  const startMs = clock.nowMs();
  const store = machine.states.get('a')?.store;
  if (!store) throw new Error('no state');
  const wrong: string[] = [];
  const log: string[] = [];
  const say = (text: string): void =>
    void log.push(`${((clock.nowMs() - startMs) / 1_000).toFixed(1)} ${text}: ${shown()}`);
  const note = (text: string): void => {
    wrong.push(text);
    say(`WRONG ${text}`);
  };
  const shown = (): string => JSON.stringify(Object.values(byService(machine.weights())));
  const before = byService(machine.weights());

  /** The rollout of OLD that somebody began last. */
  const latest = async (): Promise<RolloutState | undefined> => {
    const ids = await store.list();
    for (const id of ids.ok ? ids.value : []) {
      const read = await store.read(id);
      if (read.ok) return foldJournal(read.value);
    }
    return undefined;
  };
  const begin = (command: Command, by: Drawn['secondBy'] = 'same'): DrainProcess => {
    const what = JSON.stringify(command);
    say(by === 'same' ? what : `${what} (${by})`);
    return startProcess(machine, { ...callers[by], what }, (tools) =>
      carryOut(machine, tools, command),
    );
  };

  let main: DrainProcess | undefined;
  let begunMs = startMs;
  let editCount = 0;
  let edit: Met['edit'] = 'none';
  let isEdited = false;
  let isStopped = false;
  let wasStopped = false;
  let isOver = false;
  let second: Promise<void> = Promise.resolve();

  for (const { atMs, weight } of drawn.edits) {
    simulation.at(startMs + atMs, () => void editBystander(weight));
  }
  const editBystander = async (weight: number): Promise<void> => {
    const now = machine.weights().get(web)?.get(bystander);
    if (now === undefined || now === weight) return;
    const running = main?.isRunning() ?? false;
    simulation.ipvsadm(['-e', '-t', '10.0.0.100:80', '-r', bystander, '-m', '-w', String(weight)]);
    say(`somebody sets ${bystander} to ${weight}`);
    isEdited = true;
    if (isOver) return;
    // Out of service is out of service on every scale; and who is late may put right what nobody saw.
    const isFirst = edit === 'none';
    if (isFirst && weight === 0) return;
    edit = 'perhaps-seen';
    const nth = ++editCount;
    const state = await latest();
    // Whoever has just begun may have the table of before, or of now.
    const isWatching = running && clock.nowMs() - begunMs > 1_000;
    const isSeen = isFirst && state && isWatching && isMidRamp(state) && hasOwnScale(state);
    if (isSeen && nth === editCount) edit = 'seen';
  };
  if (drawn.stopAtMs !== undefined) {
    simulation.at(startMs + drawn.stopAtMs, () => {
      if (!main?.isRunning()) return;
      say('SIGTERM');
      isStopped = true;
      wasStopped = true;
      main.signal('sigterm');
    });
  }
  if (drawn.secondAtMs !== undefined) {
    simulation.at(startMs + drawn.secondAtMs, () => {
      second = another();
    });
  }
  const another = async (): Promise<void> => {
    const state = await latest();
    const claims = state && !isFinalEnd(state.end) && hasBegun(state);
    if (!claims || (main?.isRunning() && !isMidRamp(state))) return;
    // What has no weight hands none over.
    if (!machine.weights().get(web)?.get(bystander)) return;
    const [from, to] = ['10.0.0.3', '10.0.0.4'];
    const other = begin({ kind: 'hand-over', from, to, overMs: 0, force: false }, drawn.secondBy);
    const ended = await other.ended;
    if (ended?.exitCode !== 6)
      note(`another rollout of the service (${drawn.secondBy}): ${ended?.exitCode} ${ended?.said}`);
  };
  const [sickFromMs, sickUntilMs] = drawn.guard?.sickMs ?? [];
  if (sickFromMs !== undefined && sickUntilMs !== undefined) {
    simulation.at(startMs + sickFromMs, () => void machine.sick.add('10.0.0.3'));
    simulation.at(startMs + sickUntilMs, () => void machine.sick.delete('10.0.0.3'));
  }
  const guard = drawn.guard && begin({ kind: 'guard' });

  const handOver: Command & { readonly kind: 'hand-over' } = {
    ...{ kind: 'hand-over', from: '10.0.0.1', to: '10.0.0.2', overMs: 8_000, force: false },
    policy: drawn.policy,
  };
  /** The way on that is printed, as far as it is the way that was drawn. */
  const onward = (state: RolloutState, conflict: Ended | undefined): Command => {
    const { rollout: id, phase, end: held } = state;
    const isOffered = conflict?.advice.some((words) => words.includes('--accept'));
    const canAccept = held?.outcome === 'held' || isOffered;
    if (conflict && !canAccept) {
      if (!hasBegun(state)) return { kind: 'abandon', id };
      for (const line of conflict.mend) {
        say(`somebody: ${line}`);
        simulation.ipvsadm(line.slice(line.indexOf('ipvsadm') + 8).split(' '));
      }
      edit = 'none';
    }
    const words = conflict && canAccept ? ['--accept'] : [];
    return drawn.afterKill === 'back' && phase.kind !== 'rolling-back'
      ? { kind: 'rollback', id, words, pace: drawn.pace }
      : { kind: 'resume', id, words };
  };
  let kills = 0;
  let end = '';
  let command: Command = handOver;
  for (let way: Met['way'] = 'on', count = 1; wrong.length === 0; count++) {
    if (count > mostCommands) {
      note('it does not come to an end');
      break;
    }
    isStopped = false;
    // A plan of the middle of a slow start would take its weight for a base weight.
    if (sickUntilMs && command === handOver && count > 1)
      await clock.sleepUntil(startMs + sickUntilMs + 20_000);
    const accepts = 'words' in command && command.words.includes('--accept');
    // A guard brings back what was accepted, and nobody has noted that a second time.
    if (accepts) edit = sickFromMs === undefined ? 'none' : 'perhaps-seen';
    main = begin(command);
    begunMs = clock.nowMs();
    const kill = drawn.kills[kills];
    if (kill) main.killAt(kill.point, kill.when);
    const ended: Ended | undefined = await main.ended;
    const state = await latest();
    await second;
    if (!ended && kill) {
      kills++;
      if (accepts || (edit as Met['edit']) === 'seen') edit = 'perhaps-seen';
      say('killed');
      await clock.sleepUntil(clock.nowMs() + kill.pauseMs);
      await second;
    }
    const isKilled = !ended && !isFinalEnd(state?.end);
    end = endOf(state, ended?.exitCode ?? state?.end?.exitCode ?? 0);
    const allowed = allowedEnds(drawn, { way, isStopped, wasStopped, edit });
    if (!isKilled && !allowed.includes(end))
      note(`${end} ${ended?.said}, not ${allowed.join(', ')}`);
    for (const service of machine.seen.zeros.splice(0)) note(`${service} had no weight at all`);
    if (isFinalEnd(state?.end) || end === 'held 4') break;
    say(isKilled ? 'to be gone on with' : `${end} ${ended?.said}`);
    command = state ? onward(state, end.endsWith(' 6') ? ended : undefined) : handOver;
    if (command.kind === 'abandon') way = 'none';
    else way = command.kind === 'rollback' || state?.phase.kind === 'rolling-back' ? 'back' : 'on';
  }
  isOver = true;
  say(end);
  if (guard) {
    machine.sick.clear();
    await clock.sleepUntil(clock.nowMs() + 60_000);
    guard.signal('sigterm');
    await guard.ended;
  }
  await second;

  const after = byService(machine.weights());
  const outcome = end.split(' ')[0] ?? '';
  if (wrong.length === 0) {
    for (const [service, weights] of Object.entries(before)) {
      const allowed = allowedWeights(drawn, weights, {
        outcome,
        isEdited,
        isHeldUp: service === web,
      });
      for (const server of new Set([
        ...Object.keys(allowed),
        ...Object.keys(after[service] ?? {}),
      ])) {
        const found = after[service]?.[server] ?? null;
        const may = allowed[server] ?? [null];
        if (may !== 'any' && !may.includes(found))
          note(`${server} in ${service} has ${found}, not ${may.join(' or ')}`);
      }
    }
    const marks = await store.marks.list();
    if (!marks.ok || marks.value.length > 0) note(`marks are left: ${JSON.stringify(marks)}`);
  }
  const { refused, reset, hung } = simulation.statistics;
  const mayHang = drawn.isPersistent && drawn.policy.onTimeout === 'remove';
  if (refused + reset > 0 || (hung > 0 && !mayHang))
    note(`clients: ${JSON.stringify({ refused, reset, hung })}`);
  for (const service of machine.seen.zeros.splice(0)) note(`${service} had no weight at all`);
  guard?.kill();
  return { wrong, log, kills, end };
}

/** Whether steps are ahead at which whoever runs the rollout looks at the table. */
function isMidRamp(state: RolloutState): boolean {
  const [director] = state.directors.values();
  const step = director?.step ?? -1;
  return state.phase.kind === 'ramping' && step >= 0 && step <= lastStep(state.plan) - 2;
}

/** Whether the weights of the web service are on a scale that others do not know. */
const hasOwnScale = (state: RolloutState): boolean =>
  scaleInForce(state).some((scale) => scale.startsWith(web));

const byService = (weights: Weights): Readonly<Record<string, Readonly<Record<string, number>>>> =>
  Object.fromEntries(
    [...weights].map(([service, servers]) => [service, Object.fromEntries(servers)]),
  );
