/** A refusal of the network, of TLS or of the other end; `message` is one line, as node says it. */
export type NetworkError =
  | {
      readonly kind: 'closed' | 'headers-too-large' | 'not-http' | 'network';
      readonly message: string;
    }
  /** `reason` is OpenSSL's own: `wrong version number`. */
  | { readonly kind: 'tls'; readonly message: string; readonly reason: string };

/**
 * Why a certificate is not trusted, by the code of X509_verify_cert_error_string(3): the text of Node differs
 * from version to version, and advises an option of Node that nobody can give to drain.
 */
const certificateTexts: Readonly<Partial<Record<string, string>>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_REVOKED: 'certificate revoked',
};

/** The kind of an error of a socket, of TLS or of the HTTP parser. */
export function networkError(error: unknown): NetworkError {
  // A host name with several addresses, none of which answered.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return { kind: 'network', message: String(first) };
  const { code = '' } = first as NodeJS.ErrnoException;
  const message = certificateTexts[code] ?? first.message.split('\n')[0] ?? '';
  if (code === 'HPE_HEADER_OVERFLOW') return { kind: 'headers-too-large', message };
  if (code.startsWith('HPE_')) return { kind: 'not-http', message };
  if (message === 'socket hang up' || message === 'aborted') return { kind: 'closed', message };
  // OpenSSL's reason is between a number, a function and a source file of it.
  const [, reason] = /:SSL routines:[^:]*:([^:]+):/.exec(message) ?? [];
  return reason === undefined ? { kind: 'network', message } : { kind: 'tls', message, reason };
}
