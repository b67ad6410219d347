import type { VNode } from 'preact';
import { keptWords } from '../../../domain/health/guard-report.ts';
import { printable } from '../../../domain/printable.ts';
import type { GuardState, ServedState } from '../../view/state.ts';
import { highest, sum } from '../sums.ts';
import { clockTime, count, counted } from '../words.ts';

interface GuardsProps {
  readonly directors: readonly ServedState[];
  readonly atMs: number;
}

/** The guards of all tables: whether they go on, and what they find; nothing where there is none. */
export function Guards({ directors, atMs }: GuardsProps): VNode | null {
  const guards = directors.flatMap(({ director, guards: own }) =>
    own.map((guard) => ({ director, guard })),
  );
  if (guards.length === 0) return null;
  return (
    <section aria-labelledby="guards">
      <h2 id="guards">Guards</h2>
      {guards.map(({ director, guard }) => (
        <Guard
          key={`${director} ${guard.host} ${guard.pid} ${guard.sinceMs}`}
          name={directors.length > 1 ? director : undefined}
          guard={guard}
          atMs={atMs}
        />
      ))}
    </section>
  );
}

interface GuardProps {
  readonly name: string | undefined;
  readonly guard: GuardState;
  readonly atMs: number;
}

function Guard({ name, guard, atMs }: GuardProps): VNode {
  const { isAlive, aliveMs, services, file, host, pid, sinceMs, more = 0 } = guard;
  const down = services.flatMap(({ service, bad, allDead, isLeftToRollout }) => [
    ...(allDead ? [{ service, words: 'no server answers well' }] : []),
    ...(isLeftToRollout && bad.length > 0
      ? [{ service, words: 'left to its rollout, which has the weights' }]
      : []),
    ...bad.map((server) => ({ service, server })),
  ]);
  const answeredMs = highest(services, (one) => one.answeredMs ?? 0);
  return (
    <div class="guard">
      <p>
        {name !== undefined && <b>{printable(name)} </b>}
        <span class={`pill ${isAlive ? 'good' : 'bad'}`}>{isAlive ? 'alive' : 'not alive'}</span>{' '}
        {isAlive
          ? `since ${clockTime(sinceMs, atMs)}`
          : `the last of it is of ${clockTime(aliveMs, atMs)}`}
        <span class="quiet">
          {' '}
          · {printable(file)} on {printable(host)}, process {pid}
        </span>
      </p>
      <p class="quiet facts">
        {[
          counted(services.length, 'service'),
          `${count(sum(services, (one) => one.up))} of ${counted(
            sum(services, (one) => one.servers),
            'server',
          )} up`,
          ...(answeredMs > 0 ? [`last answer ${clockTime(answeredMs, atMs)}`] : []),
        ].join(' · ')}
      </p>
      {down.length > 0 && (
        <ul class={isAlive ? '' : 'stale'}>
          {down.map((one) =>
            'server' in one ? (
              <li key={`${one.service} ${one.server.server}`}>
                <BadServer service={one.service} server={one.server} atMs={atMs} />
              </li>
            ) : (
              <li key={`${one.service} ${one.words}`}>
                <b>{one.service}</b>: {one.words}
              </li>
            ),
          )}
        </ul>
      )}
      {more > 0 && <p class="quiet">and {counted(more, 'server')} more</p>}
    </div>
  );
}

interface BadServerProps {
  readonly service: string;
  readonly server: GuardState['services'][number]['bad'][number];
  readonly atMs: number;
}

function BadServer({ service, server: bad, atMs }: BadServerProps): VNode {
  const { server, verdict, sinceMs, detail, askedMs, flaps, kept } = bad;
  return (
    <>
      <b>{printable(server)}</b> in {service}:{' '}
      {verdict === 'down' ? `down since ${clockTime(sinceMs, atMs)}` : verdict},{' '}
      {printable(detail, 300)}{' '}
      <span class="quiet">
        (asked {clockTime(askedMs, atMs)}
        {flaps > 0 && `, went down ${counted(flaps, 'time')}`})
      </span>
      {kept && <span class="chip bad">kept in: {keptWords[kept]}</span>}
    </>
  );
}
