import { assertNever } from '../domain/assert-never.ts';
import type { Finding } from '../domain/failure.ts';
import type { DrainEstimate, ServerDrainEstimate } from '../domain/ipvs/drain-estimate.ts';
import { printable } from '../domain/printable.ts';
import { adviceText, type CommandContext } from '../domain/rollout/rollout-status.ts';
import { count, roughly } from './text/amounts.ts';
import { wrapWords } from './text/wrap-words.ts';

/** Estimates shown; those of a large table are alike. */
const estimatesShown = 20;

/** A block for each finding: what was found and what it means, and below it what to do. */
export function formatFindings(
  findings: readonly Finding[],
  width: number,
  commands: CommandContext = {},
): string {
  return text(findings.flatMap((finding) => findingLines(finding, width, commands)));
}

function findingLines(
  finding: Finding,
  width: number,
  commands: CommandContext,
): readonly string[] {
  const { severity, message } = finding;
  const first = severity.padEnd(indent.length);
  if (severity === 'ok') return wrapWords(printable(message, 600), { columns: width, first });
  const { code, service, next } = finding;
  const where = service === undefined ? '' : `${printable(service)}: `;
  return [
    ...wrapWords(`${where}${printable(message, 600)} (${code})`, { columns: width, first }),
    ...(next === undefined
      ? []
      : wrapWords(printable(adviceText(next, commands), 600), {
          columns: width,
          first: `${indent}→ `,
        })),
  ];
}

const indent = ' '.repeat('warning  '.length);

/** The time that each drain would take, the servers in the order given. */
export function formatEstimates(estimates: readonly ServerDrainEstimate[], width: number): string {
  if (estimates.length === 0) return '';
  const shown = estimates.slice(0, estimatesShown);
  const rest = estimates.length - shown.length;
  const lines = shown.flatMap(({ service, server, estimate }) =>
    wrapWords(`${printable(service)} ${printable(server)}: ${describeEstimate(estimate)}`, {
      columns: width,
      first: '  ',
      rest: '    ',
    }),
  );
  const measured = estimates.some(({ estimate }) => 'meanLifeMs' in estimate);
  return text([
    '',
    'How long the drain takes once the ramp is over:',
    ...lines,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...(measured
      ? wrapWords('Connections that live much longer than the rest take longer than that.', {
          columns: width,
        })
      : []),
  ]);
}

/** `about 12s: a connection lives for 2.5s, and 21 will still be open`. */
export function describeEstimate(estimate: DrainEstimate): string {
  switch (estimate.kind) {
    case 'about': {
      const { ms, openAtEnd, meanLifeMs } = estimate;
      const open = count(Math.round(openAtEnd), 'connection');
      return meanLifeMs === undefined
        ? `about ${roughly(ms)}`
        : `about ${roughly(ms)} (a connection lives for ${roughly(meanLifeMs)} on average, and ${open} will still be open then)`;
    }
    case 'at-least':
      return `${roughly(estimate.ms)} or longer: it lasts while clients come back within their persistence of ${estimate.persistenceS} s`;
    case 'unknown':
      return `cannot be told: ${count(estimate.open, 'connection')} open, and no new ones to learn from how long one lives`;
    default:
      return assertNever(estimate);
  }
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
