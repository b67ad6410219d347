import type * as z from 'zod';
import { ok, type Result } from '../../domain/failure.ts';
import type { ClusterAccess, KubeSettings } from '../../domain/kube/kube-settings.ts';
import { checkYaml } from './checked-file.ts';
import { kubeFieldsAt, kubeSchema } from './kube-schema.ts';

type Fields = z.output<typeof kubeSchema>;

/** The file of `drain kube`: which cluster, which of its Services, and how nodes join and leave. */
export function parseKubeFile(text: string, file: string): Result<KubeSettings> {
  const checked = checkYaml(text, file, kubeSchema, kubeFieldsAt);
  return checked.ok ? ok(settingsOf(checked.value.value)) : checked;
}

function settingsOf(fields: Fields): KubeSettings {
  const { nodes, join, leave, keep } = fields;
  return {
    cluster: fields.cluster,
    access: accessOf(fields),
    namespaces: fields.namespaces,
    class:
      fields.class === undefined
        ? undefined
        : {
            name: fields.class,
            servesDefault: fields.serveDefault,
            addresses: fields.addresses,
          },
    directors: fields.directors,
    nodes,
    join: { afterMs: join.after, overMs: join.over },
    leave: {
      overMs: leave.over,
      timeoutMs: leave.timeout,
      onTimeout: leave.onTimeout,
      atOncePercent: leave.atOnce,
      cordon: leave.cordon,
      taints: leave.taints,
    },
    keep,
    isStrict: fields.strict,
    writesNodeCondition: fields.nodeCondition,
    defaults: fields.defaults,
    bindings: fields.services.map(({ service, ...binding }) => ({
      ...binding,
      service: service.key,
    })),
  };
}

const accessOf = ({ kubeconfig, context, allowExec }: Fields): ClusterAccess =>
  kubeconfig === undefined
    ? { kind: 'in-cluster' }
    : { kind: 'kubeconfig', file: kubeconfig, context, allowsExec: allowExec };
