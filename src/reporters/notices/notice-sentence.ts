import type { Notice } from '../../domain/notice.ts';
import { headed } from '../text/headed.ts';

type Told = Omit<Notice, 'text' | 'id' | 'v'>;

/**
 * What somebody reads at night: where, which rollout, what happened, and what to type there.
 *
 *     drain on lb1, rollout 20261123-141530042-7f3a: held: SIGTERM: held at step 7 of 20. Go on: drain
 *     resume 20261123-141530042-7f3a. Go back: drain rollback 20261123-141530042-7f3a.
 */
export function noticeSentence({ host, rollout, type, message, goOn, goBack }: Told): string {
  const word = type === 'rollback-started' ? 'going back' : type.replace('-', ' ');
  const happened = headed(word, message, { unless: 'begun-with-it' });
  const parts = [
    `drain on ${host}, rollout ${rollout}: ${happened}`,
    ...(goOn ? [`Go on: ${goOn}`] : []),
    ...(goBack ? [`Go back: ${goBack}`] : []),
  ];
  return callingNobody(parts.map((part) => `${part.replace(/\.$/, '')}.`).join(' '));
}

/**
 * A gate's own words are in it, and a chat would obey them: `<!channel>` of Slack and `@all` of
 * Mattermost wake everybody, `<https://…|here>` is a link under a false name.
 */
const callingNobody = (text: string): string =>
  text
    .replace(/<(?=[!@#]|[a-z][\w+.-]*:)/gi, '< ')
    .replace(/@(?=(?:channel|here|all|everyone)\b)/gi, '@ ');
