import type { ToolSettings } from '../config/settings.ts';
import { allOf } from '../reporters/all-of.ts';
import type { Reporter } from '../reporters/reporter.ts';
import type { Environment, OpenFleet, ReporterForm } from './environment.ts';

/** What shows a rollout, and who else is told of it. */
export async function openReporter(
  env: Environment,
  tools: ToolSettings,
  opened: OpenFleet,
  form: ReporterForm = reporterForm(env, tools),
): Promise<Reporter> {
  const [reporter, listeners] = await Promise.all([
    env.createReporter(form, opened),
    env.createListeners(tools),
  ]);
  return allOf([reporter, ...listeners]);
}

export function reporterForm(env: Environment, tools: ToolSettings): ReporterForm {
  if (tools.output !== 'auto') return tools.output;
  return env.stdoutIsTty ? 'tty' : 'plain';
}
