import { assertNever } from '../domain/assert-never.ts';
import type { GuardEvent, GuardEventBody } from '../domain/events/guard-event.ts';
import { printable, shortList } from '../domain/printable.ts';
import { guardLevelOf } from './log/event-levels.ts';
import { logLines } from './log/log-lines.ts';
import type { Output } from './reporter.ts';
import { count } from './text/amounts.ts';

export interface GuardLines {
  readonly form: 'plain' | 'json';
  /** Whether plain lines name the director; of little use where there is only one. */
  readonly namesDirector: boolean;
}

/** Reports each event as a line, on a terminal too: a daemon's output is a log. */
export function createGuardReporter(
  output: Pick<Output, 'write' | 'isJournal'>,
  { form, namesDirector }: GuardLines,
): (event: GuardEvent) => void {
  const where = ({ director }: GuardEvent): string =>
    namesDirector ? `${printable(director)}: ` : '';
  const line = logLines(output, () => true);
  return (event) => {
    if (form === 'json') output.write(`${JSON.stringify(event)}\n`);
    else line(event.at, `${where(event)}${describeGuardEvent(event)}`, guardLevelOf(event));
  };
}

/** Describes an event of the guard in one sentence on one line, whatever strings it carries. */
export function describeGuardEvent(event: GuardEvent): string {
  const line = (sentence: string): string =>
    'service' in event && event.service !== undefined
      ? `${printable(event.service)}: ${sentence}`
      : sentence;
  switch (event.type) {
    case 'guard-started':
      return `guarding ${count(event.services.length, 'service')} of ${printable(event.file)}: ${list(event.services)}`;
    case 'guard-stopped':
      return `stopped at ${event.reason}; weights stay as they are`;
    case 'server-down':
      return line(`${printable(event.server)} is down: ${printable(event.detail, 300)}`);
    case 'server-up':
      return line(`${printable(event.server)} is up again: ${printable(event.detail, 300)}`);
    case 'weight-set':
      return line(describeWeight(event));
    case 'weight-taken':
      return line(
        `somebody else has set ${printable(event.server)} from weight ${event.before} to ${event.weight}, which counts from now on`,
      );
    case 'weights-kept':
      return line(describeKept(event));
    case 'clients-moved':
      return line(describeMoved(event));
    case 'alive-again':
      return line('servers answer well again, and the check is believed again');
    case 'fallback-in':
      return line(
        `no server answers well: ${printable(event.server)} stands in with weight ${event.weight}`,
      );
    case 'fallback-leaving':
      return line(
        `servers serve again: ${printable(event.server)} has weight 0 and is removed when it is empty (${count(event.connections, 'connection')})`,
      );
    case 'fallback-removed':
      return line(`${printable(event.server)} is empty and removed: it stands in no more`);
    case 'server-checked':
      return line(describeChecked(event));
    case 'guard-checked':
      return describeRound(event);
    case 'maintenance-on':
      return `file ${printable(event.name)} in the maintenance folder: out are ${list(event.servers)}`;
    case 'maintenance-off':
      return `file ${printable(event.name)} is gone from the maintenance folder: as soon as they are healthy come back ${list(event.servers)}`;
    case 'left-to-rollout':
      return line(`left to rollout ${printable(event.rollout)}`);
    case 'guarded-again':
      return line('its rollout is over, guarded again');
    case 'reloaded':
      return `file read again: guarding ${list(event.services)}`;
    case 'reload-refused':
      return `warning: the file was not taken over, the one from before stays in force: ${printable(event.message, 1_000)}`;
    case 'listed-again':
      return 'the table can be listed again';
    case 'warning':
      return `warning: ${line(printable(event.message, 1_000))}`;
    default:
      return assertNever(event);
  }
}

type Of<T extends GuardEventBody['type']> = Extract<GuardEventBody, { readonly type: T }>;

const describeMoved = ({ server, left }: Of<'clients-moved'>): string =>
  left === 0
    ? `clients of ${printable(server)} go elsewhere: it was removed and added again, with weight 0`
    : `WARNING: ${printable(server)} was removed and added again, but ${count(left, 'connection')} stayed: Linux drops them from 5.9 on`;

function describeChecked({
  server,
  passed,
  detail,
  tries,
  answerMs,
  weight,
  out,
}: Of<'server-checked'>): string {
  const how = passed ? 'is up' : `is down, asked ${count(tries, 'time')}`;
  const took = answerMs < 1 ? 'under 1 ms' : `${Math.round(answerMs)} ms`;
  const place = out === undefined ? `weight ${weight}` : outWords[out];
  return `${printable(server)} ${how} (${place}, ${took}): ${printable(detail, 300)}`;
}

const outWords = {
  operator: 'out by an operator',
  cluster: 'out by a cluster',
  maintenance: 'out by a file in the maintenance folder',
  'weight-0': 'weight 0',
} as const;

const describeRound = ({ servers, down }: Of<'guard-checked'>): string =>
  down.length === 0
    ? `${count(servers, 'server')} asked: all that should serve do`
    : `${count(servers, 'server')} asked: ${down.length} that should serve ${down.length === 1 ? 'does' : 'do'} not`;

function describeWeight({ server, reason, from, to, wanted }: Of<'weight-set'>): string {
  const change = `${printable(server)} from weight ${from} to ${to}`;
  switch (reason) {
    case 'dead':
      return `${change}, because it is down (comes back to ${wanted})`;
    case 'maintenance':
      return `${change}, because of its file in the maintenance folder (comes back to ${wanted})`;
    case 'agent':
      return to === 0
        ? `${change}, because its agent says so (comes back to ${wanted})`
        : `${change} of ${wanted}, because its agent says so`;
    case 'ramp':
      return to < wanted ? `${change} of ${wanted}` : `${change}: back in full`;
    default:
      return assertNever(reason);
  }
}

function describeKept({ reason, servers, least }: Of<'weights-kept'>): string {
  switch (reason) {
    case 'everything-looks-dead':
      return `WARNING: everything looks dead, so the check may be wrong: weights stay as they are (${list(servers)})`;
    case 'min-healthy':
      return `WARNING: ${list(servers)} should go to weight 0 and stays: ${count(least, 'server')} must be left (minHealthy)`;
    case 'min-serving':
      return `WARNING: ${list(servers)} should have less weight, or none, and keeps it: the service is at its floor (minServing)`;
    default:
      return assertNever(reason);
  }
}

const list = (names: readonly string[]): string => shortList(names.map((name) => printable(name)));
