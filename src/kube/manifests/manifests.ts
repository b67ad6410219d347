import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import { accessManifests, names } from './access.ts';

export interface ManifestTerms {
  readonly version: string;
  /** The file that the controller is to run with; absent: an example. */
  readonly file?: { readonly text: string; readonly settings: KubeSettings } | undefined;
}

const head = `# What drain kube needs in a cluster. \`kubectl apply -f\` takes it.
# RBAC: nodes, Services and their endpoints are read; the status (with the finalizers) of Services and
# Events are written; the Lease is drain's own. No pods, no secrets.
`;

/**
 * YAML for a cluster: RBAC and ServiceAccount; and what runs there, a Deployment with its configuration,
 * or for a controller on the director the token that its kubeconfig needs.
 */
export function manifests({ version, file }: ManifestTerms): string {
  const settings = file?.settings ?? { namespaces: undefined, writesNodeCondition: false };
  const runsOutside = file?.settings.access.kind === 'kubeconfig';
  const documents = [
    ...accessManifests(settings),
    ...(runsOutside ? [tokenManifest] : deployment(version, file?.text ?? exampleFile)),
  ];
  return `${head}---\n${documents.join('---\n')}`;
}

const exampleFile = `cluster: prod
inCluster: true
class: drain.example/ipvs
# The virtual addresses that Services may ask for.
addresses: [203.0.113.0/24]
directors: ['ssh://root@lb1', 'ssh://root@lb2']
`;

const tokenManifest = `# The token for the kubeconfig of the director:
#   kubectl -n ${names.namespace} get secret ${names.all} -o jsonpath='{.data.token}' | base64 -d
apiVersion: v1
kind: Secret
metadata:
  name: ${names.all}
  namespace: ${names.namespace}
  annotations:
    kubernetes.io/service-account.name: ${names.all}
type: kubernetes.io/service-account-token
`;

const deployment = (version: string, text: string): readonly string[] => [
  `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${names.all}
  namespace: ${names.namespace}
data:
  kube.yaml: ${blockOf(text)}  ssh_config: |
    IdentityFile /etc/drain/ssh/id
    UserKnownHostsFile /etc/drain/ssh/known_hosts
    StrictHostKeyChecking yes
    BatchMode yes
`,
  `# Claims and locks: with one replica a volume, with two state: etcd://...
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: ${names.all}
  namespace: ${names.namespace}
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
`,
  deploymentManifest(version),
];

/** A text as it is, line for line; or quoted where it holds what a block of YAML cannot. */
function blockOf(text: string): string {
  if (!/^[\t\n\x20-\x7e]*$/.test(text) || text.trim() === '') return `${JSON.stringify(text)}\n`;
  const lines = text.replace(/\n*$/, '').split('\n');
  return `|2\n${lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n')}\n`;
}

const deploymentManifest = (
  version: string,
): string => `# Before it: kubectl -n ${names.namespace} create secret generic ${names.all}-ssh \\
#   --from-file=id=./id_ed25519 --from-file=known_hosts=./known_hosts
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${names.all}
  namespace: ${names.namespace}
  labels:
    app.kubernetes.io/name: ${names.all}
spec:
  replicas: 1
  # The old one lets its Lease and its volume go before the new one begins.
  strategy:
    type: Recreate
  selector:
    matchLabels:
      app.kubernetes.io/name: ${names.all}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${names.all}
    spec:
      serviceAccountName: ${names.all}
      terminationGracePeriodSeconds: 60
      securityContext:
        runAsNonRoot: true
        runAsUser: 65534
        runAsGroup: 65534
        fsGroup: 65534
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: drain
          # Of packaging/Containerfile, in a registry of yours.
          image: drain:${version}
          args: [kube, /etc/drain/kube/kube.yaml, --listen, '0.0.0.0:9816']
          ports:
            - name: metrics
              containerPort: 9816
          livenessProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 20
            timeoutSeconds: 5
          # Ready when nodes, Services and endpoints are known; another instance may lead.
          readinessProbe:
            httpGet: { path: /readyz, port: metrics }
            periodSeconds: 5
          env:
            - name: DRAIN_STATE
              value: /var/lib/drain
            # Without this Secret the probes are answered, and no metrics.
            - name: DRAIN_SERVE_TOKEN
              valueFrom:
                secretKeyRef: { name: ${names.all}-metrics, key: token, optional: true }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          resources:
            requests:
              cpu: 50m
              memory: 128Mi
            limits:
              memory: 512Mi
          volumeMounts:
            - name: config
              mountPath: /etc/drain/kube
              readOnly: true
            - name: config
              mountPath: /etc/ssh/ssh_config.d/drain.conf
              subPath: ssh_config
              readOnly: true
            - name: ssh
              mountPath: /etc/drain/ssh
              readOnly: true
            - name: state
              mountPath: /var/lib/drain
            - name: run
              mountPath: /run/drain
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: config
          configMap:
            name: ${names.all}
        - name: ssh
          secret:
            secretName: ${names.all}-ssh
            defaultMode: 0440
        - name: state
          persistentVolumeClaim:
            claimName: ${names.all}
        - name: run
          emptyDir: {}
        - name: tmp
          emptyDir: {}
`;
