import type { ServiceKey } from '../../../src/domain/address.ts';

export const web = 'tcp/10.0.0.100:80' as ServiceKey;
export const dns = 'udp/10.0.0.100:53' as ServiceKey;
export const services = [web, dns];

/** Two services with bystanders; servers 4 and 5 are there to be added. */
export const baseTable = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 50
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 75
-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 7
-a -u 10.0.0.100:53 -r 10.0.0.3:53 -m -w 3
`;
