/** What deliveries need. The clock is real, whatever the director's is: whoever is told is real. */
export async function noticeTools(write: (text: string) => void) {
  const { createSystemClock } = await import('../clock/system-clock.ts');
  return {
    clock: createSystemClock(),
    random: Math.random,
    warn: (line: string): void => write(`${line}\n`),
  };
}
