import type { ToolSettings } from '../config/settings.ts';
import { readRecord } from '../record/read-record.ts';
import { describeFailure } from '../reporters/wording.ts';
import type { Store } from '../rollout/ports.ts';
import type { Environment } from './environment.ts';

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
