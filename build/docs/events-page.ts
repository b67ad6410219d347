import { type EventType, eventTypes } from './event-types.ts';
import { code, pageOf, sentence, table } from './markdown.ts';

const unions = [
  {
    file: 'src/domain/events/event.ts',
    name: 'EventBody',
    title: 'Of a rollout',
    common:
      'Each has `v` (1), `at` (ISO 8601, UTC), `rollout` (the id), `type`, and where it is known `actor`: whoever the rollout follows, as `{user, host, run?, program?, reason?}` ([who and why](../who-and-why.md)).',
  },
  {
    file: 'src/domain/events/around-event.ts',
    name: 'AroundEventBody',
    title: 'Of `drain around`',
    common:
      'They stand between those of the rollouts that take its servers out and bring them in; `rollout` is the id of the around.',
  },
  {
    file: 'src/domain/events/guard-event.ts',
    name: 'GuardEventBody',
    title: 'Of `drain guard`',
    common: 'Each has `v` (1), `at`, `director` and `type`. A guard has no rollout.',
  },
  {
    file: 'src/domain/events/kube-event.ts',
    name: 'KubeEventBody',
    title: 'Of `drain kube`',
    common:
      'Each has `v` (1), `at`, `director` and `type`. `owner` is the Kubernetes Service; its Events in the cluster say the same.',
  },
  {
    file: 'src/domain/events/kube-event.ts',
    name: 'KubeNoticeBody',
    title: 'Of `drain kube` itself',
    common: 'Each has `v` (1), `at` and `type`.',
  },
] as const;

/** Every event that `--output json` writes, from the types that the engine makes them of. */
export function eventsPage(root: string): string {
  const found = eventTypes(
    root,
    unions.map(({ file, name }) => [file, name]),
  );
  return pageOf(
    'Events',
    'With `--output json` one event a line stands on stdout, and nothing else. Servers are written `10.0.0.1:80` or `[2001:db8::1]:80`, services `tcp/10.0.0.100:80`. Names and fields do not change; new ones may come.',
    unions.map(({ title, common }, i) => [
      `## ${title}`,
      '',
      common,
      '',
      ...(found[i] ?? []).flatMap(section),
    ]),
  );
}

const section = ({ types, fields }: EventType): readonly string[] => [
  `### ${types.join(', ')}`,
  '',
  ...(fields.length === 0
    ? ['No further field.', '']
    : table(
        ['field', 'value', 'meaning'],
        fields.map(({ name, isOptional, value, meaning }) => [
          code(name),
          `${code(value)}${isOptional ? ' (not always)' : ''}`,
          meaning.includes('`') ? meaning.replaceAll('|', '\\|') : sentence(meaning),
        ]),
      )),
];
