import type { RolloutPolicy } from '../../../src/domain/rollout/plan.ts';
import type { Prng } from '../../../src/ipvs/simulated/prng.ts';
import type { RollbackPace } from '../../../src/rollout/requests.ts';

export interface Kill {
  readonly point: number;
  readonly when: 'before' | 'after';
  /** The time until somebody does something about it. */
  readonly pauseMs: number;
}

/** A rollout of 10.0.0.1 to 10.0.0.2 beside 10.0.0.3, and all that comes in its way. */
export interface Drawn {
  readonly table: string;
  /** Clients come back to the server they know, so that OLD never gets empty. */
  readonly isPersistent: boolean;
  readonly policy: Pick<RolloutPolicy, 'onTimeout' | 'onInterrupt' | 'keep'>;
  /** Each process is killed at its n-th write or ipvsadm call; the first ones are. */
  readonly kills: readonly Kill[];
  /** What becomes of it once a process was killed or stopped. */
  readonly afterKill: 'on' | 'back';
  /** Of a rollback, as a ramp; at once without it. */
  readonly pace?: RollbackPace | undefined;
  /** Somebody gives the bystander another weight. */
  readonly edits: readonly { readonly atMs: number; readonly weight: number }[];
  readonly stopAtMs?: number | undefined;
  /** A guard looks after the services, and finds the bystander dead for a while. */
  readonly guard?: { readonly sickMs: readonly [number, number] | undefined } | undefined;
  /** Somebody wants another rollout of the same service. */
  readonly secondAtMs?: number | undefined;
  /** Whoever wants it: by other words for the same table, as from another namespace, or without rights. */
  readonly secondBy: 'same' | 'other-words' | 'other-user';
}

const tables = [
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
`,
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100 -x 5000 -y 4000
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 10
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`,
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 3
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 5
-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 7
`,
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 50
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 50
`,
];

/** The same seed draws the same. */
export function draw(prng: Prng): Drawn {
  const oneIn = (n: number): boolean => prng.below(n) === 0;
  const pick = <T>(...all: readonly [T, ...T[]]): T => all[prng.below(all.length)] ?? all[0];
  const plain = tables[prng.below(tables.length)] ?? '';
  const isPersistent = oneIn(4);
  const hasBystander = plain.includes('10.0.0.3:80');
  const sickAtMs = prng.below(10_000);
  return {
    table: isPersistent ? plain.replace('-s wrr', '-s wrr -p 300') : plain,
    isPersistent,
    policy: {
      onTimeout: pick('hold', 'remove', 'rollback'),
      onInterrupt: pick('hold', 'rollback'),
      keep: oneIn(4),
    },
    kills: Array.from({ length: prng.below(5) }, () => ({
      point: 1 + prng.below(60),
      when: pick('before', 'after'),
      pauseMs: prng.below(20_000),
    })),
    afterKill: pick('on', 'back'),
    pace: oneIn(2) ? { overMs: 4_000, everyMs: 500 } : undefined,
    edits: Array.from({ length: hasBystander && oneIn(3) ? 1 + prng.below(2) : 0 }, () => ({
      atMs: prng.below(20_000),
      weight: pick(0, 1, 9, 100),
    })),
    stopAtMs: oneIn(4) ? prng.below(15_000) : undefined,
    guard: oneIn(3)
      ? { sickMs: hasBystander && oneIn(2) ? [sickAtMs, sickAtMs + 8_000] : undefined }
      : undefined,
    secondAtMs: hasBystander && oneIn(3) ? prng.below(10_000) : undefined,
    secondBy: pick('same', 'other-words', 'other-user'),
  };
}
