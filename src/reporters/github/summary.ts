import { actedText } from '../../domain/actor/acts.ts';
import type { Failure } from '../../domain/failure.ts';
import { fullName } from '../../domain/places/named-servers.ts';
import { shortList } from '../../domain/printable.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import {
  adviceText,
  allWays,
  type CommandContext,
  commandText,
  waysFrom,
  waysIn,
} from '../../domain/rollout/rollout-status.ts';
import type { RolloutRecord, ServiceRecord, Span } from '../../record/rollout-record.ts';
import { isNoteworthy } from '../news.ts';
import { count, percent, roughly } from '../text/amounts.ts';
import { describeEvent, handOver, outcomeTitle, untilWords } from '../wording.ts';
import { gateLines } from './gate-table.ts';
import { code, codeBlock, plainText, table } from './markdown.ts';
import { shareChart } from './share-chart.ts';
import { stepTable } from './step-table.ts';

/** Services with a picture and columns of their own; the rest are counted. */
const mostServices = 3;
const mostEvents = 20;

export interface SummaryExtras {
  /** The file of `--report`. */
  readonly report?: string;
  readonly commands?: CommandContext | undefined;
}

/** The summary of a rollout for the page of its job: Markdown, bounded whatever the rollout did. */
export function rolloutSummary(
  record: RolloutRecord,
  { report, commands = {} }: SummaryExtras = {},
): string {
  const shown = record.services.slice(0, mostServices);
  const parts = [
    `## drain: ${plainText(handOver(record.plan))}`,
    outcomeLine(record),
    figures(record),
    ...shown.flatMap((service) => picture(service, record)),
    stepTable(record, shown),
    gateLines(record.gates),
    eventLines(record),
    ...(report === undefined ? [] : [`The report is ${code(report)}.`]),
    ...waysOn(record, commands),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The most of a plan that is worth reading on a page. */
const mostPlanLines = 400;

/** The summary of a plan, as a terminal shows it; it is about the table as it is now. */
export function planSummary(
  plan: Pick<Plan, 'from' | 'to' | 'names' | 'move' | 'until'>,
  text: string,
): string {
  const lines = text.trimEnd().split('\n');
  const left = lines.length - mostPlanLines;
  const more = left > 0 ? [`${count(left, 'more line')}`] : [];
  const title = `## drain plan: ${plainText(`${handOver(plan)}${untilWords(plan.until)}`)}`;
  const block = codeBlock([...lines.slice(0, mostPlanLines), ...more], 'text');
  return `${title}\n\nNothing was changed.\n\n${block}\n\n`;
}

/** The summary of a call refused before there was a record; `isFirst`: nothing began before. */
export function refusalSummary(
  failures: readonly Failure[],
  exitCode: number,
  { isFirst }: { readonly isFirst: boolean },
): string {
  const lines = failures.slice(0, mostEvents).map(({ what, where, next }) => {
    const at = where === undefined ? '' : ` (${code(where)})`;
    return `- ${plainText(what, 600)}${at}${next ? `  \n  next: ${plainText(adviceText(next), 2_000)}` : ''}`;
  });
  const more = failures.length - lines.length;
  return [
    `## drain: ${isFirst ? 'refused' : 'stopped'}`,
    `Exit code ${exitCode}.${isFirst ? ' No rollout was begun, and nothing was changed.' : ''}`,
    [...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

function outcomeLine({ end, phase }: RolloutRecord): string {
  if (!end) return `**Not over** (${phase}).`;
  const { exitCode, message } = end;
  const code = exitCode === 0 ? '' : `, exit code ${exitCode}`;
  return `**${outcomeTitle(end)}**${code}: ${plainText(message, 1_000)}`;
}

function figures(record: RolloutRecord): string {
  const { rollout, access, spans, services, acts = [] } = record;
  const inAll = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const names = services.map(({ service, scheduler }) => `${code(service)} (${code(scheduler)})`);
  return table(
    [{ title: 'rollout' }, { title: code(rollout) }],
    [
      [services.length === 1 ? 'service' : 'services', shortList(names)],
      [
        access.length === 1 ? 'director' : 'directors',
        shortList(access.map(({ where }) => code(where))),
      ],
      ['time', `${roughly(inAll)}${timeParts(spans)}`],
      ...(acts.length > 0
        ? [
            [
              'who and why',
              shortList(
                acts.map((one) => plainText(actedText(one), 900)),
                6,
                '<br>',
              ),
            ],
          ]
        : []),
    ],
  );
}

const spanNames: Readonly<Record<Span['kind'], string>> = {
  ramp: 'ramp',
  pause: 'paused',
  drain: 'drain',
  return: 'way back',
  stopped: 'stopped',
};

/** `: ramp 5m, drain 59s`. */
function timeParts(spans: readonly Span[]): string {
  const parts = Object.entries(spanNames).flatMap(([kind, name]) => {
    const own = spans.filter((span) => span.kind === kind);
    const ms = own.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    return ms > 0 ? [`${name} ${roughly(ms)}`] : [];
  });
  return parts.length > 0 ? `: ${parts.join(', ')}` : '';
}

function picture(service: ServiceRecord, record: RolloutRecord): readonly string[] {
  const chart = shareChart(service, record);
  if (!chart) return [];
  const followed = service.servers.filter(({ role }) => role === service.shareOf);
  const whose = shortList(followed.map(({ server }) => code(fullName(server, record.plan.names))));
  const { delivered } = service;
  const connections = delivered.reduce((sum, window) => sum + window.connections, 0);
  const bars = connections > 0 ? `; bars are what ${count(connections, 'new connection')} got` : '';
  const last = service.plannedShare.at(-1)?.share ?? 0;
  return [
    `Share of new connections of ${code(service.service)} on ${whose}: the line is the plan (${percent(last)} at the end)${bars}.`,
    chart,
  ];
}

function eventLines({ events, plan }: RolloutRecord): string {
  const namesDirector = plan.directors.length > 1;
  const told = events.filter(
    (event) => isNoteworthy(event) && !event.type.startsWith('gate-') && event.type !== 'quiesced',
  );
  if (told.length === 0) return '';
  const shown = told.slice(-mostEvents);
  const left = told.length - shown.length;
  const rows = shown.map((event) => [
    event.at.slice(11, 19),
    plainText(describeEvent(event, { namesDirector, names: plan.names }), 600),
  ]);
  const earlier = left > 0 ? `\n\nand ${count(left, 'earlier one')}` : '';
  return `${table([{ title: 'UTC' }, { title: 'what happened' }], rows)}${earlier}`;
}

function waysOn({ end, rollout }: RolloutRecord, context: CommandContext): readonly string[] {
  const ways = end ? waysIn(context, waysFrom(end.outcome, rollout)) : {};
  const commands = codeBlock(allWays(ways).map((way) => commandText(way, context)));
  if (ways.on) return ['It stays like this until somebody goes on, or back:', commands];
  return ways.back ? ['To go back to the table from before:', commands] : [];
}
