import type { Notice } from '../../src/domain/events/notice.ts';

/** A notice with everything in it. */
export const heldNotice: Notice = {
  v: 1,
  id: 'msg_20261123-141530042-7f3a_held_1795443330000',
  type: 'held',
  at: '2026-11-23T14:15:30.000Z',
  rollout: '20261123-141530042-7f3a',
  host: 'lb1',
  from: ['10.0.0.1:80', '10.0.0.3:80'],
  to: ['10.0.0.2:80'],
  services: ['tcp/10.0.0.100:80'],
  step: 7,
  of: 20,
  movedFraction: 0.35,
  failure: true,
  message: 'gate check tcp 10.0.0.2:80 failed before step 8 of 20: "refused"; held at step 7 of 20',
  outcome: 'held',
  exitCode: 5,
  goOn: 'drain resume 20261123-141530042-7f3a',
  goBack: 'drain rollback 20261123-141530042-7f3a',
  text: 'drain on lb1: held “über 5 €”',
};
