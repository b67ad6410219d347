import { expect, it } from 'vitest';
import { parseKubeFile } from '../../../src/config/files/kube-file.ts';
import { notHeeded } from '../../../src/control/kube/not-heeded.ts';

const codesOf = (more: string): readonly string[] => {
  const text = `cluster: prod\nkubeconfig: /k\nclass: drain.example/ipvs\n${more}`;
  const read = parseKubeFile(text, 'kube.yaml');
  if (!read.ok) throw new Error(read.failure.what);
  return notHeeded(read.value).flatMap((one) => (one.type === 'warning' ? [one.code] : []));
};

it('what a file asks for and no controller does is said', () => {
  expect(codesOf('')).toEqual([]);
  expect(codesOf('nodeCondition: true\n')).toEqual(['condition-not-written']);
});
