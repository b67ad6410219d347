import type { KubeNoticeBody } from '../../domain/events/kube-event.ts';
import { printable } from '../../domain/printable.ts';
import type { EventNote } from '../../kube/cluster-events/event-book.ts';
import type { DirectorStanding, DrivenDirector } from '../../kube/run/kube-run-ports.ts';
import { aboutService } from '../../kube/wanted/problem.ts';

interface PersistenceDeps {
  readonly directors: readonly DrivenDirector[];
  tell(notice: KubeNoticeBody): void;
  note(note: EventNote): void;
}

const setting = 'expire_quiescent_template';

/**
 * Warns once of each Service with client affinity on a director whose kernel goes on sending persistent
 * clients to a server at weight 0: such a node empties only when their templates expire.
 */
export function createPersistenceNotes({ directors, tell, note }: PersistenceDeps) {
  const asked = new Set<string>();
  return async (standings: readonly DirectorStanding[]): Promise<void> => {
    for (const { director: name, applied } of standings) {
      const fresh = applied.services.filter(
        ({ service, persistence, phase }) =>
          persistence && phase === 'serving' && !asked.has(`${name} ${service}`),
      );
      if (fresh.length === 0) continue;
      for (const { service } of fresh) asked.add(`${name} ${service}`);
      const found = directors.find(({ director }) => director.name === name);
      const facts = await found?.director.facts({ version: false });
      if (facts?.sysctls.get(setting) !== 0) continue;
      for (const { service, of, uid, persistence } of fresh) {
        const about = aboutService({ ...of, uid });
        const message = `${service} has client affinity of ${persistence?.timeoutS} s, and net.ipv4.vs.${setting} is 0 on ${printable(name)}: clients come back to a node that leaves for as long`;
        const reason = 'PersistenceKeepsClients';
        tell({
          ...{ type: 'problem', severity: 'Warning', reason, message },
          about: `Service ${of.namespace}/${of.name}`,
        });
        if (about.kind !== 'Service') continue;
        note({ type: 'Warning', reason, action: 'Ensure', regarding: about, note: message });
      }
    }
  };
}
