import { fillWords } from '../domain/command-words.ts';
import { fail, ok, type Result } from '../domain/failure.ts';
import type { GuardCheck } from '../domain/health/guard.ts';
import type { Gate } from '../rollout/ports.ts';
import { type CheckedServer, createChecks, loadTls, noPort } from './create-gates.ts';
import { patient } from './patient-check.ts';

/** How the guard asks one server. A probe is sockets of this process; only a command is a process. */
export async function createGuardCheck(
  check: GuardCheck,
  server: CheckedServer,
): Promise<Result<Gate>> {
  const created = await checkOf(check, server);
  return created.ok ? ok(patient(created.value)) : created;
}

async function checkOf(check: GuardCheck, server: CheckedServer): Promise<Result<Gate>> {
  if (check.kind === 'command') {
    const { createCommandGate } = await import('./command-gate.ts');
    const { address, port } = server;
    // Bare, without the brackets of a URL: `['./check-it', '2001:db8::1', '53']`.
    const words = fillWords(check.words, { address, port: String(port) });
    return ok(createCommandGate(words ?? check.words));
  }
  if (check.kind === 'agent') {
    const { createAgentCheck } = await import('./guard-checks/agent-check.ts');
    return ok(createAgentCheck(check.question, server.address));
  }
  if (check.kind !== 'probe') {
    const { address, port } = server;
    if (port === 0) return fail(noPort(address));
    if (check.kind === 'dns') {
      return ok(
        (await import('./guard-checks/dns-check.ts')).createDnsCheck(check.question, address, port),
      );
    }
    const { question } = check;
    const tls = question.tls ? await loadTls(question.tls) : ok(undefined);
    if (!tls.ok) return tls;
    const { createGrpcCheck } = await import('./guard-checks/grpc-check.ts');
    return ok(createGrpcCheck({ question, address, port, tls: tls.value }));
  }
  // The guard's own timing decides when; the rest of the spec is not looked at here.
  const timing = { timeoutMs: 0, intervalMs: 0, rise: 1, fall: 1 };
  const created = await createChecks({ probe: check.probe, ...timing }, [server]);
  if (!created.ok) return created;
  const [gate] = created.value;
  if (gate === undefined) return fail({ kind: 'usage', what: `no check of ${server.address}` });
  return ok(gate);
}

/** What is wrong with a check wherever it is used: a file of certificates that cannot be read. */
export async function examineGuardCheck(check: GuardCheck): Promise<Result<void>> {
  const created = await createGuardCheck(check, { address: '127.0.0.1', port: 80 });
  return created.ok ? ok(undefined) : created;
}
