/** Outputs that a step of a job gives to the next: `steps.ID.outputs.rollout`. */
export interface StepOutputs {
  /** The rollout that began last. */
  readonly rollout?: string;
  /** The outcome, as in the event `finished`. */
  readonly outcome?: string;
  readonly 'exit-code'?: string;
  /** The duration of the rollout in this run. */
  readonly seconds?: string;
  /** The file of `--report`. */
  readonly report?: string;
}

/**
 * Lines for the file GITHUB_OUTPUT. A value ends at the line that is `delimiter`, so that nothing in
 * it begins an output of its own; nobody who made a value could know a random one.
 *
 *     rollout<<drain_5f0e…
 *     20261123-141530042-7f3a
 *     drain_5f0e…
 */
export function outputLines(outputs: StepOutputs, delimiter: string): string {
  return Object.entries(outputs)
    .map(([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`)
    .join('');
}
