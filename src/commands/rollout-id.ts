/** `20261123-141530-7f3a`: sorts by time, and two of the same second differ. */
export function rolloutId(nowMs: number): string {
  const [day = '', time = ''] = new Date(nowMs).toISOString().split('T');
  const digits = `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
  const random = Math.floor(Math.random() * 0x10000);
  return `${digits}-${random.toString(16).padStart(4, '0')}`;
}
