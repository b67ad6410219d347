import type { Failure } from '../../domain/failure.ts';
import { isSshAddress, parseSshAddress } from '../../domain/places/ssh-address.ts';
import { tableOf } from '../../domain/rollout/rollout-locks.ts';
import type { DrivenDirector } from '../../kube/run/kube-run-ports.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';

/** The directors with their tables as marks and locks name them, in the order they were given in. */
export const drivenDirectors = ({
  access,
  directors,
}: Pick<OpenFleet, 'access' | 'directors'>): readonly DrivenDirector[] =>
  access.flatMap((one) => {
    const director = directors.get(one.director);
    return director ? [{ director, table: tableOf(one) }] : [];
  });

/**
 * The addresses at which directors are administered: no Service may take one. Those of a director's
 * interfaces are not all meant, for its virtual addresses are among them.
 */
export async function addressesOf(
  { lookUp }: Pick<ControlPorts, 'lookUp'>,
  { access }: Pick<OpenFleet, 'access'>,
): Promise<readonly string[]> {
  const hosts = access.flatMap(({ where }) => {
    const address = isSshAddress(where) ? parseSshAddress(where) : undefined;
    return address?.ok ? [address.value.host] : [];
  });
  const found = await Promise.all(hosts.map((host) => lookUp(host)));
  return [...new Set(found.flat())];
}

/** Why no director at all can be driven; absent as soon as one gives its table. */
export async function whyNoneAnswers(
  driven: readonly DrivenDirector[],
): Promise<Failure | undefined> {
  const listed = await Promise.all(driven.map(({ director }) => director.snapshot()));
  if (listed.some(({ ok }) => ok)) return undefined;
  const [first] = listed;
  return first && !first.ok ? first.failure : undefined;
}
