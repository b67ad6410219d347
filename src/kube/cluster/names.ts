/** What stands before drain's own annotations, conditions and finalizers. */
export const ownPrefix = 'drain.example/';

/** Keeps a Service until its virtual services are empty; each owner has one of its own. */
export const finalizerOf = (cluster: string): string => `${ownPrefix}${cluster}`;

/** `namespace/name`: how Services and their slices are looked up. */
export const serviceId = (namespace: string, name: string): string => `${namespace}/${name}`;

export const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** The condition of a node that tells whether any load balancer still has something of it. */
export const drainedCondition = 'DrainedFromLoadBalancers';

/** A node that the cloud's controller has not initialized yet has no addresses to rely on. */
export const uninitializedTaint = 'node.cloudprovider.kubernetes.io/uninitialized';

export const serviceNameLabel = 'kubernetes.io/service-name';
