import { execFileSync } from 'node:child_process';
import { describe } from 'vitest';

/**
 * Tests that need programs of this machine, `{ mmdebstrap: 'mmdebstrap' }` by the package that has them,
 * by this user, or with `root` by root alone.
 * Without one they are left out with a line on stderr, and with DRAIN_REQUIRE_KERNEL=1 they fail.
 */
export function describeTools(
  name: string,
  tools: Readonly<Record<string, string>>,
  define: () => void,
): void {
  if (tools.root !== undefined && process.getuid?.() !== 0) {
    process.stderr.write(`left out: ${name}: only root can\n`);
    return;
  }
  const missing = Object.keys(tools).filter((tool) => tool !== 'root' && !isThere(tool));
  if (missing.length === 0 || process.env.DRAIN_REQUIRE_KERNEL === '1') {
    describe(name, define);
    return;
  }
  const packages = missing.map((tool) => tools[tool]).join(' ');
  process.stderr.write(
    `left out: ${name}: there is no ${missing.join(', ')} (apt-get install ${packages})\n`,
  );
}

function isThere(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', tool], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
