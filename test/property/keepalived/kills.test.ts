import { readFileSync, writeFileSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { fail } from '../../../src/domain/failure.ts';
import type { ConfEdit } from '../../../src/files/keepalived/edit.ts';
import { carryOut, type JobOutcome } from '../../../src/keepalived/edit/carry-out.ts';
import type { ConfHost } from '../../../src/keepalived/edit/conf-host.ts';
import { localFiles } from '../../../src/keepalived/edit/local-files.ts';
import { prepareEdit } from '../../../src/keepalived/edit/prepare.ts';
import {
  type SimulatedKeepalived,
  startKeepalived,
} from '../../support/keepalived/simulated-keepalived.ts';

const service = 'tcp/10.0.1.100:80' as ServiceKey;
const old = '10.0.2.11:8080' as ServerKey;
const added = '10.0.2.12:8080' as ServerKey;

const services = `virtual_server 10.0.1.100 80 {
  protocol TCP
  real_server 10.0.2.11 8080 { weight 100 }   # caf\u00e9
  real_server 10.0.2.13 8080 { weight 50 }
}
`;

const edits: readonly (readonly ConfEdit[])[] = [
  [{ kind: 'set-weight', service, server: old, weight: 0 }],
  [
    { kind: 'insert-server', service, server: added, weight: 100, like: old },
    { kind: 'set-weight', service, server: old, weight: 0 },
  ],
  [{ kind: 'remove-server', service, server: old }],
];

class Killed extends Error {}

/** A host that is killed before or after one of its calls, or with half of a text written. */
function killedAt(host: ConfHost, at: number, how: 'before' | 'after' | 'half'): ConfHost {
  let calls = 0;
  const killed: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(host)) {
    killed[name] = (...args: unknown[]) => {
      if (name === 'nowMs' || name === 'backupOf') return method.apply(host, args);
      const isLast = ++calls === at;
      if (isLast && how !== 'after') {
        if (how === 'half' && name === 'writeDraft')
          writeFileSync(draftPath(args[0] as { path: string; id: string }), 'virtual_ser');
        throw new Killed();
      }
      const done = method.apply(host, args);
      return isLast
        ? Promise.resolve(done).then(() => {
            throw new Killed();
          })
        : done;
    };
  }
  return killed as unknown as ConfHost;
}

const draftPath = ({ path, id }: { readonly path: string; readonly id: string }): string =>
  path.replace(/([^/]+)$/, `.$1.${id}.drain-new`);

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'drain-kills-'));
});
afterAll(() => rm(root, { recursive: true }));

interface Site {
  readonly folder: string;
  /** The file with the service. */
  readonly path: string;
  readonly keepalived: SimulatedKeepalived;
  readonly host: ConfHost;
}

async function site(isIncluded: boolean): Promise<Site> {
  const folder = join(root, `${count++}`);
  await mkdir(join(folder, 'conf.d'), { recursive: true });
  const main = join(folder, 'keepalived.conf');
  const path = isIncluded ? join(folder, 'conf.d/web.conf') : main;
  if (isIncluded) await writeFile(main, 'global_defs { }\ninclude conf.d/*\n');
  await writeFile(path, services, 'latin1');
  await chmod(path, 0o640);
  const keepalived = await startKeepalived(main);
  let nowMs = Date.UTC(2026, 10, 30);
  const host: ConfHost = {
    ...localFiles,
    ...keepalived,
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += 20 * ms;
    },
  };
  return { folder, path, keepalived, host };
}

/** Begins the edit, or goes on with one that was begun; undefined where there is nothing to do. */
async function edit(
  host: ConfHost,
  path: string,
  wanted: readonly ConfEdit[],
): Promise<JobOutcome | undefined> {
  const job = await host.readJob(path);
  if (!job.ok) throw new Error(job.failure.what);
  let begun = job.value;
  if (!begun) {
    const prepared = await prepareEdit(host, wanted);
    if (!prepared.ok) throw new Error(prepared.failure.what);
    if (!prepared.value) return undefined;
    const written = await host.writeJob(prepared.value.job);
    if (!written.ok) throw new Error(written.failure.what);
    begun = prepared.value.job;
  }
  const outcome = await carryOut(host, begun);
  if (!outcome.ok) throw new Error(outcome.failure.what);
  return outcome.value;
}

const textOf = (path: string): string => readFileSync(path, 'latin1');

/** What an edit has left beside the files. */
const leftIn = async ({ path }: Site): Promise<readonly string[]> =>
  (await readdir(join(path, '..'))).filter((name) => name.includes('.drain-')).sort();

/** What the edits come to, on a file that nobody else looks at. */
async function meant(wanted: readonly ConfEdit[], isIncluded: boolean): Promise<string> {
  const other = await site(isIncluded);
  expect(await edit(other.host, other.path, wanted)).toMatchObject({ end: 'done' });
  expect(other.keepalived.texts.get(other.path)).toBe(textOf(other.path));
  return textOf(other.path);
}

const kill = fc.tuple(
  fc.integer({ min: 1, max: 90 }),
  fc.constantFrom('before' as const, 'after' as const, 'half' as const),
);

