import type { Failure } from '../domain/failure.ts';

/** Programs whose `exec` runs a command in a container, and closes its standard input without `-i`. */
const programs = /(?:^|\/)(?:docker|podman|nerdctl|crictl|kubectl|oc)$/;

/**
 * The failure of a command that answers nothing because nothing that is written to it arrives;
 * `undefined` for one that hears, or that is none of a container's. `docker exec lb ipvsadm` lacks its
 * `-i`.
 */
export function deafContainer(label: string): Failure | undefined {
  const words = label.split(' ');
  const program = words.findIndex((word) => programs.test(word));
  const exec = words.indexOf('exec', program);
  if (program < 0 || exec < 0) return undefined;
  // Options stand before the container, which nobody can tell from their values: all are looked at.
  if (words.slice(exec).some((word) => hearing.test(word))) return undefined;
  // Words before those are ssh's way to the machine, but for the program that makes it root.
  const raising = words
    .slice(0, program)
    .findLastIndex((word) => /(?:^|\/)(?:sudo|doas)$/.test(word));
  const start = raising < 0 ? program : raising;
  const command = [...words.slice(start, exec + 1), '-i', ...words.slice(exec + 1)].join(' ');
  return {
    kind: 'preflight',
    what: `\`${label}\` answered nothing: \`${words[program]} exec\` without -i hands on nothing of what drain writes`,
    next: `Call it with -i: --ipvsadm '${command}'.`,
  };
}

const hearing = /^(?:-[a-z]*i[a-z]*|--interactive(?:=true)?|--stdin(?:=true)?)$/;
