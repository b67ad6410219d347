import { unfreeze } from '../../../control/freeze.ts';
import { freezeRecord } from '../../../control/status/freeze-lines.ts';
import { freezeText } from '../../../domain/rollout/freeze.ts';
import type { RunCommand } from '../../command-line/command.ts';
import { orRefuse } from '../../refusal.ts';
import { openTools } from '../../settings.ts';

/** `drain unfreeze`: rollouts may start again. */
export const run: RunCommand = async (env, { given }) => {
  const { store, tools, place } = await openTools(env, given, { rollout: undefined });
  const ended = orRefuse(await unfreeze(store, env.nowMs()), given);
  if (tools.output === 'json') {
    const was = ended ? { was: freezeRecord(ended) } : {};
    env.out(`${JSON.stringify({ state: 'not-frozen', ...was })}\n`);
  } else {
    env.out(
      ended
        ? `rollouts may start again; they were ${freezeText(ended)}\n`
        : `nothing was frozen in ${place.text}\n`,
    );
  }
  return 0;
};
