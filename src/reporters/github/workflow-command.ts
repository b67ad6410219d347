import type { Failure } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { adviceText } from '../../domain/rollout/rollout-status.ts';

/** Commands that the runner of GitHub Actions reads from a step's output. */
export type WorkflowCommand = 'error' | 'warning' | 'notice' | 'group' | 'endgroup';

/** `::error file=plan.yaml,line=3,col=7::text`: one line, whatever `properties` and `message` hold. */
export function workflowCommand(
  command: WorkflowCommand,
  message = '',
  properties: Readonly<Record<string, string>> = {},
): string {
  const given = Object.entries(properties).map(([name, value]) => `${name}=${inProperty(value)}`);
  const list = given.length > 0 ? ` ${given.join(',')}` : '';
  return `::${command}${list}::${inMessage(message)}\n`;
}

/** Escapes as @actions/core does, and the older form of commands, which counts anywhere. */
const inMessage = (text: string): string =>
  text
    .replaceAll('##[', '##\\[')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');

const inProperty = (text: string): string =>
  inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** The longest message of an annotation; GitHub cuts after 4,096 bytes. */
export const longestMessage = 1_000;

/** A failure beside the line of the file that it is about, where it has one. */
export function failureCommand(
  { what, where, place, next }: Failure,
  pathInRepository: (file: string) => string,
): string {
  const lines = [
    printable(what, longestMessage),
    ...(where && !place ? [`where: ${printable(where)}`] : []),
    ...(next ? [`next: ${printable(adviceText(next), longestMessage)}`] : []),
  ];
  const at = place && {
    file: pathInRepository(place.file),
    line: String(place.line),
    col: String(place.column),
  };
  return workflowCommand('error', lines.join('\n'), { title: 'drain', ...at });
}
