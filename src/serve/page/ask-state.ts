import type { State } from '../view/state.ts';
import type { Heard } from './model.ts';

const patienceMs = 10_000;

/** Asks once. A token is sent as a header, and kept nowhere but in the page's memory. */
export async function askState(token: string | undefined): Promise<Heard> {
  try {
    const response = await fetch('state', {
      ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
      signal: AbortSignal.timeout(patienceMs),
    });
    if (response.status === 401) return { kind: 'locked', refused: token !== undefined };
    if (!response.ok) return { kind: 'silent', why: `it answers with ${response.status}` };
    const state = (await response.json()) as State;
    if (state.v === 2) return { kind: 'state', state };
    return { kind: 'silent', why: 'it speaks another version: load this page again' };
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    return {
      kind: 'silent',
      why: late ? `nothing within ${patienceMs / 1_000} s` : 'it cannot be reached',
    };
  }
}
