import { shortList } from '../../domain/printable.ts';
import type { Move, Plan } from '../../domain/rollout/plan.ts';

/** `10.0.0.3:80 is in service with weight 100`, or `10.0.0.1:80 has weight 50`, of a move that is done. */
export const movedMessage = (plan: Plan, move: Move): string =>
  shortList(
    plan.to.map((server) => {
      const weights = shortList(weightsOf(plan, server).map(String));
      return `${server} ${move === 'add' ? 'is in service with' : 'has'} weight ${weights}`;
    }),
    mostNamed,
  );

/** `10.0.0.1:80 has the weight from before`: the state of the table after a rollback. */
export function movedBack(plan: Plan, move: Move): string {
  const who = shortList(plan.to, mostNamed);
  const isOne = plan.to.length === 1;
  return move === 'add'
    ? `${who} ${isOne ? 'is' : 'are'} out of the table again, and all others have the weight from before`
    : `${who} ${isOne ? 'has' : 'have'} the weight from before the rollout`;
}

/** The weights that a server ends with in the services of the plan, each once. */
const weightsOf = ({ directors }: Plan, server: string): readonly number[] => [
  ...new Set(
    directors.flatMap(({ services }) =>
      services.flatMap(({ servers, finalWeights }) => {
        const index = servers.map(String).indexOf(server);
        return index < 0 ? [] : [finalWeights[index] ?? 0];
      }),
    ),
  ),
];

const mostNamed = 20;
