import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import { fail, ok } from '../../../../src/domain/failure.ts';
import { type CheckedServer, idOf } from '../../../../src/guard/checkers.ts';
import { askRound } from '../../../../src/guard/round/ask-round.ts';
import { VirtualClock } from '../../../../src/ipvs/simulated/time/virtual-clock.ts';

const timing = { intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 };
const checked = (n: number, service = 'tcp/10.0.0.100:80'): CheckedServer => ({
  guarded: {
    service: service as ServiceKey,
    check: { kind: 'probe', probe: { kind: 'tcp' } },
    timing,
  },
  server: { key: `10.0.0.${n}:80` as ServerKey, address: `10.0.0.${n}`, port: 80 },
});

/** The answers of servers, one a question; the last goes on for ever. `hang`: none until given up. */
type Script = Readonly<Record<string, readonly ('good' | 'bad' | 'hang')[]>>;

async function roundOf(
  servers: readonly CheckedServer[],
  script: Script,
  { stopAtMs = Number.POSITIVE_INFINITY } = {},
) {
  let nowMs = 0;
  const clock = new VirtualClock({
    get nowMs() {
      return nowMs;
    },
    advanceTo(timeMs) {
      nowMs = timeMs;
    },
  });
  const stop = new AbortController();
  if (stopAtMs < Number.POSITIVE_INFINITY) void clock.sleepUntil(stopAtMs).then(() => stop.abort());
  const asked: string[] = [];
  let open = 0;
  let mostOpen = 0;
  const answers = await askRound(
    {
      clock,
      stop: stop.signal,
      createCheck: async (_, { key }) =>
        script[key]
          ? ok({
              name: key,
              kind: 'check',
              async ask(_about, signal) {
                const turn = asked.filter((one) => one.endsWith(key)).length;
                asked.push(`${nowMs} ${key}`);
                open += 1;
                mostOpen = Math.max(mostOpen, open);
                const how = script[key]?.[turn] ?? script[key]?.at(-1) ?? 'good';
                await clock.sleepUntil(nowMs + (how === 'hang' ? 1e9 : 5), signal);
                open -= 1;
                return { passed: how === 'good', detail: how };
              },
            })
          : fail({ kind: 'usage', what: `no way to ask ${key}` }),
    },
    servers,
  );
  return { answers, asked, endMs: nowMs, mostOpen };
}

describe('a round of questions', () => {
  it('is one question for a server that answers well, however often the guard wants it to rise', async () => {
    const { answers, asked, endMs } = await roundOf([checked(1)], { '10.0.0.1:80': ['good'] });
    expect(asked).toEqual(['0 10.0.0.1:80']);
    expect(answers.get(idOf(checked(1)))).toEqual(
      ok({ passed: true, detail: 'good', tries: 1, answerMs: 5 }),
    );
    expect(endMs).toBe(5);
  });

  it('asks a server that does not until `fall` bad answers have come, an interval apart', async () => {
    const { answers, asked, endMs } = await roundOf([checked(1)], {
      '10.0.0.1:80': ['bad', 'hang'],
    });
    expect(asked).toEqual(['0 10.0.0.1:80', '2000 10.0.0.1:80', '4000 10.0.0.1:80']);
    expect(answers.get(idOf(checked(1)))).toEqual(
      ok({ passed: false, detail: 'hang', tries: 3, answerMs: 1_000 }),
    );
    expect(endMs).toBe(5_000);
  });

  it('believes one good answer after bad ones', async () => {
    const { answers } = await roundOf([checked(1)], { '10.0.0.1:80': ['bad', 'bad', 'good'] });
    expect(answers.get(idOf(checked(1)))).toMatchObject({ value: { passed: true, tries: 3 } });
  });

  it('asks a server of two directors once, and one of two services twice', async () => {
    const other = checked(1, 'tcp/10.0.0.100:81');
    const { asked, answers } = await roundOf([checked(1), checked(1), other], {
      '10.0.0.1:80': ['good'],
    });
    expect(asked).toHaveLength(2);
    expect([...answers.keys()]).toEqual([idOf(checked(1)), idOf(other)]);
  });

  it('says of a server that cannot be asked why, and asks the others', async () => {
    const { answers } = await roundOf([checked(1), checked(2)], { '10.0.0.2:80': ['good'] });
    expect(answers.get(idOf(checked(1)))).toMatchObject({
      failure: { what: 'no way to ask 10.0.0.1:80' },
    });
    expect(answers.get(idOf(checked(2)))).toMatchObject({ value: { passed: true } });
  });

  it('has a hundred questions open at most', async () => {
    const many = Array.from({ length: 250 }, (_, n) => checked(n));
    const script = Object.fromEntries(many.map(({ server }) => [server.key, ['good'] as const]));
    const { mostOpen, asked, endMs } = await roundOf(many, script);
    expect({ mostOpen, asked: asked.length, endMs }).toEqual({
      mostOpen: 100,
      asked: 250,
      endMs: 15,
    });
  });

  it('ends at once when it is told to stop, in the middle of a question too', async () => {
    const { endMs, asked } = await roundOf(
      [checked(1)],
      { '10.0.0.1:80': ['hang'] },
      { stopAtMs: 300 },
    );
    expect({ endMs, asked }).toEqual({ endMs: 300, asked: ['0 10.0.0.1:80'] });
  });
});
