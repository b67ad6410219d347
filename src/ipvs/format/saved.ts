import type { ServiceAddress } from '../../domain/address.ts';
import { forwardingOptions, selectService, serviceOptions, tunnelWords } from '../ipvsadm-args.ts';
import type { SavedSection, SavedServer } from '../listing.ts';
import { signedMark } from './service.ts';

/** The lines of `ipvsadm -Sn`. */
export function formatSaved(section: SavedSection): string {
  let text = '';
  for (const service of section.services) {
    const selected = selectSaved(service.address);
    text += `-A ${selected} ${serviceOptions(service)}\n`;
    for (const server of service.servers) text += `-a ${selected} ${savedServer(server)}\n`;
  }
  return text;
}

/** Selects a service as a restore line does, but with the sign that `-Sn` gives to large marks. */
function selectSaved(service: ServiceAddress): string {
  if (service.kind === 'address') return selectService(service);
  return `-f ${signedMark(service.mark)}${service.family === 6 ? ' -6' : ''}`;
}

function savedServer({ key, forwarding, weight, tunnel }: SavedServer): string {
  return `-r ${key} ${forwardingOptions[forwarding]} -w ${weight}${tunnelWords(tunnel)}`;
}
