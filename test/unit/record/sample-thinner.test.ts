import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { createSampleThinner } from '../../../src/record/sample-thinner.ts';

const sample = (seconds: number, activeConn: number) =>
  ({
    v: 1,
    at: new Date(seconds * 1_000).toISOString(),
    rollout: 'one',
    type: 'sampled',
    director: 'local',
    service: 'tcp/10.0.0.100:80',
    server: '10.0.0.1:80',
    activeConn,
    inActConn: 0,
    persistConn: 0,
    weight: 0,
  }) satisfies DrainEvent;

describe('samples that are kept for a picture', () => {
  it('are all of the first minutes', () => {
    const thin = createSampleThinner();
    const kept = Array.from({ length: 200 }, (_, second) => thin(sample(second, 9)));
    expect(kept.flat()).toHaveLength(200);
  });

  it('are some thousand of a week, not one a second', () => {
    const thin = createSampleThinner();
    let kept = 0;
    for (let second = 0; second < 7 * 86_400; second++) kept += thin(sample(second, 9)).length;
    expect(kept).toBeLessThan(2_500);
    expect(kept).toBeGreaterThan(500);
  });

  it('have the moment in which a server became empty, and the sample before', () => {
    const thin = createSampleThinner();
    for (let second = 0; second < 86_400; second++) thin(sample(second, 9));
    thin(sample(86_400, 5));
    expect(thin(sample(86_401, 0)).map(({ activeConn }) => activeConn)).toEqual([5, 0]);
    expect(thin(sample(86_402, 0))).toEqual([]);
    expect(thin(sample(86_403, 1)).map(({ activeConn }) => activeConn)).toEqual([0, 1]);
  });
});
