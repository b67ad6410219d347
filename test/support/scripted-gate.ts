import type { GateTiming, TimedGate } from '../../src/rollout/gates/gate-state.ts';
import type { Clock, GateContext } from '../../src/rollout/ports.ts';

/** One question: when it came, in milliseconds after the gate was made, and when it was over. */
export interface Asked {
  readonly atMs: number;
  readonly about: GateContext;
  endedMs?: number;
  /** Given up by whoever asked. */
  aborted?: true;
}

export interface ScriptedGate extends TimedGate {
  readonly asked: Asked[];
  /** The most questions that were ever under way at a time. */
  mostAtATime: number;
}

export interface GateScript {
  readonly name?: string;
  readonly timing?: Partial<GateTiming>;
  /** How long an answer takes. */
  readonly takesMs?: number;
  /** Whether it passes; `hang` never answers. Without it: always. */
  readonly passes?: (asked: Asked, nth: number) => boolean | 'hang';
}

const usual: GateTiming = {
  intervalMs: 3_000,
  timeoutMs: 1_000,
  rise: 1,
  fall: 2,
  when: 'always',
};

/** A gate that answers by a script, on the clock that is handed in. */
export function scriptedGate(clock: Clock, script: GateScript = {}): ScriptedGate {
  const { name = 'scripted', takesMs = 5, passes = () => true } = script;
  const startMs = clock.nowMs();
  const asked: Asked[] = [];
  const underWay = new Set<Asked>();
  const gate: ScriptedGate = {
    asked,
    mostAtATime: 0,
    timing: { ...usual, ...script.timing },
    gate: {
      name,
      kind: 'check',
      async ask(about, signal) {
        const one: Asked = { atMs: clock.nowMs() - startMs, about };
        asked.push(one);
        underWay.add(one);
        gate.mostAtATime = Math.max(gate.mostAtATime, underWay.size);
        const passed = passes(one, asked.length - 1);
        if (passed === 'hang') await new Promise((done) => signal.addEventListener('abort', done));
        else await clock.sleepUntil(clock.nowMs() + takesMs, signal);
        if (signal.aborted) one.aborted = true;
        underWay.delete(one);
        one.endedMs = clock.nowMs() - startMs;
        if (signal.aborted) return { passed: false, detail: 'no answer in time' };
        return { passed: passed === true, detail: passed === true ? '200 OK' : '503 Service Down' };
      },
    },
  };
  return gate;
}
