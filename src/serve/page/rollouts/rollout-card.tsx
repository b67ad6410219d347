import type { VNode } from 'preact';
import { drainLeftMs } from '../../../domain/ipvs/drain-left.ts';
import { printable } from '../../../domain/printable.ts';
import type { RolloutView } from '../../view/rollout-view.ts';
import type { ServedState } from '../../view/state.ts';
import { type History, pastKey } from '../history/history.ts';
import { clockTime, doing, leftWords, percent } from '../words.ts';
import { Acts } from './acts.tsx';
import { CommandLine } from './command-line.tsx';
import { Servers, StatusPill } from './rollout-heading.tsx';
import { RolloutService } from './rollout-service.tsx';
import { SpanStrip } from './span-strip.tsx';

interface RolloutCardProps {
  readonly rollout: RolloutView;
  /** Directors that this `drain serve` reads. */
  readonly directors: readonly ServedState[];
  readonly history: History;
  readonly atMs: number;
}

/** More services than this begin closed. */
const openAtFirst = 2;

export function RolloutCard({ rollout, directors, history, atMs }: RolloutCardProps): VNode {
  const { rollout: id, standing, movedFraction, step, of, message, acts } = rollout;
  const left = leftWords(rollout, slowestDrain(rollout, history));
  const isOfMany = new Set(rollout.services.map(({ director }) => director)).size > 1;
  return (
    <article class="card" aria-label={`rollout ${id}`}>
      <h3>
        <Servers of={rollout} /> <StatusPill status={standing} />
      </h3>
      <p class="quiet">
        {doing(rollout)}
        {left !== '' && ` · ${left}`} · since {clockTime(rollout.startedAtMs, atMs)} ·{' '}
        <code>{id}</code>
      </p>
      <Acts acts={acts} atMs={atMs} />
      <div class="progress">
        <div
          class="track"
          role="progressbar"
          aria-label="moved"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(100 * movedFraction)}
        >
          <i style={{ width: `${(100 * movedFraction).toFixed(1)}%` }} />
        </div>
        <b>{percent(movedFraction)} moved</b>
        <span class="quiet">
          step {step} of {of}
        </span>
      </div>
      {message !== '' && <p>{printable(message, 400)}</p>}
      <Ways ways={rollout.ways} />
      <SpanStrip spentMs={rollout.spentMs} />
      <Gates gates={rollout.gates} last={rollout.lastGates} />
      {rollout.services.map((service, index) => {
        const key = pastKey(id, service);
        const past = history.rollouts.get(key);
        return (
          <RolloutService
            key={key}
            rollout={rollout}
            service={service}
            table={directors.find(({ director }) => director === service.director)}
            isNamed={isOfMany || directors.length > 1}
            past={past}
            atMs={atMs}
            isOpenAtFirst={index < openAtFirst}
          />
        );
      })}
      {rollout.ways.length === 0 && (
        <p class="commands">
          {rollout.commands.map((command) => (
            <CommandLine key={command} command={command} />
          ))}
        </p>
      )}
    </article>
  );
}

/** The commands that lead on and back from where a rollout stands still. */
function Ways({ ways }: Pick<RolloutView, 'ways'>): VNode | null {
  if (ways.length === 0) return null;
  return (
    <dl class="ways">
      {ways.map(({ name, command, note }) => (
        <div key={command}>
          <dt>{name}</dt>
          <dd>
            <CommandLine command={command} /> <span class="quiet">{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The time until the last service is empty, where the page has seen enough of all of them to tell. */
function slowestDrain(
  { rollout, services, spentMs, untilMs }: RolloutView,
  history: History,
): number | undefined {
  const sinceMs = untilMs - spentMs.drain;
  const rests = services.map((service) => {
    const counts = history.rollouts.get(pastKey(rollout, service))?.active ?? [];
    return drainLeftMs(counts.filter(([atMs]) => atMs >= sinceMs));
  });
  const known = rests.filter((rest) => rest !== undefined);
  return known.length === rests.length && rests.length > 0 ? Math.max(...known) : undefined;
}

interface GatesProps {
  readonly gates: RolloutView['gates'];
  readonly last: RolloutView['lastGates'];
}

function Gates({ gates, last }: GatesProps): VNode | null {
  if (last.length === 0) return null;
  return (
    <p class="gates">
      <span class="quiet">
        gates: {gates.passed} passed, {gates.failed} failed
      </span>
      {last.map(({ gate, passed }) => (
        <span key={gate} class={passed ? 'chip good' : 'chip bad'}>
          {passed ? '✓' : '✗'} <span class="unseen">{passed ? 'passed: ' : 'failed: '}</span>
          {printable(gate, 80)}
        </span>
      ))}
    </p>
  );
}
