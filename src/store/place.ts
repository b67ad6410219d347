import type * as z from 'zod';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';

/**
 * A place for documents of one kind, each a text under a name: maintenance marks, records of `drain
 * around`, requests. A document is written whole or not at all.
 */
export interface Place {
  /** All names, sorted. */
  names(): Promise<Result<readonly string[]>>;
  /** All documents, sorted by name. */
  list(): Promise<Result<readonly Kept[]>>;
  /** `undefined` where there is none of that name. */
  get(name: string): Promise<Result<Kept | undefined>>;
  /** Replaces the document of that name. */
  put(name: string, text: string, condition?: Pick<Condition, 'rollout'>): Promise<Result<void>>;
  remove(name: string, condition?: Condition): Promise<Result<Removal>>;
  /** The failure of whoever needs a document that cannot be read. */
  unreadable(name: string, why: Unreadable): Failure;
}

export interface Kept {
  readonly name: string;
  readonly text: string;
  /** A version that changes with each put of another text. */
  readonly version: string;
}

/**
 * Conditions of a change. Where locks can be lost they are part of the write itself: a document that is
 * for the holder of locks is changed only while these are still this process's.
 */
export interface Condition {
  /** The rollout whose locks count; absent: all that this process has. */
  readonly rollout?: string | undefined;
  /** The version that the document still has. */
  readonly version?: string | undefined;
}

/**
 * `removed` also where there was none, `kept` where the condition did not hold; `unknown` where nobody
 * answered: the document may be removed by now, or later.
 */
export type Removal = 'removed' | 'kept' | 'unknown';

export type Unreadable =
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'not-json'; readonly message: string }
  | { readonly kind: 'not-as-written' };

/** The form of documents of a kind, in each of their versions. */
export interface Documents<T> {
  readonly schema: z.ZodType<T>;
  /** The version that is written now. */
  readonly newest: number;
}

/** Reads a document; one that is not as a version up to the newest writes it is refused, not guessed. */
export function readDocument<T>(
  place: Place,
  { name, text }: Kept,
  { schema, newest }: Documents<T>,
): Result<T> {
  const refuse = (why: Unreadable) => fail(place.unreadable(name, why));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse({ kind: 'not-json', message: (error as Error).message });
  }
  const version = (value as { readonly v?: unknown } | null)?.v;
  if (typeof version === 'number' && version > newest) return refuse({ kind: 'newer', version });
  const checked = schema.safeParse(value);
  return checked.success ? ok(checked.data) : refuse({ kind: 'not-as-written' });
}
