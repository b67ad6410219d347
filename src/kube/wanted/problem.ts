import type { ServiceKey } from '../../domain/address.ts';

/** Something in the cluster that keeps drain from doing what was asked, or that it will not do. */
export interface Problem {
  readonly reason: ProblemReason;
  /** `NoNodePort` and its like are warnings; `Normal` is worth a word and no more. */
  readonly severity: 'Warning' | 'Normal';
  readonly about: ProblemSubject;
  /** One sentence, safe to show. */
  readonly message: string;
  /** The virtual service, when it is about one. */
  readonly service?: ServiceKey | undefined;
}

/** Reasons of Events: stable, scripts match on them. */
export type ProblemReason =
  | 'NoNodePort'
  | 'NoAddress'
  | 'AddressInUse'
  | 'AddressRefused'
  | 'AddressUnknown'
  | 'AnnotationRefused'
  | 'SourceRangesNotEnforced'
  | 'PortNotKept'
  | 'NoSuchService'
  | 'NoSuchPort'
  | 'NoReadyEndpoints'
  | 'EndpointsWithoutNode'
  /** The cloud provider's own word for a Service without a node. */
  | 'UnAvailableLoadBalancer';

/** An Event has an object that it is about; a problem of a binding without a Service has none. */
export type ProblemSubject =
  | {
      readonly kind: 'Service';
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
    }
  | { readonly kind: 'Node'; readonly name: string; readonly uid: string }
  | { readonly kind: 'binding'; readonly service: ServiceKey };

export const aboutService = ({
  namespace,
  name,
  uid,
}: {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}): ProblemSubject => ({ kind: 'Service', namespace, name, uid });
