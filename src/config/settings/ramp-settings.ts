import { formatDuration } from '../../domain/duration.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { RampRequest, Stop } from '../../domain/rollout/plan.ts';
import { defaultEveryMs } from '../../planner/weights/curve.ts';
import { type OptionReader, readDuration } from '../options/read-values.ts';

/** A plan of more steps is a mistake in a unit. */
const mostSteps = 10_000;

/** The kernel's own counters move no faster than this. */
const shortestEveryMs = 100;

/** Reads a ramp's length, steps and shape: `--over`, `--every`, `--curve`, `--steps`. */
export function rampSettings(reader: OptionReader): RampRequest {
  if (reader.has('steps') && reader.has('curve') && !reader.together('steps', 'curve')) {
    reader.without(reader.stronger('curve', 'steps') === 'curve' ? 'steps' : 'curve');
  }
  if (everyIsForAnotherRamp(reader)) reader.without('every');
  const percentages = steps(reader);
  const everyGiven = reader.read('every', undefined, readDuration);
  const curve = reader.choice('curve', ['linear', 's-curve', 'exponential'], 'linear');
  if (percentages && reader.has('curve')) {
    reader.refuse('curve', '--curve and --steps exclude each other', 'give one of them');
  }
  const overGiven = reader.durationMs('over', 300_000);
  // Each step of a list lasts --every; only an --over that was asked for is divided among them.
  const stepMs = everyGiven ?? (reader.has('over') ? undefined : defaultEveryMs(overGiven));
  const overMs = percentages && stepMs !== undefined ? stepMs * percentages.length : overGiven;
  if (percentages && everyGiven !== undefined && reader.has('over') && overMs !== overGiven) {
    reader.refuse(
      'over',
      `${percentages.length} steps of ${formatDuration(everyGiven)} take ${formatDuration(overMs)}, not ${formatDuration(overGiven)}`,
      'leave out --over or --every',
    );
  }
  const everyMs =
    everyGiven ?? (percentages ? overMs / percentages.length : defaultEveryMs(overMs));
  if (everyGiven !== undefined && everyGiven < shortestEveryMs) {
    reader.refuse(
      'every',
      `--every ${formatDuration(everyGiven)} is too short`,
      `give at least ${formatDuration(shortestEveryMs)}`,
    );
  }
  if (everyGiven !== undefined && overMs > 0 && everyMs > overMs) {
    reader.refuse(
      'every',
      `--every ${formatDuration(everyMs)} is longer than the whole ramp, --over ${formatDuration(overMs)}`,
      'give a shorter interval, or --over 0s for a switch in one step',
    );
  }
  if (overMs / everyMs > mostSteps) {
    reader.refuse(
      reader.has('every') ? 'every' : 'over',
      `that would be ${Math.ceil(overMs / everyMs)} steps`,
      `give a longer --every: ${mostSteps} steps are the most`,
    );
  }
  const stops = percentages && reader.option('steps')?.stops;
  if (stops?.at(-1)?.holdMs !== undefined) {
    reader.refuse(
      'steps',
      'the last step, 100, has a hold, and no step comes after it',
      'let it wait for somebody with manual: true, or be empty for longer with settle',
    );
  }
  return {
    everyMs,
    curve,
    overMs: stops ? overStopsMs(everyMs, stops) : overMs,
    ...(percentages ? { percentages } : {}),
    ...(stops ? { stops } : {}),
    ...until(reader),
  };
}

/** Reads `--until`: the percentage at which the ramp ends for now, as a fraction. */
function until(reader: OptionReader): Pick<RampRequest, 'until'> {
  const fraction = reader.read('until', 1, readPercentage);
  return fraction < 1 ? { until: fraction } : {};
}

/** A part of a ramp: `10%`, `12.5%` or `10` is 0.1, 0.125 and 0.1. */
export function readPercentage(text: string): Result<number, string> {
  const percentage = /^\d{1,3}(\.\d{1,4})?%?$/.test(text.trim()) ? Number.parseFloat(text) : 0;
  return percentage > 0 && percentage <= 100
    ? ok(percentage / 100)
    : fail('is no part of a ramp: write a percentage above 0 and up to 100, such as 10%');
}

/** The first step comes after `everyMs`, and each lasts its own hold. */
const overStopsMs = (everyMs: number, stops: readonly Stop[]): number =>
  stops.slice(0, -1).reduce((sum, { holdMs = everyMs }) => sum + holdMs, everyMs);

/** A file's interval that is longer than the ramp that the command line asks for. */
function everyIsForAnotherRamp(reader: OptionReader): boolean {
  if (!reader.has('over') || !reader.has('every') || reader.together('over', 'every')) return false;
  const overMs = reader.durationMs('over', 0);
  return overMs > 0 && reader.durationMs('every', 0) > overMs;
}

function steps(reader: OptionReader): readonly number[] | undefined {
  if (!reader.has('steps')) return undefined;
  const texts = reader.list('steps').map((text) => text.replace(/%$/, ''));
  const percentages = texts.map((text) => (/^\d{1,3}(\.\d{1,4})?$/.test(text) ? Number(text) : -1));
  const rising = percentages.every((value, i) => value > (percentages[i - 1] ?? 0));
  if (!rising || percentages.at(-1) !== 100) {
    reader.refuse(
      'steps',
      `"${printable(texts.join(','))}" are no steps`,
      'give rising percentages that end in 100, such as 1,5,25,50,100',
    );
  }
  return percentages;
}
