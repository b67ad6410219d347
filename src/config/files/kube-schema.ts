import * as z from 'zod';
import { parseServiceKey, serviceKey } from '../../domain/address.ts';
import { parseAddressRange } from '../../domain/kube/address-range.ts';
import type { Binding, ServiceTerms } from '../../domain/kube/kube-settings.ts';
import { parseLabelSelector } from '../../domain/kube/label-selector.ts';
import { parseTaintPattern } from '../../domain/kube/taint-pattern.ts';
import { printable } from '../../domain/printable.ts';
import { checkFields } from '../checks/check-schema.ts';
import { periodOf } from '../checks/period.ts';
import { oneOf, termFields, terms, whyUnreachable } from './kube-terms.ts';

/** A text that `parse` makes something of; `expected` behind what it was not. */
function parsed<T extends object>(parse: (text: string) => T | undefined, expected: string) {
  return z.string(`write ${expected}`).transform((text, ctx): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    ctx.addIssue({ code: 'custom', message: `"${printable(text)}" is none: write ${expected}` });
    return z.NEVER;
  });
}

const percent = z.union([z.string(), z.number()], 'write a percentage').transform((value, ctx) => {
  const amount = Number(/^(\d{1,3})%$/.exec(String(value))?.[1]);
  if (amount >= 1 && amount <= 100) return amount;
  ctx.addIssue({ code: 'custom', message: 'write a percentage from 1% to 100%' });
  return z.NEVER;
});

/** A name as Kubernetes has them: letters, digits, dashes and dots. */
const objectName = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
const named = (what: string) =>
  z.string().regex(objectName, `write ${what}: small letters, digits, dots and dashes`);

const range = parsed(parseAddressRange, 'an address, or a range such as 10.0.0.0/16 or fd00::/8');

const reference = parsed((text): Binding['of'] | undefined => {
  const [, namespace = '', name = '', port] =
    /^([a-z0-9][a-z0-9-]{0,62})\/([a-z0-9][a-z0-9.-]{0,62})(?::([a-z0-9-]{1,63}))?$/.exec(text) ??
    [];
  return name === '' ? undefined : { namespace, name, port };
}, 'namespace/name, or namespace/name:port');

const bindingFields = {
  service: parsed((text) => {
    const address = parseServiceKey(text);
    return address?.kind === 'address'
      ? { key: serviceKey(address), port: address.port }
      : undefined;
  }, 'a virtual service such as tcp/203.0.113.10:443 or udp/[2001:db8::1]:53').describe(
    'The virtual service.',
  ),
  of: reference.describe('The Kubernetes Service, as namespace/name or namespace/name:port.'),
  ...termFields,
  hostPort: z
    .int('write a port')
    .min(1, 'write a port')
    .max(65_535, 'write a port')
    .optional()
    .describe('The port of the pods on their nodes, for hostPort.'),
};

const binding = z.strictObject(bindingFields).superRefine((value, ctx) => {
  const message = whyUnreachable(value);
  if (message) ctx.addIssue({ code: 'custom', path: ['forwarding'], message });
  if (value.hostPort === undefined) return;
  const why = whyNoHostPort(value, value.service.port);
  if (why) ctx.addIssue({ code: 'custom', path: ['hostPort'], message: why });
});

function whyNoHostPort(
  { to, forwarding, hostPort }: ServiceTerms & { readonly hostPort?: number | undefined },
  port: number,
): string | undefined {
  if (to !== 'hostPort') return 'hostPort has a meaning for to: hostPort only';
  const isKept = forwarding === 'route' || forwarding === 'tunnel';
  return isKept && hostPort !== port ? `${forwarding} keeps the port ${port}` : undefined;
}

const nodes = z.strictObject({
  selector: parsed(
    parseLabelSelector,
    "a label selector such as role=edge or '!node-role.kubernetes.io/control-plane'",
  )
    .default([])
    .describe("Labels of nodes that serve, as kubectl's -l has them; all without it."),
  address: oneOf(['InternalIP', 'ExternalIP'])
    .default('InternalIP')
    .describe("Which of a node's addresses is the server."),
  within: z
    .array(range)
    .default([])
    .describe("Ranges that a server's address must be in; none: anywhere."),
});

const join = z.strictObject({
  after: periodOf(0, '10s')
    .default(10_000)
    .describe('How long a node is Ready before it gets weight (10s).'),
  over: periodOf(0, '30s, or 0s for at once')
    .default(30_000)
    .describe('The ramp from 0 to its weight (30s).'),
});

const taint = parsed(
  parseTaintPattern,
  'a taint as key, key=value, key:Effect or key=value:Effect',
);

/** What autoscalers put on a node that they are about to delete, and people on one that is broken. */
const usualTaints = [
  { key: 'ToBeDeletedByClusterAutoscaler' },
  { key: 'karpenter.sh/disrupted', effect: 'NoSchedule' as const },
  { key: 'node.kubernetes.io/out-of-service' },
];

