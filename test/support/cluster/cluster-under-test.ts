import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe } from 'vitest';
import { whyNot } from '../debian-packages.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { kubectlProgram } from './kubectl.ts';

/** The API server that a contract is held to. */
export interface ClusterUnderTest {
  readonly kubeconfig: string;
  /** Absent when `DRAIN_TEST_KUBECONFIG` names a real one. */
  readonly standIn?: ApiServer | undefined;
  /** Part of every name that a test makes, so that nothing is met that others have made. */
  readonly prefix: string;
}

/** The server of `DRAIN_TEST_KUBECONFIG`, or else the stand-in, which a line on stderr says. */
export function describeCluster(name: string, define: (get: () => ClusterUnderTest) => void): void {
  const kubeconfig = process.env.DRAIN_TEST_KUBECONFIG;
  if (!kubeconfig) {
    process.stderr.write(
      `${name}: only against the stand-in (DRAIN_TEST_KUBECONFIG names a real API server)\n`,
    );
    describeStandIn(name, define);
    return;
  }
  describe(`${name}, against the API server of DRAIN_TEST_KUBECONFIG`, () => {
    const cluster = { kubeconfig, prefix: newPrefix() };
    define(() => cluster);
  });
}

/** Tests that tell the server what to do, which only the stand-in can be told. */
export function describeStandIn(name: string, define: (get: () => ClusterUnderTest) => void): void {
  describe(`${name}, against the stand-in`, () => {
    let cluster: ClusterUnderTest;
    beforeAll(async () => {
      const standIn = await startApiServer();
      cluster = { kubeconfig: standIn.kubeconfig, standIn, prefix: newPrefix() };
    });
    afterAll(() => cluster.standIn?.stop());
    define(() => cluster);
  });
}

const newPrefix = (): string => `drain-${process.pid}-${Date.now().toString(36)}`;

export interface KubectlRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export type Kubectl = (args: string, input?: object) => Promise<KubectlRun>;

/** Runs what does not end by itself until a line; `begun` resolves at the first one. */
export type KubectlUntil = (
  args: string,
  isLast: (line: string) => boolean,
) => { readonly begun: Promise<void>; readonly lines: Promise<readonly string[]> };

export interface WithKubectl extends ClusterUnderTest {
  readonly kubectl: Kubectl;
  readonly until: KubectlUntil;
}

/**
 * The same with the real kubectl. Where it cannot be had the tests are left out with a line on stderr,
 * and with DRAIN_REQUIRE_KERNEL=1 they fail.
 */
export async function describeKubectl(
  name: string,
  define: (get: () => WithKubectl) => void,
): Promise<void> {
  const program = await kubectlProgram().catch((error: unknown) => whyNotKubectl(error));
  if (typeof program !== 'string' && process.env.DRAIN_REQUIRE_KERNEL !== '1') {
    process.stderr.write(`left out: ${name}: there is no kubectl 1.35, ${program.reason}\n`);
    return;
  }
  describeCluster(name, (get) => {
    let folder: string;
    beforeAll(async () => {
      if (typeof program !== 'string') throw new Error(`no kubectl: ${program.reason}`);
      folder = await mkdtemp(join(tmpdir(), 'drain-kubectl-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));
    // One answer of discovery for all of them.
    const start = (args: string, input?: object) =>
      execa(String(program), [`--cache-dir=${folder}`, ...args.split(' ')], {
        env: { KUBECONFIG: get().kubeconfig },
        input: input ? JSON.stringify(input) : '',
        reject: false,
        timeout: 60_000,
      });
    const kubectl: Kubectl = async (args, input) => {
      const { exitCode, stdout, stderr } = await start(args, input);
      return { exitCode, stdout, stderr };
    };
    const until: KubectlUntil = (args, isLast) => {
      const lines: string[] = [];
      const child = start(args);
      let begin = (): void => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const read = async () => {
        for await (const line of child) {
          lines.push(line);
          begin();
          if (isLast(line)) child.kill();
        }
        begin();
        return lines;
      };
      return { begun, lines: read() };
    };
    define(() => ({ ...get(), kubectl, until }));
  });
}

const whyNotKubectl = (error: unknown) => ({ reason: whyNot(error) });
