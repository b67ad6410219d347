import { createServer } from 'node:net';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { sha256Hex } from '../../files/hex.ts';

/**
 * Keeps every other drain of this machine from editing a file: a socket without a file (unix(7), abstract),
 * which the kernel gives to one process, and takes back when that ends in whatever way.
 */
export function lockFile(path: string): Promise<Result<() => void>> {
  const server = createServer();
  // Whoever holds a lock need not stay for it.
  server.unref();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isHeld = error.code === 'EADDRINUSE';
      const why = isHeld ? 'another drain is editing it' : printable(error.message);
      resolve(
        fail({
          kind: 'conflict',
          what: `${printable(path)} cannot be edited: ${why}`,
          next: 'wait for that, and run the command again',
        }),
      );
    });
    server.listen(`\0drain-edit-${sha256Hex(path).slice(0, 32)}`, () =>
      resolve(ok(() => void server.close())),
    );
  });
}
