import { expect, it } from 'vitest';
import { createDemoPictures, failedOf } from '../../../../src/control/kube/demo/demo-pictures.ts';
import { playKubeDemo } from '../../../../src/control/kube/demo/play-demo.ts';
import { ok } from '../../../../src/domain/failure.ts';
import { createDirector } from '../../../../src/ipvs/director.ts';
import { kubeScenario } from '../../../../src/ipvs/simulated/scenario/kube-scenario.ts';
import { createSimulatedIpvsadm } from '../../../../src/ipvs/simulated/simulated-director.ts';
import type { UpgradePhase } from '../../../../src/kube/demo/rolling-upgrade.ts';
import { kubeDemoFrame } from '../../../../src/reporters/kube-demo/kube-demo-frame.ts';
import { createMemoryStore } from '../../../../src/store/memory-store.ts';

it('drain demo kube upgrades six nodes one after the other, and no connection fails', async () => {
  const traffic = (kubeScenario.traffic ?? []).map((one) => ({ ...one, perSecond: 20 }));
  const simulation = createSimulatedIpvsadm({ ...kubeScenario, traffic, speed: 0 });
  const director = createDirector({ name: 'sim', runner: simulation.runner });
  const pictureOf = createDemoPictures();
  const phases = new Map<UpgradePhase, string[]>();
  const widest: number[] = [];
  let leastServing = 6;
  const played = await playKubeDemo({
    opened: {
      access: [{ director: 'sim', where: 'sim', ipvsadm: 'ipvsadm' }],
      directors: new Map([['sim', director]]),
      clock: simulation.clock,
      traffic: simulation.statistics,
    },
    store: createMemoryStore(),
    stop: { requested: () => undefined, signal: () => new AbortController().signal },
    event: () => {},
    moment(moment) {
      const picture = pictureOf(moment);
      const { phase, turn } = moment.upgrade;
      const row = picture.nodes[turn];
      const seen = phases.get(phase) ?? [];
      phases.set(phase, row && !seen.includes(row.state) ? [...seen, row.state] : seen);
      const frame = kubeDemoFrame(picture, 80, (_, text) => text);
      widest.push(Math.max(...frame.map((line) => line.length)));
      const serving = [...moment.servers.values()].filter(({ weight }) => weight === 100).length;
      if (moment.servers.size > 0) leastServing = Math.min(leastServing, serving);
    },
  });
  expect(played).toMatchObject(ok({ upgrade: { phase: 'done' } }));
  if (!played.ok) return;
  expect(failedOf(played.value)).toBe(0);
  expect(leastServing).toBe(5);
  expect(played.value.upgrade.nodes.map(({ version }) => version)).toEqual(
    Array.from({ length: 6 }, () => 'v1.35.0'),
  );
  expect(phases.get('draining')).toEqual(['drains']);
  expect(phases.get('gone')).toEqual(['gone']);
  expect(phases.get('joining')).toEqual(expect.arrayContaining(['joins']));
  expect(Math.max(...widest)).toBeLessThan(80);
}, 60_000);
