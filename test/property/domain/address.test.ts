import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  parseServerName,
  serverKey,
  splitServerKey,
} from '../../../src/domain/address.ts';
import { anyAddress } from '../../support/listing-arbitraries.ts';

const port = fc.nat({ max: 65_535 });

describe('addresses', () => {
  it('come back from the key of a server', () => {
    fc.assert(
      fc.property(anyAddress, port, (address, port) => {
        const key = serverKey(address, port);
        expect(splitServerKey(key)).toEqual({ address, port });
        expect(parseServerName(key)).toEqual({ address, port });
        expect(parseServerName(address)).toEqual({ address });
      }),
    );
  });

  it('are what Node takes for one, but for zones', () => {
    const almost = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.%]{0,20}$/));
    fc.assert(
      fc.property(almost, (text) => {
        const expected = isIP(text) !== 0 && !text.includes('%');
        expect(canonicalAddress(text) !== undefined).toBe(expected);
      }),
    );
  });
});
