import { actedText } from '../../domain/actor/acts.ts';
import { shortList } from '../../domain/printable.ts';
import {
  type CommandContext,
  type NamedWay,
  namedWays,
  waysFrom,
  waysFromEnd,
} from '../../domain/rollout/rollout-status.ts';
import type { RolloutRecord, ServiceRecord, Span } from '../../record/rollout-record.ts';
import { count, grouped, percent, roughly } from '../text/amounts.ts';
import { handOver, outcomeTitle } from '../wording.ts';
import { clockTime, dateTime } from './data-table.ts';
import { type Html, type HtmlPart, html } from './html.ts';
import { spanNames } from './service-charts.ts';

/** `director local`, `directors lb1, lb2`. */
function places({ access }: RolloutRecord): Html {
  const [only, ...others] = access;
  return only && others.length === 0
    ? html`director <code>${only.where}</code>`
    : html`directors <code>${shortList(access.map(({ director }) => director))}</code>`;
}

/** The rollout, its end, and the figures that people ask for first. */
export function outcomeSection(record: RolloutRecord, commands: CommandContext): Html {
  const { rollout, plan, end, paused, startedAtMs, untilMs } = record;
  const word = end ? outcomeTitle(end) : paused ? 'Paused' : 'Not over';
  const look = end ? (end.exitCode === 0 ? 'good' : 'bad') : 'plain';
  const code = end && end.exitCode !== 0 ? ` (exit code ${end.exitCode})` : '';
  return html`<header>
<p class="quiet">drain · rollout report</p>
<h1>${handOver(plan)}</h1>
<p><strong class="outcome ${look}">${word}</strong>${end ? `${end.message}${code}` : 'This is how far it was when the report was made.'}</p>
${actsList(record)}${waysSection(waysOf(record, commands))}<p class="quiet">Rollout <code>${rollout}</code> · ${dateTime(startedAtMs)} to ${dateTime(untilMs)} UTC · ${places(record)}</p>
<dl class="figures">${figures(record).map(([name, value, more]) => html`<div><dt>${name}${more && html` <small>${more}</small>`}</dt><dd>${value}</dd></div>`)}</dl>
${course(record)}
</header>`;
}

/** More of what people did to one rollout than this is in its journal. */
const mostActs = 50;

/** Who started the rollout, who did something to it since, and why. */
function actsList({ acts = [] }: RolloutRecord): Html | undefined {
  if (acts.length === 0) return undefined;
  const left = acts.length - mostActs;
  return html`<ul class="acts" aria-label="who and why">${acts
    .slice(0, mostActs)
    .map(
      (one) =>
        html`<li>${actedText(one)} <span class="quiet">${dateTime(one.atMs)} UTC</span></li>`,
    )}${left > 0 && html`<li class="quiet">and ${count(left, 'more')}</li>`}</ul>
`;
}

/** The commands for a rollout that waits for somebody. */
function waysOf(
  { rollout, plan, phase, paused, end }: RolloutRecord,
  commands: CommandContext,
): readonly NamedWay[] {
  if (end?.outcome === 'held') {
    const of = { policy: plan.policy, isBack: phase === 'returning' };
    return namedWays(waysFromEnd(rollout, end, of), commands);
  }
  return !end && paused ? namedWays(waysFrom('paused', rollout), commands) : [];
}

const waysSection = (ways: readonly NamedWay[]): Html | undefined =>
  ways.length === 0
    ? undefined
    : html`<dl class="ways">${ways.map(
        ({ name, command, note }) =>
          html`<div><dt>${name}</dt><dd><code>${command}</code>${note && html` <small>${note}</small>`}</dd></div>`,
      )}</dl>
`;

type Figure = readonly [name: string, value: HtmlPart, more?: string | undefined];

function figures(record: RolloutRecord): readonly Figure[] {
  const { spans, steps, plan, startedAtMs, untilMs, services, gates } = record;
  const last = steps.findLast(({ direction }) => direction === 'forward');
  const latest = steps.reduce((most, { atMs, dueMs }) => Math.max(most, atMs - dueMs), 0);
  const failed = gates.filter(({ verdict }) => verdict === 'failed').length;
  const always: readonly Span['kind'][] = ['ramp', 'pause', 'drain'];
  const kinds = [...always, ...(['return', 'stopped'] as const)].map(
    (kind) =>
      [
        kind,
        spans.reduce((sum, one) => sum + (one.kind === kind ? one.toMs - one.fromMs : 0), 0),
      ] as const,
  );
  return [
    ['in all', roughly(untilMs - startedAtMs)],
    ...dueFigures(record),
    ...kinds
      .filter(([kind, ms]) => ms > 0 || always.includes(kind))
      .map(([kind, ms]): Figure => [figureNames[kind], roughly(ms)]),
    [
      'last step',
      last ? `${last.step} of ${last.of}` : 'none',
      last && `${percent(last.movedFraction)} moved`,
    ],
    ['latest step', steps.length > 0 ? roughly(latest) : 'none', 'behind its time'],
    ...deliveredFigures(services),
    ...(plan.gates || gates.length > 0
      ? [
          [
            'gates',
            grouped(gates.length),
            failed > 0 ? `asked, ${failed} failed` : 'asked, none failed',
          ] as const,
        ]
      : []),
  ];
}

/** The times at which a rollout that goes on will be further. */
function dueFigures({ due, untilMs, plan }: RolloutRecord): readonly Figure[] {
  const { rampEndMs, rampLeftMs, drainDeadlineMs } = due;
  if (rampLeftMs !== undefined)
    return [['left of the ramp', roughly(rampLeftMs), 'once continued']];
  if (rampEndMs !== undefined) {
    return [
      ['ramp left', roughly(Math.max(0, rampEndMs - untilMs)), `until ${clockTime(rampEndMs)} UTC`],
    ];
  }
  if (drainDeadlineMs === undefined) return [];
  const left = roughly(Math.max(0, drainDeadlineMs - untilMs));
  return [
    [
      'at most for the drain',
      left,
      `until ${clockTime(drainDeadlineMs)} UTC, then ${plan.policy.onTimeout}`,
    ],
  ];
}

const figureNames: Readonly<Record<Span['kind'], string>> = {
  ramp: 'in the ramp',
  pause: 'in pauses',
  drain: 'in the drain',
  return: 'going back',
  stopped: 'stopped',
};

/** The number of new connections, and how far they were off the planned shares on average. */
function deliveredFigures(services: readonly ServiceRecord[]): readonly Figure[] {
  let [connections, off] = [0, 0];
  for (const { delivered } of services) {
    for (const window of delivered) {
      connections += window.connections;
      off += Math.abs(window.onThem - window.planned * window.connections);
    }
  }
  if (connections === 0) return [];
  return [
    ['new connections', grouped(connections), `in ${count(services.length, 'service')}`],
    ['off the planned share', percent(off / connections, 1), 'on average'],
  ];
}

/** The whole time as one bar. */
function course({ spans }: RolloutRecord): Html | undefined {
  if (spans.length === 0) return undefined;
  const kinds = [...new Set(spans.map(({ kind }) => kind))];
  return html`<div class="strip" aria-hidden="true">${spans.map(
    ({ kind, fromMs, toMs }) =>
      html`<i class="k-${kind}" style="flex:${Math.max(1, Math.round(toMs - fromMs))}" title="${spanNames[kind]}: ${roughly(toMs - fromMs)}"></i>`,
  )}</div>
<ul class="legend">${kinds.map((kind) => html`<li><i class="box k-${kind}"></i>${spanNames[kind]}</li>`)}</ul>`;
}