it('killed at any point of its way, once or several times, an edit goes on to its end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...edits),
      fc.boolean(),
      fc.array(kill, { minLength: 1, maxLength: 3 }),
      async (wanted, isIncluded, kills) => {
        const after = await meant(wanted, isIncluded);
        const there = await site(isIncluded);
        const { path, keepalived, host } = there;
        for (const [at, how] of kills) {
          try {
            await edit(killedAt(host, at, how), path, wanted);
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
          }
          expect([services, after]).toContain(textOf(path));
          expect([services, after]).toContain(keepalived.texts.get(path));
        }
        await edit(host, path, wanted);
        expect(textOf(path)).toBe(after);
        expect(keepalived.texts.get(path)).toBe(after);
        expect((await stat(path)).mode & 0o777).toBe(0o640);
        const left = await leftIn(there);
        expect(left).toHaveLength(1);
        expect(textOf(join(path, '..', left[0] ?? ''))).toBe(services);
        await rm(there.folder, { recursive: true });
      },
    ),
    { numRuns: 200 },
  );
});

it('what the test finds fault with, or keepalived does not read, is as before, kills or not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...edits),
      fc.constantFrom('ignoresReloads' as const, 'findsFault' as const),
      fc.array(kill, { maxLength: 2 }),
      async (wanted, trouble, kills) => {
        const there = await site(true);
        const { path, keepalived, host } = there;
        const prepared = await prepareEdit(host, wanted);
        if (!prepared.ok || !prepared.value) throw new Error('not prepared');
        await host.writeJob(prepared.value.job);
        keepalived[trouble] = true;
        const isUnderWay = async () => {
          const job = await host.readJob(path);
          return job.ok && job.value !== undefined;
        };
        for (const [at, how] of kills) {
          if (!(await isUnderWay())) break;
          try {
            await edit(killedAt(host, at, how), path, wanted);
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
          }
          expect(keepalived.texts.get(path)).toBe(services);
        }
        if (await isUnderWay())
          expect(await edit(host, path, wanted)).toMatchObject({ end: 'undone' });
        expect(textOf(path)).toBe(services);
        expect(await leftIn(there)).toEqual([]);
        await rm(there.folder, { recursive: true });
      },
    ),
    { numRuns: 100 },
  );
});

it('what somebody else writes into the file in between is never lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...edits),
      fc.boolean(),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom('in place' as const, 'renamed' as const, 'held open' as const),
      fc.boolean(),
      async (wanted, isIncluded, at, how, isComment) => {
        const there = await site(isIncluded);
        const { path, host } = there;
        const mark = isComment ? '# theirs' : 'weight 51';
        const theirs = isComment ? `${services}${mark}\n` : services.replace('weight 50', mark);
        const held = how === 'held open' ? await open(path, 'r+') : undefined;
        const intrude = async (): Promise<void> => {
          if (held) {
            await held.truncate(0);
            await held.write(theirs, 0, 'latin1');
          } else if (how === 'in place') await writeFile(path, theirs, 'latin1');
          else {
            await writeFile(join(there.folder, 'theirs'), theirs, 'latin1');
            await rename(join(there.folder, 'theirs'), path);
          }
        };
        let calls = 0;
        const disturbed: Record<string, unknown> = {};
        for (const [name, method] of Object.entries(host)) {
          disturbed[name] = (...args: unknown[]) => {
            if (name === 'nowMs' || name === 'backupOf' || ++calls !== at)
              return method.apply(host, args);
            return intrude().then(() => method.apply(host, args));
          };
        }
        const outcome = await edit(disturbed as unknown as ConfHost, path, wanted).catch(
          (error: Error) => error.message,
        );
        const isIntruded = calls >= at;
        await held?.close();
        const left = (await leftIn(there)).map((name) => textOf(join(path, '..', name)));
        if (isIntruded) expect([textOf(path), ...left].join('')).toContain(mark);
        // A text that came while the edit was under way is in the file itself; an edit may build on a comment.
        if (isIntruded && how !== 'held open') expect(textOf(path)).toContain(mark);
        if (isIntruded && how !== 'held open' && !isComment && typeof outcome !== 'string')
          expect(textOf(path)).toBe(theirs);
        await rm(there.folder, { recursive: true });
      },
    ),
    { numRuns: 200 },
  );
});

it('a disk that is full, or a folder that may not be written, leaves file and keepalived as they agree', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...edits),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      async (wanted, at, forEver) => {
        const there = await site(false);
        const { path, keepalived, host } = there;
        let writes = 0;
        const full = { kind: 'preflight', what: 'the disk is full' } as const;
        const failing: Record<string, unknown> = { ...host };
        for (const name of ['writeJob', 'writeDraft', 'swap', 'putBack'] as const) {
          failing[name] = (...args: [never, never]) => {
            writes++;
            const isFull = forEver ? writes >= at : writes === at;
            return isFull ? Promise.resolve(fail(full)) : host[name](...args);
          };
        }
        await edit(failing as unknown as ConfHost, path, wanted).catch(() => undefined);
        expect(keepalived.texts.get(path)).toBe(textOf(path));
        await edit(host, path, wanted);
        expect(keepalived.texts.get(path)).toBe(textOf(path));
        await rm(there.folder, { recursive: true });
      },
    ),
    { numRuns: 100 },
  );
});
