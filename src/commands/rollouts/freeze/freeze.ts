import { isOn } from '../../../config/options/options.ts';
import { OptionReader } from '../../../config/options/read-values.ts';
import { freeze } from '../../../control/freeze.ts';
import { freezeRecord } from '../../../control/status/freeze-lines.ts';
import { type Failure, fail, ok } from '../../../domain/failure.ts';
import { parseMoment } from '../../../domain/moment.ts';
import { freezeText } from '../../../domain/rollout/freeze.ts';
import { commandText } from '../../../domain/rollout/rollout-status.ts';
import { anyReason, askerOf } from '../../asker.ts';
import type { RunCommand } from '../../command-line/command.ts';
import { orRefuse, Refusal } from '../../refusal.ts';
import { openTools } from '../../settings.ts';
import { override, until } from '../rows.ts';

/** `drain freeze --reason TEXT [--until TIME]`: nobody starts a rollout meanwhile. */
export const run: RunCommand = async (env, { given }) => {
  const nowMs = env.nowMs();
  const reader = new OptionReader(given);
  const untilMs = reader.read(until.name, undefined, (text) => timeAhead(text, nowMs));
  const wrong = reader.failure();
  if (wrong) throw new Refusal([wrong], given);
  const { reason, ...actor } = await askerOf(env, given, anyReason);
  if (reason === undefined) throw new Refusal([noReason], given);
  const { store, tools, commands } = await openTools(env, given, {
    rollout: undefined,
    stays: true,
  });
  const wanted = {
    ...actor,
    reason,
    sinceMs: nowMs,
    ...(untilMs === undefined ? {} : { untilMs }),
  };
  const overrides = isOn(given, override.name);
  const running = orRefuse(await freeze(store, { wanted, overrides }), given);
  if (tools.output === 'json') {
    env.out(`${JSON.stringify({ ...freezeRecord(wanted), running })}\n`);
    return 0;
  }
  const goingOn = running.map(
    (id) =>
      `rollout ${id} runs, and goes on; to stop it: ${commandText(['pause', id], commands)}\n`,
  );
  env.out(
    `${freezeText(wanted)}\n  end it: ${commandText(['unfreeze'], commands)}\n${goingOn.join('')}`,
  );
  return 0;
};

function timeAhead(text: string, nowMs: number) {
  const at = parseMoment(text.trim(), nowMs);
  if (at === undefined) {
    return fail('is no time: write 2h, 18:00 or 2026-12-01T08:00, with a zone such as Z or +01:00');
  }
  return at > nowMs ? ok(at) : fail('is over already');
}

const noReason: Failure = {
  kind: 'usage',
  what: '--reason is missing: why rollouts are frozen',
  next: 'whoever is refused reads it, for example --reason "change freeze of December"',
};
