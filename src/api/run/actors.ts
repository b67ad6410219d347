import type { Actor } from '../../domain/actor/actor.ts';
import type { Acted } from '../../domain/actor/acts.ts';
import type { Caller } from '../../domain/actor/caller.ts';

/** What a server that goes on with rollouts is called. */
export const serveProgram = 'drain serve --control';

/** The actor that a caller is: by the name of the token, from where the request came. */
export function actorOf(
  { name }: Pick<Caller, 'name'>,
  {
    remoteAddress = 'nowhere',
    reason,
    request,
  }: {
    readonly remoteAddress?: string | undefined;
    readonly reason?: string | undefined;
    readonly request?: string | undefined;
  },
): Actor {
  return {
    user: name,
    host: remoteAddress.replace(/^::ffff:(?=\d+\.)/, ''),
    via: 'token',
    ...(request === undefined ? {} : { request }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Whether a server ran the rollout last: it was started or resumed by a request, or by a server itself. */
export function wasRunByServer(acts: readonly Acted[] | undefined): boolean {
  const last = acts?.findLast(({ act }) => act === 'started' || act === 'resumed');
  return last?.actor.via !== undefined || last?.actor.program === serveProgram;
}
