import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** Counts a new connection; where there are too many, the one that has been idle longest is closed. */
  add(socket: Socket): void;
  /**
   * Counts a request of a connection until it is answered; `false` for one that is not to be answered:
   * a connection with too many at once is closed.
   */
  begin(socket: Socket, response: Pick<ServerResponse, 'once'>): boolean;
}

export interface ConnectionLimits {
  /** The most connections there are at a time. */
  readonly most: number;
  /** The most requests of a connection that wait for their answers. */
  readonly mostAtOnce: number;
}

/** The connections of a server, each of which has a bound, and none of which keeps others out. */
export function createConnections({ most, mostAtOnce }: ConnectionLimits): Connections {
  /** Requests under way by connection; the one that was idle first comes first. */
  const open = new Map<Socket, number>();

  const makeRoom = (): void => {
    const [first] = open.keys();
    const idle = [...open].find(([, requests]) => requests === 0)?.[0];
    const closed = idle ?? first;
    if (closed === undefined) return;
    open.delete(closed);
    closed.destroy();
  };
  const settle = (socket: Socket): void => {
    const requests = open.get(socket);
    if (requests === undefined) return;
    open.delete(socket);
    open.set(socket, Math.max(0, requests - 1));
  };

  return {
    add(socket) {
      open.set(socket, 0);
      socket.once('close', () => open.delete(socket));
      if (open.size > most) makeRoom();
    },
    begin(socket, response) {
      const requests = open.get(socket);
      // The rest of what a connection sent before it was closed.
      if (requests === undefined || socket.destroyed) return false;
      if (requests >= mostAtOnce) {
        socket.destroy();
        return false;
      }
      open.set(socket, requests + 1);
      response.once('close', () => settle(socket));
      return true;
    },
  };
}
