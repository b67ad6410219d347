// Loaded when it is needed, and virtual time does not wait for that.
import '../../../src/control/conduct/start.ts';
import { planHandOver } from '../../../src/control/apply/hand-over.ts';
import type { PlanFailure } from '../../../src/control/apply/planned-rollout.ts';
import { goAround } from '../../../src/control/around/around.ts';
import type { Audience, Outcome } from '../../../src/control/audience.ts';
import { runPlan } from '../../../src/control/conduct/run-plan.ts';
import { maintain } from '../../../src/control/maintenance/maintenance.ts';
import { prepareMaintenance } from '../../../src/control/maintenance/prepare.ts';
import { abandon } from '../../../src/control/resume/abandon.ts';
import { requestOf } from '../../../src/control/resume/request.ts';
import { resume, resumeAll } from '../../../src/control/resume/resume.ts';
import type { ServiceKey } from '../../../src/domain/address.ts';
import { exitCodeOf, type Failure, ok, type Result } from '../../../src/domain/failure.ts';
import { type Floors, floorOf, noFloors } from '../../../src/domain/floor/floor.ts';
import type { MaintenanceDirection } from '../../../src/domain/rollout/maintenance.ts';
import type { RampRequest, RolloutPolicy } from '../../../src/domain/rollout/plan.ts';
import { runGuards } from '../../../src/guard/run-guards.ts';
import { createGuardBoard } from '../../../src/guard/seen/guard-board.ts';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import type { RollbackPace } from '../../../src/rollout/requests.ts';
import { guarded } from '../simulated-guard.ts';
import { defaultPolicy } from '../simulated-rollout.ts';
import type { AccountCluster } from './cluster.ts';
import type { Machine } from './machine.ts';
import type { Ended, ProcessTools } from './process.ts';
import { services } from './table.ts';

/** A command of drain, by what its words mean. */
export type Command =
  | {
      readonly kind: 'hand-over';
      readonly from: string;
      readonly to: string;
      /** Absent: all that hold the old server. */
      readonly service?: ServiceKey;
      readonly overMs: number;
      readonly force: boolean;
      readonly policy?: Partial<RolloutPolicy>;
    }
  | {
      readonly kind: MaintenanceDirection;
      readonly server: string;
      readonly overMs: number;
      readonly weight?: number | undefined;
      readonly force?: boolean;
    }
  | {
      readonly kind: 'around';
      readonly server: string;
      readonly takesMs: number;
      readonly passes: boolean;
    }
  | { readonly kind: 'resume'; readonly id: string; readonly words: readonly string[] }
  | {
      readonly kind: 'rollback';
      readonly id: string;
      readonly words: readonly string[];
      readonly pace?: RollbackPace | undefined;
    }
  | { readonly kind: 'pause' | 'continue' | 'abandon'; readonly id: string }
  | { readonly kind: 'resume-all' }
  | { readonly kind: 'guard' }
  | { readonly kind: 'cluster'; readonly cluster: AccountCluster };

const policy = { ...defaultPolicy, settleMs: 1_000, pollMs: 2_000, drainTimeoutMs: 20_000 };

const ramp = (overMs: number): RampRequest => ({ overMs, everyMs: 1_000, curve: 'linear' });

const scopeWith = (floors: Floors) => ({
  directors: [{ where: 'local', ipvsadm: 'ipvsadm', name: 'local' }],
  names: { names: new Map(), groups: new Map() },
  state: undefined,
  floors,
});

