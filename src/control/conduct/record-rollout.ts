import type { ToolSettings } from '../../config/settings.ts';
import type { Plan } from '../../domain/plan.ts';
import { readRecord } from '../../record/read-record.ts';
import { createRecorder, type Recorder } from '../../record/recorder.ts';
import { describeFailure } from '../../reporters/wording.ts';
import type { Director, Store } from '../../rollout/ports.ts';
import type { TracedEnvironment } from '../../rollout/state/trace.ts';
import type { Environment, OpenFleet } from '../environment.ts';

export interface RecordedRollout {
  readonly recorder: Recorder;
  /** Where it runs, for its trace; found out beside the rollout. */
  describe(): Promise<TracedEnvironment>;
}

/** Remembers what a rollout looks like as it goes on. */
export function recordRollout(
  env: Pick<Environment, 'describeHost'>,
  plan: Plan,
  { directors, clock }: Pick<OpenFleet, 'directors' | 'clock'>,
): RecordedRollout {
  return {
    recorder: createRecorder({ plan, directors, clock }),
    async describe() {
      const described = [...directors.values()].map(describeDirector);
      const [host, ...found] = await Promise.all([env.describeHost(), ...described]);
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

/** What is made of a rollout that has ended. Whatever goes wrong with it, the rollout ended as it did. */
export async function showRecord(
  env: Environment,
  store: Store,
  rollout: string,
  tools: ToolSettings,
): Promise<void> {
  const record = await readRecord(store, rollout);
  const shown = record.ok ? await env.showRecord(record.value, tools) : record;
  if (!shown.ok) env.err(`${describeFailure(shown.failure)}\n`);
}