const leave = z.strictObject({
  over: periodOf(0, '30s, or 0s for at once')
    .default(0)
    .describe('The ramp to 0 of a node that is sent away (0s: at once).'),
  timeout: periodOf(1_000, '10m')
    .default(600_000)
    .describe('How long a server may take to become empty (10m).'),
  onTimeout: oneOf(['hold', 'remove'])
    .default('hold')
    .describe('Then: leave it at weight 0, or remove it with its connections.'),
  atOnce: percent
    .default(25)
    .describe(
      "The most of a service's weight that leaves at once for what is only observed (25%).",
    ),
  cordon: oneOf(['keep', 'drain'])
    .default('keep')
    .describe('What a cordon means: nothing, or that the node leaves.'),
  taints: z
    .array(taint)
    .default(usualTaints)
    .describe(
      'A node with one of these is about to be gone: key, key=value, key:Effect or key=value:Effect.',
    ),
});

const servers = z.int('write a whole number of servers from 1').min(1, 'at least 1').max(10_000);
const keep = z.strictObject({
  servers: servers
    .default(1)
    .describe('So many servers of a service keep their weight, whatever is seen.'),
  whenNothingIsLeft: z
    .literal('hold', 'write hold')
    .default('hold')
    .describe('A cluster that has shrunk to nothing is not believed.'),
});

const file = z.string().min(1, 'name a file');

/** The fields of the file of `drain kube`. */
export const kubeSchema = z
  .strictObject({
    cluster: named('a name for the cluster').describe(
      "The owner's name in claims, metrics, Events and the finalizer.",
    ),
    kubeconfig: file.optional().describe('The kubeconfig with which the API server is reached.'),
    context: z
      .string()
      .min(1)
      .optional()
      .describe('A context of the kubeconfig; its current one without it.'),
    allowExec: z
      .boolean()
      .default(false)
      .describe('Whether the kubeconfig may name a command that gets credentials.'),
    inCluster: z
      .boolean()
      .default(false)
      .describe('The controller runs in the cluster, with its ServiceAccount.'),
    namespaces: z
      .array(named('a namespace'))
      .min(1, 'name at least one')
      .optional()
      .describe('The namespaces whose Services are served; all without it.'),
    class: z
      .string()
      .regex(/^[a-z0-9][A-Za-z0-9./-]{0,252}$/, 'write a class')
      .optional()
      .describe('Services of type LoadBalancer with this loadBalancerClass are served.'),
    serveDefault: z
      .boolean()
      .default(false)
      .describe('Whether Services without a class are served too.'),
    addresses: z
      .array(range)
      .default([])
      .describe('Ranges in which a Service may ask for an address; none: anywhere.'),
    directors: z
      .array(z.string().min(1))
      .min(1, 'name at least one director')
      .optional()
      .describe(
        'Names or places of directors; those of the command line or config file without it.',
      ),
    nodes: nodes.prefault({}).describe('Which nodes serve, and at which address.'),
    join: join.prefault({}).describe('How a node joins.'),
    leave: leave.prefault({}).describe('How a node leaves.'),
    keep: keep.prefault({}).describe('What stays in service, whatever is seen.'),
    strict: z
      .boolean()
      .default(false)
      .describe('Refuse Services with loadBalancerSourceRanges, which IPVS does not enforce.'),
    nodeCondition: z
      .boolean()
      .default(false)
      .describe('Write the condition DrainedFromLoadBalancers of nodes.'),
    defaults: terms
      .default({})
      .describe('For Services and bindings that do not say it themselves.'),
    services: z
      .array(binding)
      .default([])
      .describe('Virtual services for Services that are not of type LoadBalancer.'),
  })
  .superRefine((value, ctx) => {
    const issue = (path: (string | number)[], message: string) =>
      ctx.addIssue({ code: 'custom', path, message });
    if (value.inCluster === (value.kubeconfig !== undefined)) {
      issue(['kubeconfig'], 'say where the cluster is: kubeconfig: FILE, or inCluster: true');
    }
    for (const name of ['context', 'allowExec'] as const) {
      if (value.inCluster && value[name]) issue([name], `${name} belongs to a kubeconfig`);
    }
    if (value.class === undefined && value.services.length === 0) {
      issue(['class'], 'name the class of the Services to serve, or at least one of services');
    }
    for (const name of ['serveDefault', 'addresses'] as const) {
      const isGiven = name === 'addresses' ? value.addresses.length > 0 : value.serveDefault;
      if (isGiven && value.class === undefined) issue([name], `${name} belongs to a class`);
    }
    const seen = new Set<string>();
    for (const [index, { service }] of value.services.entries()) {
      if (seen.has(service.key))
        issue(['services', index, 'service'], `${service.key} is here twice`);
      seen.add(service.key);
    }
  });

/** The names of fields at a place of the file, for what a refusal lists. */
export function kubeFieldsAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.includes('check')) return checkFields;
  switch (path[0]) {
    case undefined:
      return Object.keys(kubeSchema.shape);
    case 'nodes':
      return Object.keys(nodes.shape);
    case 'join':
      return Object.keys(join.shape);
    case 'leave':
      return Object.keys(leave.shape);
    case 'keep':
      return Object.keys(keep.shape);
    case 'defaults':
      return Object.keys(terms.shape);
    default:
      return Object.keys(bindingFields);
  }
}
