import type { Plan } from '../../domain/rollout/plan.ts';
import { createRecorder, type Recorder } from '../../record/recorder.ts';
import type { Director } from '../../rollout/ports.ts';
import type { TracedEnvironment } from '../../rollout/state/trace.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';

export interface RecordedRollout {
  readonly plan: Plan;
  readonly recorder: Recorder;
  /** Describes where the rollout runs, for its trace; found out beside the rollout. */
  describe(): Promise<TracedEnvironment>;
}

/** Records a rollout while it runs. */
export function recordRollout(
  ports: Pick<ControlPorts, 'describeHost'>,
  plan: Plan,
  { directors, clock }: Pick<OpenFleet, 'directors' | 'clock'>,
): RecordedRollout {
  return {
    plan,
    recorder: createRecorder({ plan, directors, clock }),
    async describe() {
      const described = [...directors.values()].map(describeDirector);
      const [host, ...found] = await Promise.all([ports.describeHost(), ...described]);
      return { ...host, directors: found };
    },
  };
}

async function describeDirector(
  director: Director,
): Promise<TracedEnvironment['directors'][number]> {
  const { kernelRelease, ipvsadmVersion, sysctls } = await director.facts({ version: true });
  return {
    director: director.name,
    ...(kernelRelease === undefined ? {} : { kernel: kernelRelease }),
    ...(ipvsadmVersion === undefined ? {} : { ipvsadm: ipvsadmVersion }),
    sysctls: Object.fromEntries(sysctls),
  };
}
