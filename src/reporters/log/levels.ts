/** Levels of syslog(3), by their numbers. */
const levels = { error: 3, warning: 4, notice: 5, info: 6 } as const;
export type LogLevel = keyof typeof levels;

/** A text for the journal of systemd, which reads a level in front of each line (sd-daemon(3)). */
export const levelled = (text: string, level: LogLevel): string =>
  text.replace(/^(?=[^\n])/gm, `<${levels[level]}>`);
