import type { Failure } from '../domain/failure.ts';

export const installAdvice =
  'Install it (`apt install ipvsadm`), or say how to call it with --ipvsadm, e.g. --ipvsadm /usr/sbin/ipvsadm.';
export const rootAdvice =
  "Run drain as root, or let it call sudo: --ipvsadm 'sudo ipvsadm' (CAP_NET_ADMIN is enough too; root has none of it in a container without --cap-add NET_ADMIN).";
const goneAdvice = 'Somebody else changed the table: look at it again, and plan anew.';
const containerAdvice =
  "Install ipvsadm in the container's image, or call that of the machine in the container's network: --ipvsadm 'nsenter --net=PATH ipvsadm', where `docker inspect -f {{.NetworkSettings.SandboxKey}} CONTAINER` has PATH.";

interface KnownComplaint {
  readonly pattern: RegExp;
  readonly kind: Failure['kind'];
  readonly next: string;
}

/**
 * The known complaints, of which the first that matches decides: without root a missing module is
 * reported as missing permission, and what is around ipvsadm speaks of permissions as well.
 */
const complaints: readonly KnownComplaint[] = [
  {
    pattern:
      /^doas: (?:Authentication|Authorization) |^doas: a tty is required|^doas: Operation not/m,
    kind: 'preflight',
    next: 'Allow this command without a password in doas.conf (`permit nopass`), or run drain as root.',
  },
  {
    pattern: /must have a tty to run sudo/,
    kind: 'preflight',
    next: 'Take requiretty back for this user in sudoers (`Defaults:USER !requiretty`): nobody is at a terminal where drain runs a command.',
  },
  {
    pattern:
      /password is required|terminal is required|no tty present|not in the sudoers|not allowed to execute/,
    kind: 'preflight',
    next: 'Allow this command without a password in sudoers (NOPASSWD), or run drain as root.',
  },
  {
    pattern: /permission denied while trying to connect to the (?:\S+ )?(?:daemon|API|socket)/i,
    kind: 'preflight',
    next: "Run drain as root, or let it call sudo: --ipvsadm 'sudo docker exec -i CONTAINER ipvsadm'.",
  },
  {
    pattern: /Cannot connect to the Docker daemon/,
    kind: 'unreachable',
    next: 'Start it (`systemctl start docker`), or say where it is (DOCKER_HOST).',
  },
  {
    pattern: /No such container|[Cc]ontainer \S+ is not running|container not found/,
    kind: 'unreachable',
    next: '`docker ps` lists the containers that run; correct the name in --ipvsadm, or start it.',
  },
  {
    pattern:
      /pods? "[^"]*" not found|Error from server|The connection to the server \S+ was refused/,
    kind: 'unreachable',
    next: '`kubectl get pods -A` lists those that are there; correct the name or the namespace in --ipvsadm.',
  },
  {
    pattern: /the input device is not a TTY|cannot enable tty mode/i,
    kind: 'preflight',
    next: 'Leave -t out of --ipvsadm: -i alone hands on what drain writes.',
  },
  {
    pattern: /ipvsadm"?: executable file not found|command terminated with exit code 127/,
    kind: 'preflight',
    next: containerAdvice,
  },
  {
    pattern: /must be root|^(?:Permission denied|Operation not permitted)/m,
    kind: 'preflight',
    next: rootAdvice,
  },
  {
    pattern: /Protocol not available|Module ip_vs not found/,
    kind: 'preflight',
    next: 'The kernel has no IPVS: `modprobe ip_vs` (and put ip_vs into /etc/modules).',
  },
  {
    pattern: /ipvsadm\S*:? (?:command )?not found|exec\S* .*ipvsadm.*No such file/,
    kind: 'preflight',
    next: installAdvice,
  },
  {
    pattern: /Cannot open network namespace/,
    kind: 'preflight',
    next: 'Correct the name in --ipvsadm; `ip netns list` shows those that exist.',
  },
  {
    pattern: /Scheduler or persistence engine not found/,
    kind: 'director',
    next: 'Load its module, e.g. `modprobe ip_vs_wrr`.',
  },
  {
    pattern:
      /No such service|Service not defined|No such destination|(?:Destination|Service) already exists/,
    kind: 'conflict',
    next: goneAdvice,
  },
  {
    pattern: /Permission denied|Operation not permitted/,
    kind: 'preflight',
    next: rootAdvice,
  },
];

export const knownComplaint = (stderr: string): KnownComplaint | undefined =>
  complaints.find(({ pattern }) => pattern.test(stderr));

/**
 * Lines of programs around ipvsadm that then go on: sudo where a name or a limit is missing, a shell
 * without its locale, kubectl that has chosen a container, ssh with a new host.
 */
const chatter = [
  /^sudo: (?:unable to resolve host |setrlimit\()/,
  /setlocale|Setting locale failed|Falling back to .* locale|^perl: warning: /,
  /^Defaulted container /,
  /^Unable to use a TTY/,
  /^Warning: Permanently added /,
  /^(?:mesg: ttyname failed|stdin: is not a tty)/,
];

export const isChatter = (line: string): boolean => chatter.some((pattern) => pattern.test(line));

/**
 * Tells whether a line is ipvsadm's own, which names no program before it: its messages (libipvs.c,
 * ipvs_strerror), and those of the C library for what these do not cover.
 */
export const isOfIpvsadm = (line: string): boolean => own.test(line);

const own =
  /^(?:Can't initialize ipvs|Are you sure that IP Virtual Server|Memory allocation problem|No such |Service |Destination already|Scheduler |Invalid |Numerical |Module is wrong|Operation not |Permission denied|Protocol not |Cannot allocate|Out of memory|No buffer space|Interrupted |Resource temporarily|Bad |Device or resource|Object not found|illegal |unexpected |multiple |option |Unknown |You need |Couldn't |unrecognized|ipvsadm: )/;
