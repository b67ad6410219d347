/** The settings that decide what weight 0 and removal do to clients, and whether there are rates. */
const sysctlNames = [
  'expire_nodest_conn',
  'expire_quiescent_template',
  'conn_reuse_mode',
  'run_estimation',
];

const sysctlFolder = 'sys/net/ipv4/vs';
const releaseFile = 'sys/kernel/osrelease';

/** The files to read, below /proc. */
export const factFiles: readonly string[] = [
  releaseFile,
  ...sysctlNames.map((name) => `${sysctlFolder}/${name}`),
];

export interface ReadFacts {
  readonly kernelRelease?: string;
  readonly sysctls: ReadonlyMap<string, number>;
}

/** Makes sense of `factFiles` by name; a file that is missing or holds no number is left out. */
export function factsOfFiles(files: ReadonlyMap<string, string>): ReadFacts {
  const sysctls = new Map<string, number>();
  for (const name of sysctlNames) {
    const text = files.get(`${sysctlFolder}/${name}`)?.trim() ?? '';
    if (/^-?\d{1,9}$/.test(text)) sysctls.set(name, Number(text));
  }
  const kernelRelease = files.get(releaseFile)?.trim();
  return kernelRelease ? { kernelRelease, sysctls } : { sysctls };
}
