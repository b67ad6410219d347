const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}

/** Whether Intl knows a time zone of that name: `Europe/Berlin`, `Asia/Kathmandu`, `UTC`. */
export function isZone(name: string): boolean {
  try {
    return name !== '' && formatOf(name) !== undefined;
  } catch {
    return false;
  }
}

/**
 * What clocks in a zone show, as the milliseconds at which a clock of UTC would show the same: 08:00 in
 * Berlin is `Date.UTC(…, 8, 0)`, in winter as in summer. Whole seconds.
 */
export function clockReading(zone: string, ms: number): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(Math.floor(ms / 1_000) * 1_000)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
}

/** The milliseconds by which clocks in a zone are ahead of UTC at that time. */
export const offsetAt = (zone: string, ms: number): number =>
  clockReading(zone, ms) - Math.floor(ms / 1_000) * 1_000;
