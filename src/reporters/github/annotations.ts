import type { DrainEvent } from '../../domain/events/event.ts';
import { fullName, type NamesByServer } from '../../domain/places/named-servers.ts';
import { printable } from '../../domain/printable.ts';
import {
  type CommandContext,
  commandText,
  waysFrom,
  waysIn,
} from '../../domain/rollout/rollout-status.ts';
import { notDraining } from '../not-draining.ts';
import { longestMessage, workflowCommand } from './workflow-command.ts';

/** GitHub shows ten warnings of a step. */
const mostWarnings = 10;

/**
 * Annotates the page of a job with the events of its rollout that are worth a line: warnings,
 * servers that do not drain, and the end. Each is said once.
 */
export function createAnnotations(
  write: (command: string) => void,
  commands: CommandContext = {},
): (event: DrainEvent) => void {
  const said = new Set<string>();
  let names: NamesByServer | undefined;
  const warn = (key: string, title: string, message: string): void => {
    if (said.has(key) || said.size >= mostWarnings) return;
    said.add(key);
    write(workflowCommand('warning', message, { title: `drain: ${title}` }));
  };
  return (event) => {
    switch (event.type) {
      case 'planned':
        names = event.names;
        return;
      case 'warning': {
        const service = event.service === undefined ? '' : `${printable(event.service)}: `;
        const message = `${service}${printable(event.message, longestMessage)}`;
        return warn(message, event.code, message);
      }
      case 'not-draining': {
        const { director, service, server, reason } = event;
        const who = `${fullName(server, names)} in ${printable(service)}`;
        // Its numbers change each time.
        const key = [director, service, server, reason].join(' ');
        return warn(key, reason, `${who} does not drain: ${notDraining(event)}`);
      }
      case 'finished':
        return finished(event, write, commands);
      default:
        return;
    }
  };
}

function finished(
  { outcome, exitCode, message, rollout }: Extract<DrainEvent, { type: 'finished' }>,
  write: (command: string) => void,
  commands: CommandContext,
): void {
  // Its failures say so themselves, with the place in the file.
  if (outcome === 'refused') return;
  const text = printable(message, longestMessage);
  if (exitCode === 0) {
    write(workflowCommand('notice', text, { title: 'drain' }));
    return;
  }
  const { on, back } = waysIn(commands, waysFrom(outcome, rollout));
  const ways =
    on && back
      ? `\ngo on: ${commandText(on, commands)}\ngo back: ${commandText(back, commands)}`
      : '';
  write(workflowCommand('error', `${text}${ways}`, { title: `drain: exit code ${exitCode}` }));
}