/** Carries a command out as the command line does, without the words; `floors` are those of the config file. */
export async function carryOut(
  machine: Machine,
  tools: ProcessTools,
  command: Command,
  floors: Floors = noFloors,
): Promise<Ended> {
  const scope = scopeWith(floors);
  const heard = createEars();
  const { audience } = heard;
  const { ports, store, clock } = tools;
  switch (command.kind) {
    case 'hand-over': {
      const { from, to, service, overMs, force, policy: terms = {} } = command;
      const settings = {
        from: [from],
        to: [{ name: to }],
        ...(service === undefined ? {} : { services: [service] }),
        ramp: ramp(overMs),
        policy: { ...policy, ...terms },
        allowDifferences: false,
        force,
      };
      const planned = await planHandOver(ports, settings, { scope, onlooker: audience });
      if (!planned.ok) return heard.refused(planned.failure);
      return heard.said(ok(await runPlan(ports, { ...planned.value, dryRun: false }, audience)));
    }
    case 'out':
    case 'in': {
      const { kind: direction, server, overMs, weight, force = false } = command;
      const call = {
        direction,
        servers: [server],
        terms: { ...terms(overMs), ...(weight === undefined ? {} : { weight }) },
        force,
        dryRun: false,
      };
      const run = await prepareMaintenance(ports, call, { scope, onlooker: audience });
      if (!run.ok) return heard.refused([run.failure]);
      return heard.said(await maintain(ports, run.value, audience));
    }
    case 'around': {
      const { server, takesMs, passes } = command;
      Object.assign(tools.command, { takesMs, passes });
      const call = {
        servers: [server],
        command: ['restart', '{server}'] as const,
        batch: { kind: 'servers', count: 1 } as const,
        force: false,
        out: terms(0),
        in: terms(0),
        dryRun: false,
      };
      return heard.said(await goAround(ports, call, { scope, audience }));
    }
    case 'resume': {
      const { id, words } = command;
      const accepts = words.includes('--accept');
      const resumed = await resume(
        ports,
        { rollout: id, store, terms: { reaches: [], accepts, force: false } },
        audience,
      );
      return heard.said(resumed);
    }
    case 'rollback':
    case 'pause':
    case 'continue': {
      const accepts = 'words' in command && command.words.includes('--accept');
      const asked = {
        rollout: command.id,
        store,
        request:
          command.kind === 'rollback' && command.pace
            ? { kind: command.kind, pace: command.pace }
            : { kind: command.kind },
        waits: false,
        terms: { reaches: [], accepts, force: false },
      };
      return heard.said(await requestOf(ports, asked, audience));
    }
    case 'abandon':
      return heard.said(await abandon(ports, { rollout: command.id, store }, audience));
    case 'resume-all':
      return heard.said(await resumeAll(ports, store, audience));
    case 'cluster':
      return command.cluster.drive(tools);
    case 'guard':
      return heard.said(await guard(machine, tools, { floors, seed: clock.nowMs() }));
  }
}

const terms = (overMs: number) => ({
  ramp: ramp(overMs),
  policy,
  allowDifferences: false,
  checkWithinMs: 10_000,
});

async function guard(
  machine: Machine,
  { director, store, clock, stop }: ProcessTools,
  { floors, seed }: { readonly floors: Floors; readonly seed: number },
): Promise<Result<Outcome>> {
  const prng = createPrng(seed);
  const config = {
    pollMs: 5_000,
    services: services.map((service) => {
      const floor = floorOf(floors, service);
      return { ...guarded, service, rampUpMs: 4_000, ...(floor ? { floor } : {}) };
    }),
  };
  const ended = await runGuards(
    {
      directors: [{ director, table: 'ipvsadm', readFolder: async () => ok([]) }],
      store,
      clock,
      file: 'guard.yaml',
      self: { host: 'lb1', pid: 7 },
      stop,
      random: () => prng.next(),
      createCheck: async (_, { key, address }) =>
        ok({
          name: `check ${key}`,
          kind: 'check',
          async ask(_about, signal) {
            await clock.sleepUntil(clock.nowMs() + 5, signal);
            const passed = !machine.sick.has(address);
            return { passed, detail: passed ? 'ok' : 'bad' };
          },
        }),
      readConfig: async () => ok(config),
      onReload: () => {},
      board: createGuardBoard(),
      begun: async () => undefined,
      emit: () => {},
    },
    config,
  );
  return ended.ok ? ok({ kind: 'several', exitCode: ended.value }) : ended;
}

/** An audience that keeps what it is told, and makes the end of a command of it. */
function createEars() {
  const failures: Failure[] = [];
  const mend: string[] = [];
  const said: string[] = [];
  const audience: Audience = {
    actor: { user: 'anna', host: 'lb1' },
    isLive: false,
    waitingFor: (_, work) => work(),
    listen: async () => ({
      plan() {},
      event: (event) => {
        if (event.type === 'finished') said.push(event.message);
      },
      async ended() {},
      close() {},
    }),
    around: () => (event) => {
      if (event.type === 'finished') said.push(event.message);
    },
    commandOutput: 'stdout',
    confirm: async () => true,
    canShow: async () => ok(undefined),
    note(note) {
      if (note.kind === 'refused') {
        failures.push(note.failure);
        mend.push(...note.diff);
      } else if ('failures' in note) failures.push(...note.failures);
      else said.push(note.kind);
    },
  };
  const end = (exitCode: number): Ended => ({
    exitCode,
    advice: failures.flatMap(({ next = '' }) =>
      typeof next === 'string'
        ? []
        : next.flatMap((part) => (typeof part === 'string' ? [] : [part])),
    ),
    mend: mend.filter((line) => line.includes('ipvsadm -')),
    said: [...said, ...failures.map(({ what }) => what)].join('; '),
  });
  const refused = (found: PlanFailure): Ended => {
    failures.push(...found);
    return end(found[0] ? exitCodeOf(found[0].kind) : 1);
  };
  return {
    audience,
    refused,
    said(result: Result<Outcome, Failure | PlanFailure>): Ended {
      if (result.ok) return end(result.value.exitCode);
      const { failure } = result;
      return refused('kind' in failure ? [failure] : failure);
    },
  };
}
