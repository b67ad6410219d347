import type { ServiceAddress } from '../../../domain/address.ts';
import type { Timeouts } from '../../../domain/ipvs/ipvs.ts';
import type { TableSection } from '../../listing.ts';
import type { ServerSettings } from '../table/kernel-server.ts';
import type { ServiceSettings } from '../table/kernel-service.ts';

/** The request of one run of ipvsadm, or of one line of `-R`. */
export type Command =
  | {
      readonly kind: 'add-service' | 'edit-service';
      readonly service: ServiceAddress;
      readonly settings: ServiceSettings;
    }
  | { readonly kind: 'delete-service'; readonly service: ServiceAddress }
  | {
      readonly kind: 'add-server' | 'edit-server';
      readonly service: ServiceAddress;
      readonly settings: ServerSettings;
    }
  | {
      readonly kind: 'delete-server';
      readonly service: ServiceAddress;
      readonly address: string;
      readonly port: number;
    }
  | { readonly kind: 'flush' | 'restore' | 'list-timeout' | 'list-daemon' }
  | { readonly kind: 'list-connections'; readonly withEngineData: boolean }
  | { readonly kind: 'start-daemon' | 'stop-daemon' }
  | { readonly kind: 'zero'; readonly service: ServiceAddress | undefined }
  | { readonly kind: 'set'; readonly timeouts: Timeouts }
  | { readonly kind: 'save' }
  | {
      readonly kind: 'list';
      readonly table: TableSection['kind'];
      /** The service of a listing of one service, which has no version line. */
      readonly service: ServiceAddress | undefined;
      readonly sorted: boolean;
      readonly exact: boolean;
    };
