import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { GuardedService } from '../../domain/health/guard.ts';
import type { VirtualService } from '../../domain/ipvs/ipvs.ts';
import { printable, shortList } from '../../domain/printable.ts';
import type { CheckedServer } from '../checkers.ts';
import { type AgentStanding, hearAgent, silent } from '../decide/agent.ts';
import type { Answer } from '../decide/health.ts';
import type { Heard } from '../hear-answer.ts';

/** What the agents of all servers have said, as answers come in. */
export interface AgentBook {
  /** Records the answer of an agent, and tells what is new by it. */
  hear(one: CheckedServer, answer: Answer): Heard;
  /** The standings of the agents that were asked; `undefined` where the service has none. */
  of(guarded: GuardedService): ReadonlyMap<ServerKey, AgentStanding> | undefined;
  /** Forgets the agents of servers that are not in the table any more. */
  keep(service: ServiceKey, live: Pick<VirtualService, 'servers'> | undefined): void;
  forget(service: ServiceKey): void;
}

interface Said {
  readonly standing: AgentStanding;
  /** The trouble that was told last. */
  readonly trouble: string | undefined;
}

export function createAgentBook(): AgentBook {
  const book = new Map<ServiceKey, Map<ServerKey, Said>>();
  return {
    hear({ guarded: { service, check }, server }, { passed, detail }) {
      if (check.kind !== 'agent') return { wakes: 'not' };
      const page = book.get(service) ?? new Map<ServerKey, Said>();
      book.set(service, page);
      const before = page.get(server.key);
      const last = before?.standing ?? silent;
      const { standing, unknown } = passed
        ? hearAgent(last, detail, check.question)
        : { standing: last, unknown: [] };
      const trouble = troubleOf(passed, detail, unknown);
      page.set(server.key, { standing, trouble });
      const isNews = before === undefined || JSON.stringify(standing) !== JSON.stringify(last);
      const wakes = isNews ? 'now' : 'not';
      if (trouble === undefined || trouble === before?.trouble) return { wakes };
      const code = passed ? 'agent-not-understood' : 'agent-silent';
      const message = `the agent of ${server.key} ${trouble}`;
      return { wakes, event: { type: 'warning', code, service, message } };
    },
    of({ service, agent }) {
      if (!agent) return undefined;
      const page = [...(book.get(service) ?? [])];
      return new Map(page.map(([server, { standing }]) => [server, standing]));
    },
    keep(service, live) {
      const there = new Set(live?.servers.map(({ key }) => key));
      const page = book.get(service);
      for (const server of page?.keys() ?? []) if (!there.has(server)) page?.delete(server);
    },
    forget: (service) => void book.delete(service),
  };
}

/** `undefined` for an answer that is understood. Times in a detail would make each silence a new one. */
function troubleOf(passed: boolean, detail: string, unknown: readonly string[]) {
  if (!passed) return 'does not answer, so that its server keeps the weight that it has';
  const words = shortList(unknown.map((word) => printable(word, 60)));
  if (unknown.length > 0) return `says what means nothing here: ${words}`;
  return detail.trim() === '' ? 'says nothing' : undefined;
}

/** The questions to the servers of a service: its check, and its agent where it has one. */
export function questionsTo(
  guarded: GuardedService,
  { servers }: Pick<VirtualService, 'servers'>,
): readonly CheckedServer[] {
  const { service, agent } = guarded;
  const checks = servers.map((server) => ({ guarded, server }));
  if (!agent) return checks;
  const { intervalMs, timeoutMs } = agent;
  const asked = {
    service,
    check: { kind: 'agent', question: agent },
    timing: { intervalMs, timeoutMs, rise: 1, fall: 1 },
  } as const;
  return [...checks, ...servers.map((server) => ({ guarded: asked, server }))];
}
