/**
 * Splits a whole number in proportion to `shares`: `apportion(10, [1, 2]) = [3, 7]`.
 *
 * The Webster/Sainte-Laguë divisor method. The sum is always `total`; proportions that come out whole
 * come out exactly; and when `total` grows, no part shrinks, which the method of largest remainders
 * does not promise (the Alabama paradox) and a ramp needs: no old server rises, no new one falls.
 * Ties go to the earlier part. All shares zero: everything goes to the first part.
 */
export function apportion(total: number, shares: readonly number[]): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  if (sum <= 0) return shares.map((_, index) => (index === 0 ? total : 0));
  const parts = shares.map((share) => Math.round((total * share) / sum));
  let missing = total - parts.reduce((a, b) => a + b, 0);
  for (; missing > 0; missing--) give(parts, shares);
  for (; missing < 0; missing++) take(parts, shares);
  return settle(parts, shares);
}

/** The claim of a part that holds `held` on the next unit. */
const claim = (share: number, held: number): number => share / (2 * held + 1);

function give(parts: number[], shares: readonly number[]): void {
  const index = strongestClaim(parts, shares);
  parts[index] = (parts[index] ?? 0) + 1;
}

function take(parts: number[], shares: readonly number[]): void {
  const index = weakestHold(parts, shares);
  parts[index] = (parts[index] ?? 0) - 1;
}

function strongestClaim(parts: readonly number[], shares: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < parts.length; i++) {
    if (claim(shares[i] ?? 0, parts[i] ?? 0) > claim(shares[best] ?? 0, parts[best] ?? 0)) best = i;
  }
  return best;
}

function weakestHold(parts: readonly number[], shares: readonly number[]): number {
  let worst = -1;
  let worstClaim = Number.POSITIVE_INFINITY;
  for (let i = 0; i < parts.length; i++) {
    const held = parts[i] ?? 0;
    if (held === 0) continue;
    const hold = claim(shares[i] ?? 0, held - 1);
    if (hold <= worstClaim) {
      worst = i;
      worstClaim = hold;
    }
  }
  return worst;
}

/**
 * Rounding each quota may leave a unit with a weaker claim than another part has on it (ties, most
 * often). Moving those makes the result the one that handing out units one by one would give.
 */
function settle(parts: number[], shares: readonly number[]): number[] {
  for (;;) {
    const to = strongestClaim(parts, shares);
    const from = weakestHold(parts, shares);
    if (from < 0 || from === to) return parts;
    const claimTo = claim(shares[to] ?? 0, parts[to] ?? 0);
    const holdFrom = claim(shares[from] ?? 0, (parts[from] ?? 0) - 1);
    if (claimTo < holdFrom || (claimTo === holdFrom && to > from)) return parts;
    parts[from] = (parts[from] ?? 0) - 1;
    parts[to] = (parts[to] ?? 0) + 1;
  }
}

/** Greatest common divisor of whole numbers; zeros do not count; 1 when all are zero. */
export function gcdOf(numbers: readonly number[]): number {
  const all = numbers.reduce((a, b) => gcd(a, b), 0);
  return all === 0 ? 1 : all;
}

function gcd(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
