import type { DrainEvent } from '../../domain/events/event.ts';
import type { Output, Reporter } from '../reporter.ts';
import { workflowCommand } from './workflow-command.ts';

/**
 * Folds the log of a rollout into the plan, the ramp, the drain and the rollback. Comes before the
 * reporter whose lines are folded; the last line stays outside.
 */
export function createLogGroups(output: Pick<Output, 'write'>): Reporter {
  let open: string | undefined;
  const turn = (title: string | undefined): void => {
    if (title === open) return;
    if (open !== undefined) output.write(workflowCommand('endgroup'));
    if (title !== undefined) output.write(workflowCommand('group', title));
    open = title;
  };
  return {
    plan: () => turn('Plan'),
    event(event) {
      // A warning may come any time, and belongs to whatever is going on.
      if (event.type !== 'warning') turn(titleAt(event, open));
    },
    close: () => turn(undefined),
  };
}

function titleAt(event: DrainEvent, open: string | undefined): string | undefined {
  switch (event.type) {
    case 'planned':
      return 'Plan';
    case 'held':
    case 'rolled-back':
    case 'finished':
      return undefined;
    case 'rollback-started':
      return 'Rollback';
    // What a rollback empties are the servers that it added.
    case 'quiesced':
      return open === 'Rollback' ? open : 'Drain';
    default:
      return open === 'Plan' || open === undefined ? 'Ramp' : open;
  }
}
