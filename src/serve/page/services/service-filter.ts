import type { ServerState, ServiceState } from '../../view/state.ts';

export interface ServiceFilter {
  /** Part of the name of a service, or of one of its servers. */
  readonly text: string;
  /** Only services with a server that gets no new connections. */
  readonly onlySkipped: boolean;
}

/** Whether somebody took a server out, or it is at weight 0. */
export const isSkipped = ({ weight, out }: ServerState): boolean => weight === 0 || out.length > 0;

export function filterServices(
  services: readonly ServiceState[],
  { text, onlySkipped }: ServiceFilter,
): readonly ServiceState[] {
  const wanted = text.trim().toLowerCase();
  return services.filter(({ service, servers }) => {
    if (onlySkipped && !servers.some(isSkipped)) return false;
    return (
      service.toLowerCase().includes(wanted) || servers.some((one) => one.server.includes(wanted))
    );
  });
}
