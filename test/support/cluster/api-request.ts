import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { ApiError, type Resource, resources } from './api-object.ts';

/** What a request asks for, out of its path. */
export interface ApiRequest {
  readonly method: string;
  readonly resource: Resource;
  readonly groupVersion: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query: URLSearchParams;
  /** In the words of RBAC. */
  readonly verb: string;
}

const path =
  /^\/apis?\/((?:[^/]+\/)?v1)(?:\/namespaces\/([^/]+)(?=\/[a-z]))?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/;

export function apiRequest(method: string, url: URL): ApiRequest | undefined {
  const [, groupVersion, namespace, named, name, subresource] = path.exec(url.pathname) ?? [];
  const resource = resources.find(
    (one) => one.name === named && one.groups.includes(groupVersion ?? ''),
  );
  // What looks like a resource of a namespace is `/namespaces/NAME/status`, which is not served.
  if (!resource || groupVersion === undefined) return undefined;
  const query = url.searchParams;
  const decoded = name === undefined ? undefined : decodeURIComponent(name);
  const asked = { method, resource, groupVersion, namespace, name: decoded, subresource, query };
  return { ...asked, verb: verbOf(asked) };
}

function verbOf({ method, name, query }: Omit<ApiRequest, 'verb'>): string {
  switch (method) {
    case 'GET':
      if (/^(true|1)$/.test(query.get('watch') ?? '')) return 'watch';
      return name === undefined ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    default:
      return method.toLowerCase();
  }
}

export async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  const type = request.headers['content-type'] ?? '';
  if (/protobuf/.test(type)) {
    throw new ApiError(415, 'UnsupportedMediaType', 'the stand-in reads no protobuf');
  }
  // A server-side apply may come as YAML, of which JSON is a part.
  return /yaml/.test(type) ? parse(text) : JSON.parse(text);
}
