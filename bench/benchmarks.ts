import { applying } from './applying.ts';
import type { Benchmark } from './benchmark.ts';
import { changingTraffic } from './changing-traffic.ts';
import { finished } from './finished.ts';
import { fleet } from './fleet.ts';

import { guard } from './guard.ts';

import { host } from './host.ts';

import { kube } from './kube.ts';
import { kubeEvents } from './kube-events.ts';
import { lateness } from './lateness.ts';
import { parsing } from './parsing.ts';
import { planning } from './planning.ts';
import { removal } from './removal.ts';
import { requests } from './requests.ts';
import { residentMemory } from './resident-memory.ts';
import { shares } from './shares.ts';
import { starting } from './starting.ts';
import { watching } from './watching.ts';

/** All of them, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  starting,
  parsing,
  planning,
  finished,
  residentMemory,
  applying,
  kube,
  kubeEvents,
  guard,
  lateness,
  watching,
  removal,
  host,
  fleet,
  shares,
  changingTraffic,
  requests,
];
