import { expect, test } from 'vitest';
import type { ServerKey } from '../../../src/domain/address.ts';
import { findServer, type RealServer } from '../../../src/domain/ipvs/ipvs.ts';

const servers = (count: number): readonly RealServer[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `10.0.0.${index}:80` as ServerKey,
    address: `10.0.0.${index}`,
    port: 80,
    forwarding: 'masq',
    weight: index,
    upperThreshold: 0,
    lowerThreshold: 0,
  }));

test.for([0, 1, 16, 17, 200])(
  'each of %i servers is found, again and again, and no other',
  (count) => {
    const service = { servers: servers(count) };
    for (const server of [...service.servers, ...service.servers]) {
      expect(findServer(service, server.key)).toBe(server);
    }
    expect(findServer(service, '10.0.1.0:80' as ServerKey)).toBeUndefined();
  },
);
