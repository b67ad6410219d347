/** A unit of systemd for a controller on the director; `drain kube manifests` makes what the cluster needs. */
export const unitFile = (
  file = '/etc/drain/kube.yaml',
): string => `# /etc/systemd/system/drain-kube.service
[Unit]
Description=drain kube: a cluster drives IPVS
Documentation=man:drain-kube(1)
ConditionPathExists=${escaped(file)}
After=network-online.target ipvsadm.service
Wants=network-online.target

[Service]
Type=exec
ExecStart=/usr/bin/drain kube ${quoted(file)}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=2s
SuccessExitStatus=130 143
# Of root only: to edit the table and to read files that nobody else may.
CapabilityBoundingSet=CAP_NET_ADMIN CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=strict
PrivateTmp=yes
RuntimeDirectory=drain
RuntimeDirectoryMode=1777
RuntimeDirectoryPreserve=yes
StateDirectory=drain
StateDirectoryMode=0700

[Install]
WantedBy=multi-user.target
`;

/** `%` begins a specifier of systemd.unit(5), `$` a variable of ExecStart. */
const escaped = (text: string): string => text.replace(/%/g, '%%');

const quoted = (text: string): string => {
  const plain = escaped(text).replace(/\$/g, '$$$$');
  return /^[\w./%$@:+-]+$/.test(plain) ? plain : JSON.stringify(plain);
};
