import type { NamedDirector } from '../config/names/known-directors.ts';
import type { OpenFleet, Pace } from '../control/ports.ts';
import { ok, type Result } from '../domain/failure.ts';
import type { DirectorAccess } from '../domain/places/director-access.ts';
import { createDirector } from '../ipvs/director.ts';
import { simulatedFacts } from '../ipvs/simulated/kernel.ts';
import { demoScenario } from '../ipvs/simulated/scenario/demo-scenario.ts';
import { kubeScenario } from '../ipvs/simulated/scenario/kube-scenario.ts';
import {
  createSimulatedIpvsadm,
  defaultStartMs,
  type SimulationOptions,
} from '../ipvs/simulated/simulated-director.ts';
import { createSimulatedSite } from '../ipvs/simulated/time/simulated-site.ts';
import { StatisticsRecorder } from '../ipvs/simulated/traffic/traffic-statistics.ts';
import type { Director } from '../rollout/ports.ts';

/**
 * Opens simulated machines on one clock, each with a table and clients of its own: two machines of
 * the same scenario are alike, but for who comes when.
 */
export async function openSimulatedDirectors(
  specs: readonly NamedDirector[],
  { paced, scenario: named }: Pace,
): Promise<Result<OpenFleet>> {
  const scenarios: SimulationOptions[] = [];
  for (const { where } of specs) {
    const scenario = await readScenario(where.slice('sim:'.length), named);
    if (!scenario.ok) return scenario;
    scenarios.push(scenario.value);
  }
  const speed = paced ? Math.min(...scenarios.map((scenario) => scenario.speed ?? 0)) : 0;
  const startMs = Math.max(...scenarios.map((scenario) => scenario.startMs ?? defaultStartMs));
  const site = createSimulatedSite(startMs, speed);
  const nowMs = (): number => site.clock.nowMs();
  const access: DirectorAccess[] = [];
  const directors = new Map<string, Director>();
  const statistics = new StatisticsRecorder();
  for (const [index, { where, ipvsadm, name }] of specs.entries()) {
    const director = name ?? (specs.length === 1 ? 'sim' : `sim${index + 1}`);
    const scenario = scenarios[index];
    if (!scenario) continue;
    const seed = scenario.seed + index;
    const simulation = createSimulatedIpvsadm({ ...scenario, seed, startMs, site, statistics });
    const { runner, kernel } = simulation;
    const readFacts = async () => simulatedFacts(kernel.sysctl);
    access.push({ director, where, ipvsadm });
    const setSysctl = async (_: string, value: number) => {
      kernel.sysctl = { ...kernel.sysctl, expireNodestConn: value === 1 ? 1 : 0 };
      return ok(undefined);
    };
    const machine = { runner, readFacts, setSysctl, nowMs };
    directors.set(director, createDirector({ name: director, ...machine }));
  }
  const { clock } = site;
  return ok({
    access,
    directors,
    clock,
    standStill: (work) => clock.standStill(work),
    traffic: statistics,
  });
}

async function readScenario(
  file: string,
  named: Pace['scenario'],
): Promise<Result<SimulationOptions>> {
  if (file === '') return ok(named === 'kube' ? kubeScenario : demoScenario);
  const { readText } = await import('../config/files/checked-file.ts');
  const text = await readText(file);
  if (!text.ok) return text;
  const { parseScenario } = await import('../ipvs/simulated/scenario/scenario.ts');
  return parseScenario(text.value, file);
}
