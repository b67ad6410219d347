import { createTroubles } from '../../daemons/troubles.ts';
import type { KubeNoticeBody } from '../../domain/events/kube-event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { ApiFailure, ClusterApi } from '../../kube/kube-ports.ts';
import { notListed } from '../../kube/look/list-cluster.ts';

export interface ClusterTroubles {
  /** Of a director. */
  readonly of: (director: string, code: string, failure: Failure | undefined) => void;
  /** Of a resource at the API server. */
  readonly ofApi: (code: string, resource: string, failure: ApiFailure | undefined) => void;
}

/** Tells what goes wrong when it begins and when it becomes another trouble, not at each attempt. */
export function createClusterTroubles(
  server: string,
  tell: (notice: KubeNoticeBody) => void,
): ClusterTroubles {
  const directors = new Map<string, ReturnType<typeof createTroubles>>();
  const of = troublesOf(tell, undefined);
  const forDirector = (director: string) => {
    const known = directors.get(director) ?? troublesOf(tell, director);
    directors.set(director, known);
    return known;
  };
  return {
    of: (director, code, failure) => forDirector(director)(code, failure),
    ofApi: (code, resource, failure) => {
      if (failure?.code === 'aborted') return;
      of(code, failure && notListed(failure, server), resource);
    },
  };
}

const troublesOf = (tell: (notice: KubeNoticeBody) => void, director: string | undefined) =>
  createTroubles((event) => {
    if (event.type === 'listed-again' && director !== undefined) {
      tell({ type: 'listed-again', director });
    } else if (event.type === 'warning') {
      const { code, message } = event;
      tell({ type: 'warning', code, message, ...(director === undefined ? {} : { director }) });
    }
  });

/** The same lists and watches, of which each failure is told. */
export function watchedApi(
  api: Pick<ClusterApi, 'list' | 'watch'>,
  { ofApi }: Pick<ClusterTroubles, 'ofApi'>,
): Pick<ClusterApi, 'list' | 'watch'> {
  const tell = (resource: string, failure: ApiFailure | undefined): void =>
    ofApi('cannot-watch', resource, failure);
  return {
    async list(resource, ask) {
      const answer = await api.list(resource, ask);
      tell(resource, answer.ok ? undefined : answer.failure);
      return answer;
    },
    async watch(resource, ask) {
      const end = await api.watch(resource, ask);
      // A version that is too old is listed anew, which is no trouble.
      if (end.kind === 'failed' && end.failure.code !== 'gone') tell(resource, end.failure);
      return end;
    },
  };
}
