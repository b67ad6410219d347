import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import type { Change } from '../../../../src/domain/ipvs/ipvs.ts';
import { orderChanges } from '../../../../src/rollout/edit/order-changes.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const before = wrrService([
  realServer('10.0.0.1', 100),
  realServer('10.0.0.2', 40),
  realServer('10.0.0.3', 70),
]);
const table = snapshotOf([before]);

const service = before.key;
const weigh = (address: string, weight: number): Change => ({
  kind: 'set-weight',
  service,
  server: realServer(address, weight),
});
const scheduled = (scheduler: string): Change => ({
  kind: 'set-scheduler',
  service: { ...before, scheduler },
});
const come: Change = { kind: 'add-server', service, server: realServer('10.0.0.4', 5) };
const go: Change = { kind: 'remove-server', service, server: realServer('10.0.0.3', 70) };

describe('the lines of one service', () => {
  it('give weight before they take any, so that the total is never 0', () => {
    const [down, up, same] = [weigh('10.0.0.1', 0), weigh('10.0.0.2', 41), weigh('10.0.0.3', 70)];
    expect(orderChanges([down, up, come, same], table)).toEqual([come, up, same, down]);
  });

  it('set wrr at first, for it honours weights whatever they are, and any other scheduler at last', () => {
    const down = weigh('10.0.0.1', 0);
    expect(orderChanges([go, down, come, scheduled('wrr')], table)).toEqual([
      scheduled('wrr'),
      come,
      down,
      go,
    ]);
    expect(orderChanges([scheduled('sh'), go, come], table)).toEqual([come, go, scheduled('sh')]);
  });

  it('begin with the service where it is new, and end with it where it goes', () => {
    const made: Change = { kind: 'add-service', service: before };
    expect(orderChanges([come, scheduled('wrr'), made], table)).toEqual([
      made,
      scheduled('wrr'),
      come,
    ]);
    const gone: Change = { kind: 'remove-service', service: before };
    expect(orderChanges([gone, scheduled('sh'), go], table)).toEqual([go, scheduled('sh'), gone]);
  });

  it('stay as they are where a server is named twice: its last line is what counts', () => {
    const twice = [weigh('10.0.0.1', 0), weigh('10.0.0.1', 300), come];
    expect(orderChanges(twice, table)).toEqual(twice);
    // Lines of the service itself name no server.
    const about = [go, scheduled('wrr'), scheduled('wrr')];
    expect(orderChanges(about, table)).toEqual([scheduled('wrr'), scheduled('wrr'), go]);
  });

  it('give weight where the server is not in the table yet', () => {
    const [down, first] = [weigh('10.0.0.1', 0), weigh('10.0.0.9', 0)];
    expect(orderChanges([down, first], table)).toEqual([first, down]);
  });
});

describe('the lines of several services', () => {
  it('keep the order in which the services come', () => {
    const other = 'fwm/7' as ServiceKey;
    const elsewhere: Change = {
      kind: 'set-weight',
      service: other,
      server: realServer('10.0.0.1', 3),
    };
    const down = weigh('10.0.0.1', 0);
    expect(orderChanges([down, elsewhere, come], table)).toEqual([come, down, elsewhere]);
    // The same server in two services is not named twice.
    expect(orderChanges([elsewhere, down, come], table)).toEqual([elsewhere, come, down]);
  });
});
