import { compiledVersion } from '../../src/domain/rollout/plan.ts';
import { buildPlan } from '../../src/planner/build-plan.ts';
import { request } from './simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from './tables.ts';

/** What `drain plan -o` saves for a hand-over of one server to another, beside a bystander. */
export function compiledPlanText(): string {
  const servers = [realServer('10.0.0.1', 4), realServer('10.0.0.3', 1)];
  const { plan } = buildPlan(request({ from: '10.0.0.1', to: '10.0.0.2' }), [
    { director: 'local', snapshot: snapshotOf([wrrService(servers)]) },
  ]);
  return JSON.stringify({
    drainPlan: compiledVersion,
    access: [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }],
    plan,
  });
}
