import { type KubeLook, lookAtCluster } from '../../control/kube/look.ts';
import { printable } from '../../domain/printable.ts';
import { differenceLines, problemLine } from '../../kube/look/difference-lines.ts';
import { isDifferent } from '../../kube/look/differences.ts';
import type { CommandInput } from '../command-line/command.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import type { KubeFile } from './kube-file.ts';
import { openApi, openKube } from './open-kube.ts';

/** `drain kube FILE --dry-run`: one look, what would be changed and why; changes nothing. */
export async function look(
  env: Environment,
  { given }: Pick<CommandInput, 'given'>,
  { settings }: KubeFile,
): Promise<number> {
  const { tools, opened, store } = await openKube(env, given, settings);
  const api = await openApi(env, settings);
  const found = orRefuse(
    await lookAtCluster(env, {
      api,
      settings,
      opened,
      store,
      nowMs: opened.clock.nowMs(),
    }),
  );
  env.out(tools.output === 'json' ? jsonText(found) : lookText(found));
  return 0;
}

function lookText({ directors, problems }: KubeLook): string {
  const lines = directors.flatMap(({ director, services }) => [
    ...(directors.length > 1 ? [`On ${printable(director)}:`] : []),
    ...services.flatMap(differenceLines),
    ...(services.length === 0 ? ['nothing is asked for'] : []),
    '',
  ]);
  const isAny = directors.some(({ services }) => services.some(isDifferent));
  const end = isAny ? 'Nothing was changed.' : 'Nothing was changed, and nothing would be.';
  return `${[...lines, ...problems.map(problemLine), ...(problems.length > 0 ? [''] : []), end].join('\n')}\n`;
}

/** A line for each virtual service of each director, then one for each problem. */
const jsonText = ({ directors, problems }: KubeLook): string =>
  [
    ...directors.flatMap(({ director, services }) =>
      services.map((one) => ({ type: 'service', director, ...one })),
    ),
    ...problems.map((one) => ({ type: 'problem', ...one })),
  ]
    .map((one) => `${JSON.stringify(one)}\n`)
    .join('');
