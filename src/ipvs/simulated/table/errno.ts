/** The kernel's answers, by their names in errno(3). */
export type Errno = 'EEXIST' | 'EINVAL' | 'ENOENT' | 'ERANGE' | 'ESRCH';

/** A call of libipvs; the same errno means another thing in another call. */
export type KernelCall =
  | 'add-service'
  | 'edit-service'
  | 'delete-service'
  | 'zero'
  | 'add-server'
  | 'edit-server'
  | 'delete-server'
  | 'stop-daemon'
  | 'list';

const general: Readonly<Record<Errno, string>> = {
  EEXIST: 'File exists',
  EINVAL: 'Invalid operation.  Possibly wrong module version, address not unicast, ...',
  ENOENT: 'No such file or directory',
  ERANGE: 'Numerical result out of range',
  ESRCH: 'No such process',
};

const notFound = 'Scheduler or persistence engine not found';

const special: Readonly<Record<KernelCall, Partial<Record<Errno, string>>>> = {
  'add-service': { EEXIST: 'Service already exists', ENOENT: notFound },
  'edit-service': { ESRCH: 'No such service', ENOENT: notFound },
  'delete-service': { ESRCH: 'No such service' },
  zero: { ESRCH: 'No such service' },
  'add-server': { ESRCH: 'Service not defined', EEXIST: 'Destination already exists' },
  'edit-server': { ESRCH: 'Service not defined', ENOENT: 'No such destination' },
  'delete-server': { ESRCH: 'Service not defined', ENOENT: 'No such destination' },
  'stop-daemon': { ESRCH: 'No daemon is running' },
  list: { ESRCH: 'No such service' },
};

/** `ipvs_strerror` of libipvs: ESRCH is "Service not defined" for `-a` and "No such service" for `-E`. */
export function describeErrno(call: KernelCall, errno: Errno): string {
  return special[call][errno] ?? general[errno];
}
