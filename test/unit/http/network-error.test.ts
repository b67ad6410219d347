import { describe, expect, it } from 'vitest';
import { networkError } from '../../../src/http/network-error.ts';

const failed = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('a certificate that is not trusted', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
    ['CERT_HAS_EXPIRED', 'certificate has expired'],
  ])('%s is said in our words, whatever the version of Node', (code, message) => {
    const advice = `${message}; if the root CA is installed locally, try running Node.js with --use-system-ca`;
    expect(networkError(failed(code, advice))).toEqual({ kind: 'network', message });
  });

  it('for another name keeps the names that are in the message', () => {
    const message =
      "Hostname/IP does not match certificate's altnames: Host: a. is not cert's CN: b";
    const found = networkError(failed('ERR_TLS_CERT_ALTNAME_INVALID', message));
    expect(found).toEqual({ kind: 'network', message });
  });
});
