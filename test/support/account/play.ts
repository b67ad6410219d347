import type { ServerKey } from '../../../src/domain/address.ts';
import { resourcesOf } from '../../../src/domain/rollout/rollout-locks.ts';
import type { RolloutState } from '../../../src/rollout/state/rollout-state.ts';
import { withDrawnIds } from '../drawn-ids.ts';
import { createCluster } from './cluster.ts';
import { type Command, carryOut } from './commands.ts';
import { createMachine, type Machine, type StateName } from './machine.ts';
import { createModel } from './model.ts';
import { type DrainProcess, startProcess } from './process.ts';
import type { Act, Step } from './story.ts';
import { baseTable, dns, services, web } from './table.ts';
import { asCommand, wayOut } from './way-out.ts';

export interface Played {
  /** What must not be. */
  readonly wrong: readonly string[];
  /** What happened, for people. */
  readonly log: readonly string[];
  readonly commands: number;
}

/** Plays a story, then ends all that stands by the commands that are printed for that. */
export const play = (story: readonly Step[]): Promise<Played> => withDrawnIds(() => played(story));

async function played(story: readonly Step[]): Promise<Played> {
  const machine = createMachine(baseTable);
  const model = createModel(machine);
  const cluster = createCluster();
  const { clock } = machine.simulation;
  const log: string[] = [];
  const wrong: string[] = [];
  let processes: DrainProcess[] = [];
  let commands = 0;
  const seconds = (): string => ((clock.nowMs() - Date.UTC(2026, 0, 1)) / 1_000).toFixed(1);
  const say = (text: string): void => void log.push(`${seconds()} ${text}`);
  const table = (): string =>
    [...machine.weights()]
      .map(([service, servers]) =>
        [
          service,
          ...[...servers].map(([server, weight]) => `${server.split(':')[0]?.at(-1)}=${weight}`),
        ].join(' '),
      )
      .join(' | ');
  const note = (text: string): void => {
    if (!wrong.includes(text)) {
      wrong.push(text);
      say(`WRONG ${text}: ${table()}`);
    }
  };
  const check = async (): Promise<void> => {
    await model.scan();
    if (new Set(model.unfinished().map(({ state }) => state)).size > 1) await meet();
    for (const service of machine.seen.zeros.splice(0)) note(`${service} had no weight at all`);
    for (const text of model.wrong.splice(0)) note(text);
    for (const text of model.wrongShares()) note(text);
  };
  let met: { readonly pair: string | undefined; readonly atMs: number } = {
    pair: undefined,
    atMs: 0,
  };
  /** Two state folders exclude each other while their rollouts run. */
  const meet = async (): Promise<void> => {
    const both = await Promise.all(
      model.unfinished().map(async ({ state, rollout }) => ({
        resources: resourcesOf(rollout.plan, rollout.access),
        state,
        rollout: rollout.rollout,
        isRunning: await isLocked(machine, state, rollout),
      })),
    );
    const one = both.find(({ state, isRunning }) => state === 'a' && isRunning);
    const other = both.find(
      ({ state, isRunning, resources }) =>
        state === 'b' &&
        isRunning &&
        resources.some((resource) => one?.resources.includes(resource)),
    );
    // A process that finds the table locked has had the lock of its own folder for that moment.
    const pair = one && other ? `${one.rollout} ${other.rollout}` : undefined;
    if (pair !== undefined && pair === met.pair && clock.nowMs() > met.atMs)
      note('two rollouts run on one service');
    if (pair !== met.pair) met = { pair, atMs: clock.nowMs() };
  };
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0 && wrong.length === 0; left -= 1_000) {
      await clock.sleepUntil(clock.nowMs() + Math.min(left, 1_000));
      await check();
    }
  };
  const begin = (state: StateName, command: Command): DrainProcess => {
    const { kind, ...rest } = command;
    const terms = kind === 'cluster' ? '' : ` ${JSON.stringify(rest)}`;
    const what = `${kind}${terms} in ${state}`;
    say(what);
    commands++;
    const words = state === 'a' ? 'ipvsadm' : 'sudo ipvsadm';
    const process = startProcess(machine, { state, what, words }, (tools) =>
      carryOut(machine, tools, command),
    );
    void process.ended.then(
      (ended) =>
        say(`${what} ${ended ? `-> ${ended.exitCode} ${ended.said}` : 'was killed'}: ${table()}`),
      (error) => note(`${what} threw ${error instanceof Error ? error.stack : error}`),
    );
    processes = [...processes.filter((one) => one.isRunning()), process];
    return process;
  };
  const running = (): readonly DrainProcess[] => processes.filter((one) => one.isRunning());
  let controller: DrainProcess | undefined;
  const drive = (): void => {
    if (!controller?.isRunning()) controller = begin('a', { kind: 'cluster', cluster });
  };
  const pick = <T>(all: readonly T[], which: number): T | undefined =>
    all[which % Math.max(1, all.length)];

  const perform = async (act: Act): Promise<void> => {
    switch (act.kind) {
      case 'hand-over': {
        const { state, from, to, overMs, force } = act;
        if (from === to) return;
        if (force) model.insisted(ip(from));
        begin(state, { kind: 'hand-over', from: ip(from), to: ip(to), overMs, force });
        return;
      }
      case 'out':
      case 'in':
        begin(act.state, { kind: act.kind, server: ip(act.server), overMs: act.overMs });
        return;
      case 'around':
        begin(act.state, {
          kind: 'around',
          server: ip(act.server),
          takesMs: 2_000,
          passes: act.passes,
        });
        return;
      case 'resume':
      case 'rollback':
      case 'accept':
      case 'accept-back':
      case 'abandon':
      case 'pause':
      case 'continue': {
        const ids = await idsOf(machine, act.state, act.kind);
        const id = pick(ids, act.which);
        if (id !== undefined) begin(act.state, asCommand(act.kind, id));
        return;
      }
      case 'resume-all':
        begin(act.state, { kind: 'resume-all' });
        return;
      case 'guard':
        begin('a', { kind: 'guard' });
        return;
      case 'cluster':
        drive();
        return;
      case 'node':
        if (act.isGood) cluster.out.delete(act.server);
        else cluster.out.add(act.server);
        say(`node ${act.server} is ${act.isGood ? 'wanted' : 'sent away'}`);
        cluster.changed();
        return;
      case 'health':
        if (act.isSick) machine.sick.add(ip(act.server));
        else machine.sick.delete(ip(act.server));
        say(`${ip(act.server)} is ${act.isSick ? 'sick' : 'well'}`);
        return;
      case 'kill':
        pick(running(), act.which)?.killAt(act.point, act.when);
        say(`kill ${pick(running(), act.which)?.what} at ${act.point} ${act.when}`);
        return;
      case 'signal':
        pick(running(), act.which)?.signal('sigterm');
        say(`sigterm ${pick(running(), act.which)?.what}`);
        return;
      case 'foreign':
        return foreign(act);
      case 'reboot':
        for (const one of running()) one.kill();
        await model.scan();
        model.reboot();
        machine.restore(model.restores());
        say(`reboot: ${table()}`);
        return;
    }
  };
  const foreign = async ({
    service: index,
    server: number,
    weight,
  }: Extract<Act, { kind: 'foreign' }>) => {
    const service = services[index] ?? web;
    const server = `${ip(number)}:${service === dns ? 53 : 80}` as ServerKey;
    const now = machine.weights().get(service);
    if (!now?.has(server)) return;
    const rest = [...now].some(([key, other]) => key !== server && other > 0);
    if (weight === 0 && !rest) return;
    await model.scan();
    model.foreign(service, server, weight);
    const [protocol = '', address = ''] = service.split('/');
    machine.simulation.ipvsadm([
      '-e',
      protocol === 'tcp' ? '-t' : '-u',
      address,
      '-r',
      server,
      '-m',
      '-w',
      String(weight),
    ]);
    say(`somebody sets ${server} in ${service} to ${weight}: ${table()}`);
  };

  say(table());
  for (const { afterMs, act } of story) {
    await pass(afterMs);
    if (wrong.length > 0) break;
    await perform(act);
    await check();
  }
  if (wrong.length === 0) {
    await pass(5_000);
    for (const one of running()) {
      one.killAt(Number.POSITIVE_INFINITY, 'after');
      one.signal('sigterm');
    }
    for (let i = 0; i < 60 && running().length > 0; i++) await pass(1_000);
    for (const one of running()) note(`${one.what} does not end at SIGTERM`);
  }
  if (wrong.length === 0) {
    say('--- the ways out');
    machine.sick.clear();
    await wayOut({ machine, model, begin, pass, note, say, ...(controller ? { cluster } : {}) });
  }
  if (wrong.length === 0) {
    await check();
    for (const text of model.wrongWeights()) note(text);
  }
  for (const one of running()) one.kill();
  await clock.sleepUntil(clock.nowMs() + 1);
  return { wrong, log, commands };
}

async function isLocked(
  machine: Machine,
  state: StateName,
  { plan, access, rollout }: RolloutState,
): Promise<boolean> {
  const nobody = { pid: 0, isAlive: () => false };
  const locks = machine.states.get(state)?.locks.by(nobody);
  const [resource = ''] = resourcesOf(plan, access);
  return (await locks?.holder(resource))?.rollout === rollout;
}

const ip = (server: number): string => `10.0.0.${server}`;

async function idsOf(
  machine: Machine,
  state: StateName,
  _kind: string,
): Promise<readonly string[]> {
  const store = machine.states.get(state)?.store;
  const [rollouts, arounds] = [await store?.list(), await store?.arounds.list()];
  return [...(rollouts?.ok ? rollouts.value : []), ...(arounds?.ok ? arounds.value : [])];
}
