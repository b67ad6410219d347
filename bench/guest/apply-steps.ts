import { writeFileSync } from 'node:fs';
import { parseServerName, type ServiceKey } from '../../src/domain/address.ts';
import type { Change } from '../../src/domain/ipvs/ipvs.ts';
import type { Plan } from '../../src/domain/rollout/plan.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import { restoreLine } from '../../src/ipvs/ipvsadm-args.ts';
import { createLocalIpvsadm } from '../../src/ipvs/local-ipvsadm.ts';
import { buildPlan } from '../../src/planner/build-plan.ts';
import { openRollout } from '../../src/rollout/journal/open.ts';
import type { Clock, Director, Journal } from '../../src/rollout/ports.ts';
import { runRollout } from '../../src/rollout/run.ts';
import { createFileStore } from '../../src/store/folder/file-store.ts';
import { openShell } from './shell.ts';

/**
 * A whole ramp by the engine itself, with a real journal and the real `ipvsadm`. While it waits for its
 * next step, the lines of the last one are given to a twin of its service by other means.
 */
export interface ApplyOptions {
  readonly service: ServiceKey;
  readonly twin: ServiceKey;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly steps: number;
  /** So many of the steps are repeated by single commands as well. */
  readonly loops: number;
}

export interface AppliedSteps {
  /** Milliseconds of each, from the time when the step was due until the edited table had been read back. */
  readonly ours: readonly number[];
  /** `ipvsadm -R` and a listing. */
  readonly bare: readonly number[];
  /** Both in one process. */
  readonly floor: readonly number[];
  readonly loop: readonly number[];
  readonly edits: readonly number[];
}

const options = JSON.parse(process.argv[2] ?? '') as ApplyOptions;
const everyMs = 60_000;
const shell = openShell();
const times = {
  ours: [] as number[],
  bare: [] as number[],
  floor: [] as number[],
  loop: [] as number[],
};
const edits: number[] = [];
let lastChanges: readonly Change[] | undefined;
let dueMs = 0;

/** Time passes as it does while something is done, and the waits in between are over at once. */
let skewMs = Date.now() - performance.now();
const clock: Clock = {
  nowMs: () => Math.round(performance.now() + skewMs),
  async sleepUntil(timeMs) {
    if (timeMs - clock.nowMs() > everyMs / 2) await repeatOnTwin();
    skewMs = timeMs - performance.now();
    dueMs = performance.now();
  },
};

async function repeatOnTwin(): Promise<void> {
  const changes = lastChanges;
  lastChanges = undefined;
  if (!changes) return;
  const lines = changes.map((change) =>
    restoreLine({ ...change, service: options.twin } as Change),
  );
  const listing = `-Ln -t ${options.twin.slice('tcp/'.length)}`;
  writeFileSync('/run/lines', `${lines.join('\n')}\n`);
  writeFileSync('/run/lines-and-listing', `${lines.join('\n')}\n${listing}\n`);
  const backwards = times.bare.length % 2 === 0;
  const floor = async (): Promise<void> => {
    times.floor.push(await shell.time('ipvsadm -R </run/lines-and-listing >/run/listed'));
  };
  if (backwards) await floor();
  times.bare.push(await shell.time(`ipvsadm -R </run/lines; ipvsadm ${listing} >/run/listed`));
  if (!backwards) await floor();
  if (times.loop.length < options.loops) {
    times.loop.push(await shell.time('while read -r line; do ipvsadm $line; done </run/lines'));
  }
}

const local = createDirector({
  name: 'local',
  runner: createLocalIpvsadm({ command: ['ipvsadm'], timeLimitMs: 60_000 }),
});
const director: Director = {
  ...local,
  apply(changes, from) {
    lastChanges = changes;
    return local.apply(changes, from);
  },
};

/** An entry `reached` is written when the table has been read back. */
const timedJournal = (journal: Journal): Pick<Journal, 'append'> => ({
  append(...entries) {
    const [first] = entries;
    const isStep = first?.type === 'reached' && first.milestone.kind === 'step';
    if (isStep && first.milestone.step > 0) {
      times.ours.push(performance.now() - dueMs);
      edits.push(lastChanges?.length ?? 0);
    }
    return journal.append(...entries);
  },
});

function planOf(snapshot: Parameters<typeof buildPlan>[1][number]['snapshot']): Plan {
  const name = (text: string) => parseServerName(text) ?? fail(`no server name: ${text}`);
  const { plan, diagnostics } = buildPlan(
    {
      from: options.from.map(name),
      to: options.to.map((text) => ({ name: name(text) })),
      services: [options.service],
      ramp: { overMs: options.steps * everyMs, everyMs, curve: 'linear' },
      policy: {
        drainTimeoutMs: everyMs,
        settleMs: 0,
        pollMs: 10 * everyMs,
        onTimeout: 'hold',
        onFailure: 'hold',
        onInterrupt: 'hold',
        keep: true,
      },
    },
    [{ director: local.name, snapshot }],
  );
  return everyServerInEachStep(plan ?? fail(JSON.stringify(diagnostics)));
}

/** A plan edits as few servers as it can; here it is the number of edits that matters. */
function everyServerInEachStep(plan: Plan): Plan {
  const directors = plan.directors.map((one) => ({
    ...one,
    services: one.services.map((service) => ({
      ...service,
      steps: service.steps.map((_, step) =>
        service.servers.map((server) =>
          service.oldServers.includes(server) ? service.steps.length - 1 - step : step,
        ),
      ),
    })),
  }));
  return { ...plan, directors };
}

function fail(why: string): never {
  throw new Error(why);
}

const listed = await local.snapshot();
const plan = planOf(listed.ok ? listed.value : fail(listed.failure.what));
const store = createFileStore('/var/lib/drain');
const rollout = `bench-${options.from.length}`;
const created = await store.create(rollout);
const journal = timedJournal(created.ok ? created.value : fail(created.failure.what));
const access = [{ director: local.name, where: 'local', ipvsadm: 'ipvsadm' }];
const state = await openRollout(rollout, plan, access, { journal, clock });
const end = await runRollout(
  {
    directors: new Map([[director.name, director]]),
    journal,
    clock,
    inbox: store.inbox(rollout),
    emit: () => {},
    stop: { requested: () => undefined, signal: () => new AbortController().signal },
  },
  state.ok ? state.value : fail(state.failure.what),
);
if (end.exitCode !== 0) fail(end.message);
await repeatOnTwin();
shell.close();
process.stdout.write(JSON.stringify({ ...times, edits } satisfies AppliedSteps));
