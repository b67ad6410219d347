import fc from 'fast-check';
import { fail, type Result } from '../../src/domain/failure.ts';
import type { Gate } from '../../src/rollout/ports.ts';

/** Gives another sentence for every sentence that is handed in. */
export type Reword = (sentence: string) => string;

/** The fields that hold sentences for people. */
const sentences: ReadonlySet<string> = new Set([
  'message',
  'reason',
  'what',
  'detail',
  'where',
  'next',
  'expected',
  'found',
]);

/** Types of events whose `reason` is a tag. */
const tagged: ReadonlySet<unknown> = new Set(['not-draining', 'weight-set', 'weights-kept']);

/** The same data with every sentence in it replaced, however deep it stands. */
export function reworded<T>(value: T, reword: Reword): T {
  if (Array.isArray(value)) return value.map((one) => reworded(one, reword)) as T;
  if (value === null || typeof value !== 'object' || value instanceof Map) return value;
  const { type } = value as { readonly type?: unknown };
  return Object.fromEntries(
    Object.entries(value).map(([name, inside]) => {
      const isSentence = typeof inside === 'string' && sentences.has(name);
      if (!isSentence) return [name, reworded(inside, reword)];
      return [name, name === 'reason' && tagged.has(type) ? inside : reword(inside)];
    }),
  ) as T;
}

/** The same data without its sentences: what a decision may depend on. */
export const withoutSentences = <T>(value: T): T => reworded(value, () => '');

/** A port whose failures say something else. */
export function rewordedFailures<T extends object>(port: T, reword: Reword): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise ? answer.then((one) => afresh(one, reword)) : answer;
      };
    },
  });
}

const afresh = (answer: unknown, reword: Reword): unknown => {
  const result = answer as Result<unknown> | undefined;
  return result?.ok === false ? fail(reworded(result.failure, reword)) : answer;
};

/** A gate whose answers say something else. */
export const rewordedGate = (gate: Gate, reword: Reword): Gate => ({
  ...gate,
  ask: async (about, signal) => reworded(await gate.ask(about, signal), reword),
});

/** Words that some decision or other has once been read off, and words of no meaning. */
export const anyWords: fc.Arbitrary<Reword> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['asked to', 'SIGINT', 'SIGTERM', 'resumed at step 3', 'held', 'rolled back', 'paused'],
        ...['--from', 'plan.yaml:3:7, from', 'sim', 'gate-command x', 'gate x failed', ''],
        ...['a newer drain wrote it', 'Protocol not available', 'not empty after 10m'],
        ...['director lb2 cannot be reached', 'No such destination', 'done', 'begun 3m ago'],
      ),
      fc.string({ maxLength: 20 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((words): Reword => {
    let next = 0;
    return () => words[next++ % words.length] ?? '';
  });
