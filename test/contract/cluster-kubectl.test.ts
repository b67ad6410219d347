import { expect, it } from 'vitest';
import { describeKubectl } from '../support/cluster/cluster-under-test.ts';

const excluded = 'node.kubernetes.io/exclude-from-external-load-balancers';
const dying = 'ToBeDeletedByClusterAutoscaler';

await describeKubectl('what kubectl does to a cluster', (get) => {
  const done = async (args: string, input?: object): Promise<string> => {
    const { exitCode, stdout, stderr } = await get().kubectl(args, input);
    expect(stderr.replace(/^Warning: .*$/gm, '').trim(), args).toBe('');
    expect(exitCode, args).toBe(0);
    return stdout;
  };
  // biome-ignore lint/suspicious/noExplicitAny: an object as kubectl prints it
  const read = async (args: string): Promise<any> => JSON.parse(await done(`${args} -o json`));
  const names = () => {
    const { prefix } = get();
    return { node: `${prefix}-n`, service: `${prefix}-s`, pod: `${prefix}-p` };
  };

  const node = () => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: names().node } });
  const service = (port: number) => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: names().service } },
    spec: { type: 'ClusterIP', ports: [{ name: 'https', port }], selector: { app: 'web' } },
  });
  const pod = () => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: names().pod } },
    spec: {
      ...{ nodeName: names().node, terminationGracePeriodSeconds: 0 },
      containers: [{ name: 'c', image: 'none' }],
    },
  });

  it('cordons, labels, taints and annotates a node, one beside the other, and takes it back', async () => {
    const { node: name } = names();
    await done('create -f - --validate=false', node());
    expect(await done(`cordon ${name}`)).toBe(`node/${name} cordoned`);
    await done(`label node ${name} ${excluded}=`);
    await done(`taint node ${name} ${dying}=1:NoSchedule`);
    await done(`annotate node ${name} drain.example/weight=2`);
    const out = await read(`get no ${name}`);
    expect(out.metadata.labels).toMatchObject({ [excluded]: '' });
    expect(out.metadata.annotations).toMatchObject({ 'drain.example/weight': '2' });
    expect(out.spec).toMatchObject({ unschedulable: true });
    expect(out.spec.taints).toContainEqual({ key: dying, value: '1', effect: 'NoSchedule' });

    expect(await done(`uncordon ${name}`)).toBe(`node/${name} uncordoned`);
    await done(`taint node ${name} ${dying}-`);
    const back = await read(`get node ${name}`);
    expect(back.spec.unschedulable).toBeUndefined();
    expect(back.spec.taints ?? []).not.toContainEqual(expect.objectContaining({ key: dying }));
    expect(back.metadata.uid).toBe(out.metadata.uid);
    expect(back.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('drains a node: it is cordoned, and its pods are evicted', async () => {
    const { node: name, pod: evicted } = names();
    await done('create -f - --validate=false', pod());
    const drained = await get().kubectl(`drain ${name} --force --ignore-daemonsets --timeout=30s`);
    expect(drained.stdout).toContain(`pod/${evicted} evicted`);
    expect(drained.stdout).toContain(`node/${name} drained`);
    expect((await read(`get node ${name}`)).spec.unschedulable).toBe(true);
    expect((await get().kubectl(`get pod ${evicted}`)).stderr).toContain('(NotFound)');
  });

  it('patches conditions of a node by their type: those of others stay', async () => {
    const { node: name } = names();
    const patch = (type: string, status: string) =>
      `patch node ${name} --subresource=status --type=strategic -p ${JSON.stringify({ status: { conditions: [{ type, status }] } })}`;
    await done(patch('Ready', 'True'));
    await done(patch('DrainedFromLoadBalancers', 'False'));
    await done(patch('Ready', 'Unknown'));
    const { status } = await read(`get node ${name}`);
    const conditions = status.conditions.map((one: { type: string; status: string }) => [
      one.type,
      one.status,
    ]);
    expect(Object.fromEntries(conditions)).toEqual({
      ...{ Ready: 'Unknown', DrainedFromLoadBalancers: 'False' },
    });
    const waiting = get().kubectl(
      `wait node/${name} --for=condition=DrainedFromLoadBalancers --timeout=30s`,
    );
    await done(patch('DrainedFromLoadBalancers', 'True'));
    expect((await waiting).stdout).toContain('condition met');
  });

  it('applies a Service, and keeps its status and spec apart', async () => {
    const { service: name } = names();
    expect(await done('apply -f - --validate=false', service(443))).toContain('created');
    const address = { status: { loadBalancer: { ingress: [{ ip: '203.0.113.10' }] } } };
    const status = { ...address, spec: { type: 'ExternalName' } };
    await done(`patch svc ${name} --subresource=status --type=merge -p ${JSON.stringify(status)}`);
    expect(await done('apply -f - --validate=false', service(8443))).toContain('configured');
    const kept = await read(`get service ${name}`);
    expect(kept.status).toMatchObject(address.status);
    expect(kept.spec).toMatchObject({ type: 'ClusterIP' });
    expect(kept.spec.ports).toMatchObject([{ name: 'https', port: 8443 }]);
    const waited = `wait svc/${name} --for=jsonpath={.status.loadBalancer.ingress[0].ip}=203.0.113.10`;
    expect(await done(`${waited} --timeout=30s`)).toContain('condition met');
  });

  it('watches, and sees a Service go only when the last finalizer is gone', async () => {
    const { service: name } = names();
    const watching = get().until(
      `get svc ${name} -w --output-watch-events -o jsonpath={.type},{.object.metadata.finalizers}{"\\n"}`,
      (line) => line.startsWith('DELETED'),
    );
    await watching.begun;
    const finalizers = (list: readonly string[]) =>
      `patch svc ${name} --type=merge -p ${JSON.stringify({ metadata: { finalizers: list } })}`;
    await done(finalizers(['drain.example/load-balancer']));
    await done(`delete svc ${name} --wait=false`);
    expect((await read(`get svc ${name}`)).metadata.deletionTimestamp).toMatch(/Z$/);
    const another = await get().kubectl(
      finalizers(['drain.example/load-balancer', 'drain.example/another']),
    );
    expect(another.stderr).toContain('no new finalizers can be added');
    const deleted = get().kubectl(`wait svc/${name} --for=delete --timeout=30s`);
    await done(finalizers([]));
    expect((await deleted).exitCode).toBe(0);
    expect((await get().kubectl(`get svc ${name}`)).stderr).toContain('(NotFound)');
    const seen = await watching.lines;
    expect(seen.at(0)).toBe('ADDED,');
    expect(seen.at(-1)).toBe('DELETED,');
  });

  it('restarts a Deployment by an annotation of its template', async () => {
    const name = `${get().prefix}-d`;
    const labels = { app: name };
    const containers = [{ name: 'c', image: 'none' }];
    await done('create -f - --validate=false', {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
      spec: {
        ...{ replicas: 0, selector: { matchLabels: labels } },
        template: { metadata: { labels }, spec: { containers } },
      },
    });
    expect(await done(`rollout restart deployment/${name}`)).toContain('restarted');
    const { template } = (await read(`get deploy ${name}`)).spec;
    expect(template.metadata.annotations['kubectl.kubernetes.io/restartedAt']).toMatch(/T/);
    expect(template.metadata.labels).toEqual(labels);
    await done(`delete deploy ${name} --wait=false`);
  });

  it('describes a node with its Events, and lists them', async () => {
    const { node: name } = names();
    const { uid } = (await read(`get node ${name}`)).metadata;
    const atMs = '2026-11-30T10:00:00.123456Z';
    await done('create -f - --validate=false', {
      ...{ apiVersion: 'events.k8s.io/v1', kind: 'Event' },
      metadata: { name: `${name}.1`, namespace: 'default' },
      ...{ eventTime: atMs, type: 'Warning', reason: 'NotDraining', action: 'Drain' },
      ...{ note: '3 connections', reportingController: 'drain', reportingInstance: 'drain-1' },
      regarding: { apiVersion: 'v1', kind: 'Node', name, uid },
    });
    expect(await done(`describe node ${name}`)).toMatch(/NotDraining .* drain +3 conn/);
    expect(await done(`events --for=node/${name}`)).toMatch(
      /Warning +NotDraining +Node\/.* 3 conn/,
    );
    await done(`delete event ${name}.1`);
    await done(`delete node ${name}`);
  });
});
