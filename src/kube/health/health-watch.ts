import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { KubeNoticeBody } from '../../domain/events/kube-event.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { CheckedServer, CheckerPool, Checkers } from '../../guard/checkers.ts';
import { type Answer, type Health, hear, unasked } from '../../guard/decide/health.ts';
import { type ServerHealth, verdictKey } from '../decide/kube-view.ts';
import type { Wanted, WantedService } from '../wanted/wanted.ts';
import { type AskedServer, askedServers, rowsOfGoneNodes } from './asked-servers.ts';
import { createEndpointCounts } from './endpoint-counts.ts';

/** The health of all servers that a cluster asks for, by the guard's own checks. */
export interface HealthWatch {
  /**
   * What is known of servers that are asked, by `verdictKey`; of those that are well nothing. From now on
   * exactly those of this wanted state are asked.
   */
  healthOf(wanted: Wanted): ReadonlyMap<string, ServerHealth>;
  /** Takes note of the rows of nodes whose object is gone: they are asked too. */
  know(claims: readonly ClusterClaim[]): void;
  stop(): void;
}

interface HealthWatchDeps {
  readonly pool: CheckerPool;
  tell(notice: KubeNoticeBody): void;
  /** Called when what is known of a server becomes something else. */
  onChange(): void;
}

/** One question, whoever needs its answer. */
interface Target {
  readonly checked: CheckedServer;
  readonly asks: string;
  readonly health: Health;
  /** A check that has never passed may be the wrong one, rather than the server. */
  readonly hasPassed: boolean;
}

interface AskedService {
  readonly of: WantedService;
  readonly gone: readonly ServerKey[] | undefined;
  readonly servers: readonly AskedServer[];
}

export function createHealthWatch({ pool, tell, onChange }: HealthWatchDeps): HealthWatch {
  const targets = new Map<string, Target>();
  const targetOf = new Map<CheckedServer, string>();
  let services = new Map<ServiceKey, AskedService>();
  let gone: ReadonlyMap<ServiceKey, readonly ServerKey[]> = new Map();
  let last: Wanted | undefined;
  let known: ReadonlyMap<string, ServerHealth> | undefined;
  let saidNothing: ReadonlySet<ServiceKey> = new Set();
  const counts = createEndpointCounts(tell);
  const checkers: Checkers = pool.join({ heard, cannotAsk });

  function heard(one: CheckedServer, answer: Answer): void {
    const id = targetOf.get(one);
    const before = id === undefined ? undefined : targets.get(id);
    if (id === undefined || !before) return;
    const service = services.get(one.guarded.service);
    if (service) counts.heard(service.of, one.server.address, answer.endpoints);
    const health = hear(before.health, answer, one.guarded.timing);
    const hasPassed = before.hasPassed || health.verdict === 'up';
    targets.set(id, { ...before, health, hasPassed });
    if (health.verdict === before.health.verdict) {
      // It may be the last of a service whose check nobody passes.
      if (hasFailedLast({ health }) !== hasFailedLast(before)) change();
      return;
    }
    // Where nobody has ever passed, that is said once, and not of each.
    const isNews = hasPassed || [...targets.values()].some((each) => each.hasPassed);
    if (isNews && (before.health.verdict !== 'unknown' || health.verdict === 'down')) {
      const type = health.verdict === 'down' ? 'check-failed' : 'check-passed';
      tell({ type, check: before.asks, detail: answer.detail });
    }
    change();
  }

  function change(): void {
    known = undefined;
    onChange();
  }

  function cannotAsk(service: ServiceKey, { what }: { readonly what: string }): void {
    tell({ type: 'warning', code: 'cannot-check', message: `${service}: ${what}` });
  }

  function keep(wanted: Wanted): void {
    if (last === wanted) return;
    last = wanted;
    known = undefined;
    const now = new Map<ServiceKey, AskedService>();
    for (const of of wanted.services) {
      const rows = gone.get(of.service);
      const before = services.get(of.service);
      now.set(
        of.service,
        before?.of === of && before.gone === rows
          ? before
          : { of, gone: rows, servers: askedServers(of, rows ?? []) },
      );
    }
    services = now;
    counts.keep(new Set(now.keys()));
    const needed = new Set<string>();
    for (const [service, { servers }] of services) {
      for (const one of servers) {
        if (needed.has(one.target)) continue;
        needed.add(one.target);
        if (targets.has(one.target)) continue;
        const checked = checkedServer(service, one);
        const { asks } = one;
        targets.set(one.target, { checked, asks, health: unasked, hasPassed: false });
        targetOf.set(checked, one.target);
      }
    }
    for (const [id, { checked }] of targets) {
      if (needed.has(id)) continue;
      targets.delete(id);
      targetOf.delete(checked);
    }
    checkers.keep([...targets.values()].map(({ checked }) => checked));
  }

  function look(): ReadonlyMap<string, ServerHealth> {
    const found = new Map<string, ServerHealth>();
    const silent = new Set<ServiceKey>();
    for (const [service, { servers, of }] of services) {
      const asked = servers.flatMap((one) => {
        const target = targets.get(one.target);
        return target ? [{ one, target }] : [];
      });
      const hasAnyPassed = asked.some(({ target }) => target.hasPassed);
      // One answer of each is enough to wait no longer for a check that none has passed; a warning takes two.
      const haveAllFailed = asked.length > 0 && asked.every(({ target }) => hasFailedLast(target));
      if (haveAllFailed && !hasAnyPassed) {
        if (!asked.every(({ target }) => target.health.verdict === 'down')) continue;
        silent.add(service);
        if (!saidNothing.has(service)) tell(neverPassed(of));
        continue;
      }
      for (const { one, target } of asked) {
        // Before the first has passed nobody knows whether the check is the right one.
        const verdict = hasAnyPassed ? target.health.verdict : 'unknown';
        if (verdict !== 'up') found.set(verdictKey(service, one.server), verdict);
      }
    }
    saidNothing = silent;
    return found;
  }

  return {
    healthOf(wanted) {
      keep(wanted);
      known ??= look();
      return known;
    },
    know(claims) {
      const rows = rowsOfGoneNodes(claims);
      if (JSON.stringify([...rows]) === JSON.stringify([...gone])) return;
      gone = rows;
      last = undefined;
    },
    stop: () => checkers.stop(),
  };
}

const hasFailedLast = ({ health }: Pick<Target, 'health'>): boolean =>
  health.streak?.passed === false;

const checkedServer = (
  service: ServiceKey,
  { server: key, address, port, check }: AskedServer,
): CheckedServer => {
  const { probe, ...timing } = check;
  return {
    guarded: { service, check: { kind: 'probe', probe }, timing },
    server: { key, address, port },
  };
};

/** Of a service whose check none of its servers has ever passed: rather the check is wrong. */
const neverPassed = ({ service, of }: WantedService): KubeNoticeBody => ({
  ...{ type: 'problem', severity: 'Warning', reason: 'HealthNotBelieved' },
  about: `Service ${of.namespace}/${of.name}`,
  message: `${service}: no server has ever passed its check, so that its health is not believed: give it another check, or none`,
});
