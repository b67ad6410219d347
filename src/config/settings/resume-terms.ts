import { fail, ok, type Result } from '../../domain/failure.ts';
import type { Reach } from '../../domain/places/reach.ts';
import { isSshAddress, parseSshAddress } from '../../domain/places/ssh-address.ts';
import { type RolloutPolicy, timeoutActions } from '../../domain/rollout/plan.ts';
import { adviceText } from '../../domain/rollout/rollout-status.ts';
import type { GivenOptions } from '../options/options.ts';
import { OptionReader } from '../options/read-values.ts';
import { readPercentage } from './ramp-settings.ts';

/** Terms on which a rollout that has stopped goes on or back; absent ones are those of its journal. */
export interface ResumeTerms
  extends Partial<Pick<RolloutPolicy, 'drainTimeoutMs' | 'settleMs' | 'onTimeout'>> {
  /** Length of the rest of the ramp, in milliseconds. */
  readonly overMs?: number;
  /** The fraction at which the ramp ends for now; 1 is its end. */
  readonly until?: number;
  /** Other ways to the directors. */
  readonly reaches: readonly Reach[];
  /** Takes tables that somebody else has changed as they are. */
  readonly accepts: boolean;
  /** Goes past a failed check of servers that get their weight back, and past claims that cannot be looked into. */
  readonly force: boolean;
}

/**
 * The terms of a command line: what a config file says is about rollouts that begin. `--over` of a
 * rollback is the length of the way back, which is no term.
 */
export function readResumeTerms(
  given: GivenOptions,
  direction: 'forward' | 'back',
): Result<ResumeTerms> {
  const reader = new OptionReader(given);
  const terms: ResumeTerms = {
    ...(reader.has('drainTimeout') ? { drainTimeoutMs: reader.durationMs('drainTimeout', 0) } : {}),
    ...(reader.has('settle') ? { settleMs: reader.durationMs('settle', 0) } : {}),
    ...(reader.has('onTimeout')
      ? { onTimeout: reader.choice('onTimeout', timeoutActions, 'hold') }
      : {}),
    ...(direction === 'forward' && reader.has('over')
      ? { overMs: reader.durationMs('over', 0) }
      : {}),
    ...(direction === 'forward' && reader.has('until')
      ? { until: reader.read('until', 1, readPercentage) }
      : {}),
    reaches: reachesOf(reader),
    accepts: reader.flag('accept'),
    force: reader.flag('force'),
  };
  const failure = reader.failure();
  return failure ? fail(failure) : ok(terms);
}

/** `--director NAME=WHERE`, or only WHERE where there is one director; `--ipvsadm` is for each of them. */
function reachesOf(reader: OptionReader): readonly Reach[] {
  const ipvsadm = reader.text('ipvsadm');
  if (ipvsadm?.trim() === '') {
    reader.refuse('ipvsadm', '--ipvsadm is empty', 'write for example --ipvsadm "sudo ipvsadm"');
  }
  const directors = reader.has('director') ? reader.list('director') : [];
  return [
    ...(ipvsadm === undefined ? [] : [{ ipvsadm }]),
    ...directors.map((text): Reach => {
      const [, director, where = text] = /^([^=/]+)=(.+)$/.exec(text) ?? [];
      const address = isSshAddress(where) ? parseSshAddress(where) : undefined;
      if (address?.ok === false) {
        reader.refuse('director', address.failure.what, adviceText(address.failure.next ?? ''));
      }
      return { director, where };
    }),
  ];
}
