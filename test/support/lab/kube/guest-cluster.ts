import { createInterface } from 'node:readline';
import type { ApiObject } from '../../cluster/api-object.ts';
import { startApiServer } from '../../cluster/api-server.ts';
import type { PatchKind } from '../../cluster/cluster-store.ts';

// The stand-in API server inside the lab's kernel. Commands on standard input, JSON lines with an id,
// answered with {id, result} or {id, error}: what controllers of a cluster do, without a request.

interface Order {
  readonly id: number;
  readonly op: 'create' | 'patch' | 'delete' | 'all';
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
  readonly object: ApiObject;
  readonly kind: PatchKind;
}

const { store, kubeconfig } = await startApiServer();

function perform({ op, resource, namespace, name, object, kind }: Order): unknown {
  const place = { resource, namespace, name };
  switch (op) {
    case 'create':
      store.create(resource, namespace, object);
      break;
    case 'patch':
      store.patch(place, object, { kind });
      break;
    case 'delete':
      store.delete(place);
      break;
    case 'all':
      return store.all(resource, { namespace });
  }
  return { atMs: Date.now() };
}

const send = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
createInterface({ input: process.stdin }).on('line', (text) => {
  const order = JSON.parse(text) as Order;
  try {
    send({ id: order.id, result: perform(order) });
  } catch (error) {
    send({ id: order.id, error: String(error) });
  }
});
send({ ready: true, kubeconfig });
