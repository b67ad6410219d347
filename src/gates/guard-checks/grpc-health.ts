/** The service and method of the health protocol, version 1 (grpc/doc/health-checking.md). */
export const healthPath = '/grpc.health.v1.Health/Check';

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
export type ServingStatus = (typeof statuses)[number];

const text = 0x0a; // Field 1, length-delimited.
const number = 0x08; // Field 1, a varint.

/** A HealthCheckRequest as a gRPC message: not compressed, its length, and `service = 1`. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  const body =
    name.length === 0 ? name : Buffer.concat([Buffer.from([text, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** The status of a HealthCheckResponse; `undefined` where the bytes are none. */
export function servingStatus(message: Buffer): ServingStatus | undefined {
  if (message.length < 5 || message[0] !== 0 || message.readUInt32BE(1) !== message.length - 5)
    return undefined;
  const body = message.subarray(5);
  // A field that has its default is left out.
  if (body.length === 0) return 'UNKNOWN';
  return body.length === 2 && body[0] === number ? statuses[body[1] ?? -1] : undefined;
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
