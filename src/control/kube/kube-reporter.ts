import { assertNever } from '../../domain/assert-never.ts';
import type { KubeEvent, KubeNotice } from '../../domain/events/kube-event.ts';
import { printable, shortList } from '../../domain/printable.ts';
import { eventNote } from '../../kube/seen/event-words.ts';
import type { LogLevel } from '../../reporters/log/levels.ts';
import { logLines } from '../../reporters/log/log-lines.ts';
import type { Output } from '../../reporters/reporter.ts';

/** Reports each event as a line, on a terminal too: a daemon's output is a log. */
export function createKubeReporter(
  output: Pick<Output, 'write' | 'isJournal'>,
  form: 'plain' | 'json',
): (event: KubeEvent | KubeNotice) => void {
  const line = logLines(output, () => true);
  return (event) => {
    if (form === 'json') output.write(`${JSON.stringify(event)}\n`);
    else {
      const { sentence, level } = lineOf(event);
      line(event.at, sentence, level);
    }
  };
}

interface Line {
  readonly sentence: string;
  readonly level: LogLevel;
}

/** An event in one sentence on one line, whatever strings it carries. */
export function lineOf(event: KubeEvent | KubeNotice): Line {
  if (!isOfDirector(event)) return noticeLine(event);
  const { director } = event;
  if (event.type === 'cluster-held') {
    const lists = event.lists.join(', ');
    return event.why === 'meltdown'
      ? line(
          `WARNING: ${lists} shrank to nothing, so nothing is changed on ${printable(director)} until it has stayed so for 5 minutes, or somebody says drain continue`,
          'warning',
        )
      : line(`nothing is changed on ${printable(director)} before ${lists} are known`, 'notice');
  }
  if (event.type === 'cluster-released') {
    return line(`the cluster is believed again on ${printable(director)}`, 'notice');
  }
  const note = eventNote(director, event);
  if (!note) return line(event.type, 'info');
  const { namespace, name } = event.owner;
  const warns = note.type === 'Warning';
  return line(
    `${printable(namespace)}/${printable(name)}: ${warns ? 'warning: ' : ''}${note.note}`,
    warns ? 'warning' : 'notice',
  );
}

const isOfDirector = (event: KubeEvent | KubeNotice): event is KubeEvent =>
  event.type !== 'listed-again' && event.type !== 'warning' && 'director' in event;

const line = (sentence: string, level: LogLevel): Line => ({ sentence, level });

function noticeLine(event: KubeNotice): Line {
  switch (event.type) {
    case 'kube-started':
      return line(
        `cluster ${printable(event.cluster)} of ${printable(event.file)} drives ${shortList(event.directors.map((one) => printable(one)))}`,
        'notice',
      );
    case 'kube-stopped':
      return line(`stopped at ${event.reason}; tables stay as they are`, 'notice');
    case 'cluster-known':
      return line('the cluster is known', 'notice');
    case 'cluster-lost':
      return line(
        'warning: what is known of the cluster is not of now any more; tables stay, and what leaves goes on',
        'warning',
      );
    case 'leader':
      return line('this instance has the Lease, and works from now on', 'notice');
    case 'follower':
      return line('this instance has lost the Lease, and only looks on', 'notice');
    case 'problem':
      return line(
        `${event.severity === 'Warning' ? 'warning: ' : ''}${event.reason}, ${printable(event.about)}: ${printable(event.message, 1_000)}`,
        event.severity === 'Warning' ? 'warning' : 'notice',
      );
    case 'check-failed':
      return line(
        `warning: the check ${printable(event.check)} fails: ${printable(event.detail)}`,
        'warning',
      );
    case 'check-passed':
      return line(`the check ${printable(event.check)} passes again`, 'notice');
    case 'continued':
      return line('told to continue with what the cluster shows now', 'notice');
    case 'reloaded':
      return line('file read again', 'notice');
    case 'reload-refused':
      return line(
        `warning: the file was not taken over, the one from before stays in force: ${printable(event.message, 1_000)}`,
        'error',
      );
    case 'listed-again':
      return line(`the table of ${printable(event.director)} can be listed again`, 'info');
    case 'warning': {
      const on = event.director === undefined ? '' : `${printable(event.director)}: `;
      return line(`warning: ${on}${printable(event.message, 1_000)}`, 'warning');
    }
    default:
      return assertNever(event);
  }
}
