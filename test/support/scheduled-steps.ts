import { bindWrr } from '../../src/ipvs/simulated/schedulers/wrr.ts';

/**
 * Who gets how many of the connections of each step when a wrr as the kernel's is taken through these
 * weights: `[step][server]`. It has scheduled `before` connections when the first step comes.
 */
export function scheduleSteps(
  steps: readonly (readonly number[])[],
  perStep: number,
  before = 0,
): readonly (readonly number[])[] {
  const inOrder = (steps[0] ?? []).map((weight) => ({
    weight,
    activeConn: 0,
    inActConn: 0,
    overloaded: false,
  }));
  // The kernel lists the newest server first.
  const wrr = bindWrr([...inOrder].reverse());
  for (let i = 0; i < before; i++) wrr.schedule();
  return steps.map((weights) => {
    weights.forEach((weight, index) => {
      const server = inOrder[index];
      if (!server || server.weight === weight) return;
      server.weight = weight;
      wrr.serverChanged?.();
    });
    const chosen = Array.from({ length: perStep }, () => wrr.schedule());
    return inOrder.map((server) => chosen.filter((one) => one === server).length);
  });
}
