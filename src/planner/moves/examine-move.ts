import type { Diagnostic } from '../../domain/failure.ts';
import type { Move } from '../../domain/rollout/plan.ts';
import { examineScheduler } from '../diagnose/service/examine-scheduler.ts';
import type { MoveSelection } from './move-request.ts';

/**
 * Examines the scheduler for a move: whether it follows weights, and what becomes of the clients of a
 * server that is at weight 0 before or after.
 */
export function examineMovedScheduler(
  move: Move,
  { service, moving }: MoveSelection,
  isRamp: boolean,
): readonly Diagnostic[] {
  const { key, scheduler } = service;
  return examineScheduler({}, service).flatMap((found): readonly Diagnostic[] => {
    switch (found.code) {
      case 'scheduler-refuses-at-zero': {
        const atZero = moving.some(({ target, added }) => target === 0 || added);
        if (!atZero) return [];
        const flag = `ipvsadm -E … -s ${scheduler} -b ${scheduler}-fallback`;
        const other = `another scheduler (ipvsadm -E … -s wrr)`;
        const next = scheduler === 'dh' ? `set ${other} first` : `set the flag first (${flag})`;
        return [{ ...found, next }];
      }
      case 'scheduler-ignores-weights': {
        const isSwitch = moving.every(({ server, target }) => server.weight === 0 || target === 0);
        if (!isSwitch) {
          const message = `its scheduler ${scheduler} does not share by weight, so another weight would change nothing`;
          const next = 'set one that does first (ipvsadm -E … -s wrr), or leave it as it is';
          return [{ ...found, message, next }];
        }
        if (!isRamp) return [];
        const when = move === 'add' ? 'from the first step on' : 'until it has weight 0';
        const message = `its scheduler ${scheduler} does not share by weight: a server has its whole share ${when}`;
        return [{ severity: 'warning', code: found.code, service: key, message }];
      }
      case 'scheduler-approximates-weights':
        return isRamp || move === 'weight' ? [found] : [];
      default:
        return [found];
    }
  });
}
