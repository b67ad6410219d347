import { printable } from '../printable.ts';

/** Another store, of a rollout or a mark that this one does not know itself. */
export interface Elsewhere {
  /** The state folder or etcd, as `--state` takes it there. */
  readonly state: string;
  /** Absent when it is the same user, or the same machine, as here. */
  readonly user?: string | undefined;
  readonly host?: string | undefined;
}

/** Whether a machine has a name: Linux says `(none)` where nobody has given it one. */
export const isNamedHost = (host: string): boolean => host !== '(none)';

/** `on lb2 of anna with the state in /home/anna/.local/state/drain`, as far as these are told. */
export const placeText = ({
  host,
  user,
  state,
}: { readonly [K in keyof Elsewhere]?: Elsewhere[K] | undefined }): string =>
  [
    ...(host !== undefined && isNamedHost(host) ? [`on ${printable(host)}`] : []),
    ...(user === undefined ? [] : [`of ${printable(user)}`]),
    ...(state === undefined ? [] : [`with the state in ${printable(state)}`]),
  ].join(' ');
