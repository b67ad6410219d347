// Not imported: a command that names nothing and compares nothing does not pay for loading it.
const crypto = () => process.getBuiltinModule('node:crypto');

/** Draws so many bytes, in hexadecimal digits: a part of a name that nobody can guess. */
export const randomHex = (bytes: number): string => crypto().randomBytes(bytes).toString('hex');

/** The SHA-256 of a text, in 64 hexadecimal digits. */
export const sha256Hex = (text: string): string =>
  crypto().createHash('sha256').update(text).digest('hex');
