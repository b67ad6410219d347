import { formatDuration } from '../../../domain/duration.ts';
import type { Diagnostic } from '../../../domain/failure.ts';
import { isSimulated } from '../../../domain/places/director-access.ts';
import { freezeText } from '../../../domain/rollout/freeze.ts';
import type { Plan } from '../../../domain/rollout/plan.ts';
import { dueText } from '../../../domain/time/time-text.ts';
import { windowsText } from '../../../domain/time/windows.ts';
import { stepTimes } from '../../../planner/step-times.ts';
import type { Store } from '../../../rollout/ports.ts';
import { freezeNow } from '../../freeze.ts';
import type { OpenFleet } from '../../ports.ts';

/**
 * What a plan that is shown has to say of the time of day: a freeze that would refuse its start, when it begins,
 * and when the steps come that wait for a window.
 */
export async function timeWarnings(
  store: Pick<Store, 'freezes'>,
  plan: Plan,
  { clock, access }: Pick<OpenFleet, 'clock' | 'access'>,
): Promise<readonly Diagnostic[]> {
  const wallMs = clock.wallMs?.() ?? clock.nowMs();
  // A freeze has the time of the wall, and a simulation one of its own.
  const realMs = isSimulated(access) ? Date.now() : wallMs;
  const frozen = await freezeNow(store, Math.max(realMs, plan.startsAtMs ?? 0));
  return [
    ...(frozen.ok && frozen.value
      ? [
          warning('frozen', `rollouts are ${freezeText(frozen.value)}`, [
            'it does not start before ',
            ['unfreeze'],
            ', or with --override',
          ]),
        ]
      : []),
    ...whenItBegins(plan, wallMs),
    ...windowWarnings(plan, wallMs),
  ];
}

const warning = (code: string, message: string, next?: Diagnostic['next']): Diagnostic => ({
  severity: 'warning',
  code,
  message,
  ...(next === undefined ? {} : { next }),
});

const whenItBegins = ({ startsAtMs = 0 }: Plan, nowMs: number): readonly Diagnostic[] =>
  startsAtMs > nowMs
    ? [
        warning(
          'starts-later',
          `begins at ${dueText(startsAtMs)}, in ${inWords(startsAtMs - nowMs)}: the process waits, holds nothing of the table until then, and checks everything again`,
        ),
      ]
    : [];

function windowWarnings(plan: Plan, nowMs: number): readonly Diagnostic[] {
  const times = stepTimes(plan, nowMs);
  const waiting = times.filter(({ waitsMs, atMs }) => waitsMs > 0 || atMs === undefined);
  const [first] = waiting;
  const last = times.at(-1);
  if (!first || !last) return [];
  const shown = waiting
    .slice(0, mostShown)
    .map(({ step, atMs, waitsMs }) =>
      atMs === undefined
        ? `step ${step} never`
        : `step ${step} comes at ${dueText(atMs)}, ${inWords(waitsMs)} later`,
    );
  const more = waiting.length > mostShown ? `; ${waiting.length - mostShown} more wait` : '';
  const end =
    last.atMs === undefined ? '' : `; the last step, ${last.step}, at ${dueText(last.atMs)}`;
  const when = `outside of its windows (${windowsText(plan.windows ?? [])}) steps wait: begun now, ${shown.join('; ')}${more}${end}`;
  return [warning('waits-for-window', when)];
}

const mostShown = 5;

const inWords = (ms: number): string => formatDuration(Math.round(ms / 1_000) * 1_000);
