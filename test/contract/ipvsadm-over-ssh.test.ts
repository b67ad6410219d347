import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createSshIpvsadm } from '../../src/ipvs/ssh-ipvsadm.ts';
import { describeWithSshd } from '../support/describe-sshd.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { describeIpvsadm, type IpvsadmUnderTest } from './ipvsadm-command.ts';

await describeWithSshd('behind ssh,', (sshd) => {
  let fake: FakeIpvsadm;
  let ipvsadm: IpvsadmUnderTest;
  beforeAll(async () => {
    fake = await buildFakeIpvsadm();
    const { runner } = createSshIpvsadm({
      address: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
      command: [fake.remote],
      ssh: sshd.ssh,
    });
    ipvsadm = {
      run: (args, stdin) => runner.run(args, stdin),
      async runEach(commands) {
        const answers = [];
        for (const command of commands) answers.push(await runner.run(command, ''));
        return answers;
      },
    };
  });
  beforeEach(() => fake.reset());
  afterAll(() => fake.remove());

  describeIpvsadm({ name: 'over ssh', ipvsadm: () => ipvsadm, batches: 3, sequences: 1 });
});
