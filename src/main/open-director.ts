import type { DirectorSpec, OpenDirector } from '../commands/environment.ts';
import { fail, ok, type Result } from '../domain/failure.ts';

/** A director by what `--director` says of it; each kind is loaded when it is asked for. */
export async function openDirector(spec: DirectorSpec): Promise<Result<OpenDirector>> {
  const { createDirector } = await import('../ipvs/director.ts');
  const { paced, ...access } = spec;
  if (spec.where === 'local') {
    const { createLocalIpvsadm } = await import('../ipvs/local-ipvsadm.ts');
    const { parseCommandWords } = await import('../domain/command-words.ts');
    const { createSystemClock } = await import('../clock/system-clock.ts');
    const command = parseCommandWords(spec.ipvsadm);
    if (!command.ok) return command;
    const { readFacts } = await import('../ipvs/host/read-facts.ts');
    const runner = createLocalIpvsadm({ command: command.value });
    const director = createDirector({
      name: spec.name ?? 'local',
      runner,
      readFacts: (wanted) => readFacts(command.value, wanted),
      readCounters: async () =>
        (await import('../ipvs/host/read-counters.ts')).readCounters(command.value),
    });
    return ok({ access, director, clock: createSystemClock() });
  }
  if (spec.where.startsWith('ssh:')) return openSshDirector(spec);
  if (spec.where === 'sim' || spec.where.startsWith('sim:')) {
    const { createSimulatedIpvsadm } = await import('../ipvs/simulated/simulated-director.ts');
    const scenario = await readScenario(spec.where.slice('sim:'.length));
    if (!scenario.ok) return scenario;
    const speed = paced ? (scenario.value.speed ?? 0) : 0;
    const { simulatedFacts } = await import('../ipvs/simulated/simulated-facts.ts');
    const simulation = createSimulatedIpvsadm({ ...scenario.value, speed });
    const { runner, clock, statistics, kernel } = simulation;
    const readFacts = async () => simulatedFacts(kernel.sysctl);
    const director = createDirector({ name: spec.name ?? 'sim', runner, readFacts });
    const standStill = <T>(work: () => Promise<T>) => clock.standStill(work);
    return ok({ access, director, clock, standStill, traffic: statistics });
  }
  const { printable } = await import('../domain/printable.ts');
  return fail({
    kind: 'usage',
    what: `"${printable(spec.where)}" is no director of this version`,
    where: '--director',
    next: 'use local, ssh://HOST, sim, sim:FILE or a name under directors in the config file',
  });
}

async function openSshDirector({
  paced: _,
  ...access
}: DirectorSpec): Promise<Result<OpenDirector>> {
  const { directorNameOf, parseSshAddress } = await import('../domain/ssh-address.ts');
  const { parseCommandWords } = await import('../domain/command-words.ts');
  const { createDirector } = await import('../ipvs/director.ts');
  const { createSshIpvsadm } = await import('../ipvs/ssh-ipvsadm.ts');
  const { createSystemClock } = await import('../clock/system-clock.ts');
  const address = parseSshAddress(access.where);
  if (!address.ok) return address;
  const command = parseCommandWords(access.ipvsadm);
  if (!command.ok) return command;
  const there = createSshIpvsadm({ address: address.value, command: command.value });
  const name = access.name ?? directorNameOf(address.value);
  const director = createDirector({ name, ...there });
  return ok({ access, director, clock: createSystemClock() });
}

async function readScenario(file: string) {
  if (file === '') {
    const { demoScenario } = await import('../ipvs/simulated/demo-scenario.ts');
    return ok(demoScenario);
  }
  const { readText } = await import('../config/checked-file.ts');
  const { parseScenario } = await import('../ipvs/simulated/scenario.ts');
  const text = await readText(file);
  return text.ok ? parseScenario(text.value, file) : text;
}
