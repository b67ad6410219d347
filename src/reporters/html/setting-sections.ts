import { fullName, type NamesByServer } from '../../domain/places/named-servers.ts';
import { isNamedHost } from '../../domain/rollout/elsewhere.ts';
import { roleWord } from '../../domain/rollout/maintenance.ts';
import type { RolloutRecord } from '../../record/rollout-record.ts';
import { roughly } from '../text/amounts.ts';
import { dataTable } from './data-table.ts';
import { type Html, type HtmlPart, html } from './html.ts';

const columns = [
  { title: 'what', kind: 'time' },
  { title: 'value', kind: 'words' },
] as const;

/** The settings that were asked for. */
export function planSection({ plan }: RolloutRecord): Html {
  const { policy } = plan;
  const rows: readonly (readonly HtmlPart[])[] = [
    ['old servers', names(plan.from, plan.names)],
    [`${roleWord('new', plan.move)} servers`, names(plan.to, plan.names)],
    [
      'ramp',
      plan.overMs === 0
        ? 'one step'
        : `${roughly(plan.overMs)}, a step every ${roughly(plan.everyMs)}`,
    ],
    ['drain timeout', `${roughly(policy.drainTimeoutMs)}, then ${policy.onTimeout}`],
    ['empty for', roughly(policy.settleMs)],
    ['looked every', roughly(policy.pollMs)],
    ['on failure', policy.onFailure],
    ['on interrupt', policy.onInterrupt],
    ['old servers at the end', policy.keep || plan.to.length === 0 ? 'kept' : 'removed'],
  ];
  return html`<section><h2>Plan</h2>
${dataTable('Plan', columns, rows)}
</section>`;
}

/** The environment of the rollout: versions, and the kernel's settings for IPVS. */
export function environmentSection({ environment, access }: RolloutRecord): Html {
  const rows: readonly (readonly HtmlPart[])[] = [
    ...access.flatMap(({ director, where, ipvsadm }) => [
      [
        access.length === 1 ? 'director' : html`director <code>${director}</code>`,
        html`<code>${where}</code>`,
      ],
      ['ipvsadm is called', html`<code>${ipvsadm}</code>`],
    ]),
    ...(environment
      ? [
          ['drain', environment.drain],
          ['node', `${environment.node}, ${environment.platform}`],
          ...(isNamedHost(environment.host) ? [['run on', environment.host]] : []),
          ...environment.directors.flatMap(({ director, kernel, ipvsadm, sysctls }) => [
            [`kernel of ${director}`, kernel ?? 'not known'],
            [`ipvsadm of ${director}`, ipvsadm ?? 'not known'],
            ...Object.entries(sysctls).map(([name, value]) => [
              html`<code>${name}</code>`,
              String(value),
            ]),
          ]),
        ]
      : []),
  ];
  return html`<section><h2>Environment</h2>
${dataTable('Environment', columns, rows)}
</section>`;
}

const names = (all: readonly string[], called: NamesByServer | undefined): HtmlPart =>
  all.length === 0
    ? 'none'
    : all.map((name, index) => html`${index > 0 && ', '}<code>${fullName(name, called)}</code>`);
