// test/zz-shots.ts
import { chromium } from "playwright-core";

// src/serve/http-server.ts
import { createServer } from "node:http";

// src/domain/address.ts
function formatHostPort(address, port) {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
function serverKey(address, port) {
  return formatHostPort(address, port);
}

// src/domain/failure.ts
var ok = (value) => ({ ok: true, value });
var fail = (failure) => ({
  ok: false,
  failure
});

// src/domain/printable.ts
function printable(text, maxLength = 200) {
  const kept = text.length > maxLength ? text.slice(0, maxLength) : text;
  const visible = kept.replace(unprintable, escapeSequence);
  return text.length > maxLength ? `${visible}\u2026` : visible;
}
var unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
function escapeSequence(character) {
  const code = character.codePointAt(0) ?? 0;
  if (code > 65535) return `\\u{${code.toString(16)}}`;
  if (code > 255) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\x${code.toString(16).padStart(2, "0")}`;
}

// src/serve/answers.ts
var textAnswer = (status, text, headers = {}) => ({ status, type: "text/plain; charset=utf-8", body: `${text}
`, headers });
function headersOf({ type, body, headers, policy = {} }) {
  const directives = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    ...policy
  };
  return {
    "Content-Type": type,
    "Content-Length": String(Buffer.byteLength(body)),
    "Content-Security-Policy": Object.entries(directives).map(([name, value]) => `${name} ${value}`).join("; "),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    ...headers
  };
}

// src/serve/request-guard.ts
import { createHash, timingSafeEqual } from "node:crypto";

// src/domain/loopback.ts
import { isIPv4 } from "node:net";
var isLoopback = (host) => isIPv4(host) ? host.startsWith("127.") : host === "::1" || host.toLowerCase() === "localhost";

// src/serve/request-guard.ts
var openPaths = ["/healthz"];
function refusalOf(asked, policy) {
  if (isLoopback(policy.host) && !isOwnName(asked.host, policy.host)) {
    return refusal(421, "drain serve answers under the name it listens on, or as localhost");
  }
  if (asked.method !== "GET" && asked.method !== "HEAD") {
    return refusal(405, "drain serve reads only", { Allow: "GET, HEAD" });
  }
  if (asked.hasBody) return refusal(413, "no request here has a body", { Connection: "close" });
  if (policy.token === void 0 || openPaths.includes(asked.path)) return void 0;
  if (isToken(asked.authorization, policy.token)) return void 0;
  return refusal(401, "send the token as Authorization: Bearer", {
    "WWW-Authenticate": 'Bearer realm="drain"'
  });
}
var refusal = (status, message, headers = {}) => ({ status, message, headers });
function isOwnName(header, listening) {
  const name = header?.toLowerCase().replace(/:\d{1,5}$/, "");
  if (name === void 0) return false;
  if (name === "localhost" || name === listening.toLowerCase()) return true;
  return isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
}
function isToken(authorization, token) {
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
  return given !== void 0 && timingSafeEqual(digest(given), digest(token));
}
var digest = (text) => createHash("sha256").update(text).digest();

// src/serve/http-server.ts
var limits = {
  headersTimeout: 5e3,
  requestTimeout: 1e4,
  keepAliveTimeout: 3e4,
  connectionsCheckingInterval: 1e3,
  maxHeaderSize: 8192
};
var mostConnections = 64;
var silentMs = 3e4;
function listen(options) {
  const { host, port } = options;
  let breakOff = () => {
  };
  const broken = new Promise((_, reject) => {
    breakOff = reject;
  });
  const server = createServer(limits, (request, response) => {
    reply(request, response, options).catch(breakOff);
  });
  server.maxConnections = mostConnections;
  server.maxHeadersCount = 64;
  server.setTimeout(silentMs);
  return new Promise((resolve) => {
    server.once("error", (error) => {
      resolve(fail(notListening(host, port, error)));
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === "object" && address ? address.port : port;
      const url = `http://${formatHostPort(host, bound)}`;
      resolve(ok({ url, broken, close: () => close(server) }));
    });
  });
}
async function reply(request, response, options) {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const { headers } = request;
  const refusal2 = refusalOf(
    {
      method: request.method ?? "",
      path,
      host: headers.host,
      authorization: headers.authorization,
      hasBody: "transfer-encoding" in headers || Number(headers["content-length"] ?? 0) !== 0
    },
    options
  );
  const answer = refusal2 ? textAnswer(refusal2.status, refusal2.message, refusal2.headers) : await options.answer(path);
  if (response.destroyed) return;
  response.writeHead(answer.status, headersOf(answer));
  response.end(request.method === "HEAD" ? void 0 : answer.body);
}
function close(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
function notListening(host, port, { code, message }) {
  const why = {
    EADDRINUSE: "another program listens there",
    EADDRNOTAVAIL: "this machine has no such address",
    EACCES: "this user may not listen there",
    ENOTFOUND: "the name is not known"
  };
  return {
    kind: "usage",
    what: `cannot listen on ${printable(formatHostPort(host, port))}: ${why[code ?? ""] ?? printable(message)}`,
    where: "--listen",
    next: "give another address and port, such as --listen 127.0.0.1:9816"
  };
}

// src/serve/page.ts
import { createHash as createHash2 } from "node:crypto";
import { readFile } from "node:fs/promises";

// src/charts/colours.ts
var schemes = {
  light: {
    ground: "#ffffff",
    panel: "#f5f7f9",
    ink: "#1b1f24",
    muted: "#545d68",
    rule: "#d5dbe1",
    band: "#8b98a5",
    old: "#c24e00",
    "old-2": "#8a3a9c",
    "old-3": "#8f6a00",
    new: "#0067a3",
    "new-2": "#00795a",
    "new-3": "#5b4fcf",
    bystander: "#69737d",
    good: "#00694d",
    bad: "#a3301a"
  },
  dark: {
    ground: "#11161b",
    panel: "#1a2128",
    ink: "#e8edf2",
    muted: "#a3afba",
    rule: "#333d47",
    band: "#6b7986",
    old: "#f5914e",
    "old-2": "#d79be6",
    "old-3": "#e0b94a",
    new: "#5bb8f0",
    "new-2": "#4fcfa5",
    "new-3": "#a79ff5",
    bystander: "#98a4b0",
    good: "#5ad1a9",
    bad: "#ff9a85"
  }
};
var colour = (name) => `var(--${name})`;
var colourVariables = `:root{color-scheme:light dark;${variables("light")}}
@media (prefers-color-scheme:dark){:root{${variables("dark")}}}
@media print{:root{color-scheme:light;${variables("light")}--panel:#fff;--ink:#000;--muted:#333}}`;
function variables(scheme) {
  return Object.entries(schemes[scheme]).map(([name, value]) => `--${name}:${value};`).join("");
}

// src/serve/page-style.ts
var fills = ["old", "new", "bystander"];
var pageStyle = `${colourVariables}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
header,main{max-width:1280px;margin:0 auto;padding:0 20px}
header{padding-top:18px}
main{padding-bottom:48px}
.title{display:flex;flex-wrap:wrap;align-items:center;gap:.2em .8em}
h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h1 .quiet{font-size:1em;font-weight:400}
h2{font-size:1.2rem;margin:1.6em 0 .5em}
h2 small{font-weight:400;color:var(--muted)}
h3{font-size:1.1rem;margin:0;display:flex;flex-wrap:wrap;align-items:center;gap:.2em .7em;overflow-wrap:anywhere}
p{margin:.35em 0}
.quiet{color:var(--muted);font-size:.9rem}
.updated{margin-left:auto;font-variant-numeric:tabular-nums}
.unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.plain{color:var(--muted)}.busy{color:var(--new)}
.names .old{color:var(--old)}.names .new{color:var(--new)}.names{overflow-wrap:anywhere}
.pill{display:inline-block;padding:0 .65em;border:2px solid currentColor;border-radius:99px;font-weight:600;font-size:.9rem;white-space:nowrap}
.chip{display:inline-block;padding:0 .5em;border:1px solid currentColor;border-radius:5px;font-size:.78rem;font-weight:400;color:var(--muted);overflow-wrap:anywhere}
.chip.good{color:var(--good)}.chip.bad{color:var(--bad)}.chip.old{color:var(--old)}.chip.new{color:var(--new)}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.notice{border:2px solid var(--bad);border-radius:8px;padding:10px 14px;margin:14px 0;overflow-wrap:anywhere}
.notice b{color:var(--bad)}
.stale{filter:grayscale(1)}
.stale .bar,.stale .sparkline,.stale .plot,.stale .track{opacity:.4}
dl.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(148px,1fr));gap:8px;margin:14px 0 0}
dl.figures div{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:6px 12px;display:flex;flex-direction:column-reverse;justify-content:flex-end;min-width:0}
dt{color:var(--muted);font-size:.82rem}
dd{margin:0;font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums;display:flex;align-items:center;justify-content:space-between;gap:8px;white-space:nowrap}
.sparkline{width:96px;height:20px;flex:none}
dd .sparkline{width:auto;min-width:0;flex:0 1 64px}
.sparkline path{fill:none;stroke:var(--new);stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.card{border:1px solid var(--rule);border-left:5px solid var(--new);border-radius:8px;padding:14px 18px;margin:0 0 14px}
.progress{display:flex;flex-wrap:wrap;align-items:center;gap:.2em .9em;margin:.5em 0;font-variant-numeric:tabular-nums}
.track{flex:1 1 220px;height:16px;border-radius:8px;background:var(--old);overflow:hidden}
.track i{display:block;height:100%;background:var(--new);border-right:2px solid var(--ground)}
.spans{display:flex;flex-wrap:wrap;align-items:center;gap:.2em 1em}
.strip{display:flex;gap:2px;height:8px;flex:1 1 220px;max-width:420px}
.strip i{min-width:3px;border-radius:3px}
.k-ramp{background:var(--new)}.k-drain{background:var(--old)}.k-pause{background:var(--bystander)}
.k-return{background:var(--bad)}.k-stopped{background:repeating-linear-gradient(135deg,var(--band) 0 3px,transparent 3px 6px)}
.gates{display:flex;flex-wrap:wrap;gap:.3em .5em;align-items:center}
.legend{display:flex;flex-wrap:wrap;gap:.1em 1.1em;list-style:none;margin:0;padding:0;font-size:.84rem;font-variant-numeric:tabular-nums}
.legend li{display:flex;align-items:center;gap:.45em}
.legend i{flex:none;width:22px;border-top:3px solid}
.legend i.dashed{border-top-style:dashed}.legend i.dotted{border-top-style:dotted}
.legend i.box{width:12px;height:12px;border:0;border-radius:3px}
.commands{display:flex;flex-wrap:wrap;gap:.4em 1em;margin-top:.8em}
.command{display:inline-flex;align-items:stretch;border:1px solid var(--rule);border-radius:6px;background:var(--panel);max-width:100%}
.command code{padding:.35em .7em;user-select:all;min-width:0}
button,input{font:inherit;color:inherit}
button{background:var(--panel);border:1px solid var(--muted);border-radius:6px;padding:.2em .7em;cursor:pointer;font-size:.88rem}
.command button{border-width:0 0 0 1px;border-radius:0 6px 6px 0;min-width:4.6em}
:focus-visible{outline:3px solid var(--new);outline-offset:1px}
details{border:1px solid var(--rule);border-radius:8px;margin:0 0 8px;min-width:0}
summary{cursor:pointer;padding:8px 12px;overflow-wrap:anywhere}
details[open]>summary{border-bottom:1px solid var(--rule)}
.service{content-visibility:auto;contain-intrinsic-size:auto 44px}
.service>summary{display:grid;grid-template-columns:minmax(0,2.2fr) minmax(0,1.3fr) minmax(0,1.5fr) minmax(0,1fr) minmax(0,1fr) 96px;gap:2px 14px;align-items:center;font-variant-numeric:tabular-nums}
.service .key::before{content:"\u25B8";display:inline-block;width:1.2em;color:var(--muted)}
.service[open]>summary .key::before{content:"\u25BE"}
.of-rollout{margin-top:10px}
.ended ul{margin:0;padding:8px 12px 8px 28px}.ended li{margin:.3em 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums;table-layout:fixed}
th,td{padding:4px 12px;border-bottom:1px solid var(--rule);vertical-align:top;text-align:right}
tr:last-child>*{border-bottom:0}
thead th{color:var(--muted);font-weight:600;font-size:.82rem}
tbody th{font-weight:400;overflow-wrap:anywhere}
th:first-child,td.quiet{text-align:left}
th:first-child{width:38%}
tbody .chip{margin-left:.5em}
td small{color:var(--muted)}
.resting th{color:var(--muted)}
.bar{display:block;height:5px;margin-top:2px;border-radius:3px;background:var(--rule);overflow:hidden}
.bar i{display:block;height:100%}
${fills.map((name) => `.fill-${name}{background:${colour(name)}}`).join("")}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:12px;padding:10px 12px}
.chart{margin:0;min-width:0}
figcaption{font-weight:600;font-size:.92rem}
.plot{height:190px;overflow:hidden}
.filter{display:flex;flex-wrap:wrap;gap:.5em 1.2em;align-items:center;margin-bottom:10px;font-size:.9rem}
.filter [type=search]{flex:1 1 200px;max-width:340px}
input:not([type=checkbox]){background:var(--ground);border:1px solid var(--muted);border-radius:6px;padding:.3em .6em;min-width:0}
.more{margin:8px 12px}
.token{max-width:440px;padding-top:12vh}
.token label{display:block;margin:1em 0 .3em}
.token input{width:100%;margin-bottom:.6em}
@media (max-width:799px){.service>summary{display:flex;flex-wrap:wrap;gap:0 .9em}.service .key{flex:1 0 100%}.service .kind,.service .facts{font-size:.82rem}.service .sparkline{width:64px;margin-left:auto}}
@media (max-width:599px){header,main{padding-left:10px;padding-right:10px}h1{font-size:1.3rem}.updated{margin-left:0}
dl.figures{grid-template-columns:repeat(2,minmax(0,1fr));gap:6px}dl.figures div{padding:5px 9px}dd .sparkline{flex-basis:56px}
.card{padding:10px 11px}.charts{padding:8px 4px}th,td{padding:4px 3px;font-size:.8rem}thead th{font-size:.7rem}th:first-child{width:32%}td small{display:block}tbody .chip{margin-left:0;margin-right:.3em}summary{padding:8px}}
@media (prefers-reduced-motion:no-preference){.track i,.bar i{transition:width .4s}}`;

// src/serve/page.ts
function createPageReader(script) {
  let kept;
  return async () => {
    if (kept) return ok(kept);
    try {
      kept = page(await readFile(script, "utf8"));
      return ok(kept);
    } catch (error) {
      return fail(scriptMissing(script, error));
    }
  };
}
function page(script) {
  const inlined = inlineScript(script);
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>drain</title>
<style>${pageStyle}</style>
</head>
<body>
<div id="page"><noscript>This page asks /state once a second, which takes a script. The numbers are at /metrics too.</noscript></div>
<script>${inlined}</script>
</body>
</html>
`,
    policy: {
      "script-src": hashOf(inlined),
      "style-src-elem": hashOf(pageStyle),
      // Charts are SVG whose texts carry their fonts as attributes. No script can come of a style.
      "style-src-attr": "'unsafe-inline'",
      "connect-src": "'self'",
      "img-src": "data:",
      // No text becomes markup, whoever wrote it: only that there is none, when a chart is taken down.
      "require-trusted-types-for": "'script'",
      "trusted-types": "default"
    }
  };
}
var inlineScript = (script) => script.replace(/<\/(?=script)/gi, "<\\/").replaceAll("<!--", "<\\!--").replaceAll("\r", "");
var hashOf = (text) => `'sha256-${createHash2("sha256").update(text).digest("base64")}'`;
var scriptMissing = (script, { code, message }) => ({
  kind: "preflight",
  what: `the page's script cannot be read (${code ?? message}): ${script.pathname}`,
  next: "install drain again, or run `npm run build` in its folder; /metrics works without"
});

// src/serve/state.ts
function stateOf(view, version) {
  const { table, storeFailure } = view;
  const { sysctls, ...host } = view.host;
  const marks = /* @__PURE__ */ new Map();
  for (const mark of view.marks) {
    const key2 = `${mark.service} ${mark.server}`;
    marks.set(key2, [...marks.get(key2) ?? [], mark]);
  }
  return {
    v: 1,
    atMs: view.atMs,
    version,
    director: view.director,
    up: table.kind === "up",
    ...table.kind === "down" ? { error: table.failure.what } : {},
    services: table.kind === "up" ? byKey(table.table.services).map((one) => serviceState(one, marks)) : [],
    rollouts: view.rollouts,
    host: { ...host, sysctls: Object.fromEntries(sysctls) },
    ...storeFailure ? { storeError: storeFailure.what } : {}
  };
}
function serviceState(service, marks) {
  const { key: key2, scheduler, schedulerFlags, persistence, totals: totals2, rates: rates2 } = service;
  return {
    service: key2,
    scheduler,
    schedulerFlags,
    ...persistence ? { persistenceS: persistence.timeoutS } : {},
    totals: totals2,
    rates: rates2,
    servers: byKey(service.servers).map(({ key: server, address: _, port: __, ...rest }) => ({
      server,
      ...rest,
      out: (marks.get(`${key2} ${server}`) ?? []).map(({ reason, sinceMs }) => ({
        reason,
        sinceMs
      }))
    }))
  };
}
var byKey = (items) => items.toSorted((a, b2) => collator.compare(a.key, b2.key));
var collator = new Intl.Collator("en", { numeric: true });

// src/serve/routes.ts
async function route(path, deps) {
  switch (path) {
    case "/":
      return pageAnswer(deps);
    case "/state": {
      const state = stateOf(await deps.readView(), deps.version);
      return { status: 200, type: "application/json; charset=utf-8", body: JSON.stringify(state) };
    }
    case "/metrics": {
      const { type, text } = await deps.writeMetrics(await deps.readView());
      return { status: 200, type, body: text };
    }
    case "/healthz":
      return textAnswer(200, "ok");
    default:
      return textAnswer(404, "there is /, /state, /metrics and /healthz");
  }
}
async function pageAnswer({ readPage }) {
  const page2 = await readPage();
  if (!page2.ok) return textAnswer(500, `${page2.failure.what}; ${page2.failure.next}`);
  const { html, policy } = page2.value;
  return { status: 200, type: "text/html; charset=utf-8", body: html, policy };
}

// test/support/served-page.ts
var builtScript = new URL("../../dist/page/live.js", "file:///tmp/shots/t/s/x.ts");
async function servePage(readView, { token, port = 0 } = {}) {
  const listening = await listen({
    host: "127.0.0.1",
    port,
    ...token === void 0 ? {} : { token },
    answer: (path) => route(path, {
      version: "0.1.0",
      readPage: createPageReader(builtScript),
      readView: async () => readView(),
      writeMetrics: async () => ({ type: "text/plain", text: "" })
    })
  });
  if (!listening.ok) throw new Error(listening.failure.what);
  const { url, close: close2 } = listening.value;
  return { url, close: close2 };
}

// test/support/views.ts
var totals = { connections: 14, inPackets: 51, outPackets: 32, inBytes: 2764, outBytes: 1832 };
var rates = {
  connectionsPerS: 1,
  inPacketsPerS: 5,
  outPacketsPerS: 3,
  inBytesPerS: 259,
  outBytesPerS: 172
};
var measuredServer = (address, more = {}) => ({
  key: serverKey(address, more.port ?? 80),
  address,
  port: 80,
  forwarding: "masq",
  weight: 1,
  activeConn: 0,
  inActConn: 0,
  persistConn: 0,
  upperThreshold: 0,
  lowerThreshold: 0,
  totals,
  rates,
  ...more
});
var measuredService = (servers, more = {}) => ({
  key: "tcp/10.0.0.100:80",
  address: { kind: "address", protocol: "tcp", address: "10.0.0.100", port: 80 },
  scheduler: "wrr",
  schedulerFlags: [],
  onePacket: false,
  totals,
  rates,
  servers,
  ...more
});
var rolloutView = (more = {}) => ({
  rollout: "20260101-000000-abcd",
  standing: "running",
  phase: "ramping",
  from: ["10.0.0.1:80"],
  to: ["10.0.0.2:80"],
  step: 5,
  of: 20,
  movedFraction: 0.25,
  startedAtMs: 1e6,
  untilMs: 106e4,
  spentMs: { ramp: 5e4, pause: 1e4, drain: 0, return: 0, stopped: 0 },
  gates: { passed: 5, failed: 1 },
  lastGates: [{ gate: 'gate-http "http://x/"', passed: true }],
  services: [
    {
      director: "local",
      service: "tcp/10.0.0.100:80",
      servers: [{ server: "10.0.0.1:80", role: "old" }],
      shareOf: "new",
      plannedShare: [],
      shareOf: "new",
      plannedShare: [{ atMs: 1e6, share: 0.25 }]
    }
  ],
  message: "",
  ...more
});
var viewOf = (more = {}) => ({
  atMs: 106e4,
  director: "local",
  table: {
    kind: "up",
    listedMs: 12,
    table: {
      ipvsVersion: "1.2.1",
      connectionTableSize: 4096,
      services: [
        measuredService([
          measuredServer("10.0.0.1", { activeConn: 7, inActConn: 5, upperThreshold: 100 }),
          measuredServer("10.0.0.2", { weight: 0 })
        ])
      ]
    }
  },
  host: { sysctls: /* @__PURE__ */ new Map([["drop_entry", 0]]) },
  rollouts: [],
  marks: [],
  counts: { listings: 3, failedListings: 0, failedStoreReads: 0 },
  readMs: 20,
  ...more
});

// test/support/moving-view.ts
var traffic = { inPacketsPerS: 9, outPacketsPerS: 9, inBytesPerS: 900, outBytesPerS: 900 };
var rate = (connectionsPerS) => ({ connectionsPerS, ...traffic });
var key = (last, port = 80) => `tcp/10.0.0.${last}:${port}`;
function plainService(nth, amount, more = () => ({})) {
  const servers = Array.from(
    { length: amount },
    (_, index) => measuredServer(`10.${nth % 250}.${index >> 8}.${(index & 255) + 1}`, {
      weight: 10,
      activeConn: 20 + (index * 7 + nth) % 13,
      inActConn: 5,
      rates: rate(3),
      ...more(index)
    })
  );
  return measuredService(servers, {
    key: `tcp/10.200.${nth >> 8}.${nth & 255}:443`,
    scheduler: nth % 3 === 0 ? "wlc" : "wrr",
    ...nth % 4 === 0 ? { persistence: { timeoutS: 300 } } : {},
    rates: rate(3 * amount)
  });
}
function movingView(startedAtMs, nowMs, more = {}) {
  const elapsedS = Math.floor((nowMs - startedAtMs) / 1e3);
  const step = Math.min(10, elapsedS);
  const moved = step / 10;
  const isOver = elapsedS >= 15;
  const left = Math.max(0, Math.round(180 * (1 - moved) + (elapsedS < 15 ? 15 - elapsedS : 0)));
  const servers = [
    ...isOver ? [] : [
      measuredServer("10.0.1.1", {
        weight: 100 - 10 * step,
        activeConn: left,
        inActConn: left >> 1,
        rates: rate(Math.round(60 * (1 - moved)))
      })
    ],
    measuredServer("10.0.1.2", {
      weight: 10 * step,
      activeConn: 18 * step,
      inActConn: 4 * step,
      rates: rate(Math.round(60 * moved))
    }),
    measuredServer("10.0.1.3", { weight: 50, activeConn: 91, inActConn: 12, rates: rate(30) })
  ];
  const service = measuredService(servers, { key: key(100), rates: rate(90 + elapsedS % 4) });
  const calm = plainService(3, 4, (index) => index === 2 ? { weight: 0, rates: rate(0) } : {});
  const spentMs = { ramp: 1e3 * step, pause: 0, drain: 0, return: 0, stopped: 0 };
  return viewOf({
    atMs: nowMs,
    director: "lb1",
    table: {
      kind: "up",
      listedMs: 10,
      table: { ipvsVersion: "1.2.1", connectionTableSize: 4096, services: [service, calm] }
    },
    host: {
      sysctls: /* @__PURE__ */ new Map(),
      softnet: { processed: 9e3, dropped: 0, timeSqueezed: 0 },
      conntrack: { entries: 1203, maxEntries: 262144 }
    },
    rollouts: [
      rolloutView({
        standing: isOver ? "done" : "running",
        phase: step === 10 ? "draining" : "ramping",
        from: ["10.0.1.1"],
        to: ["10.0.1.2"],
        step,
        of: 10,
        movedFraction: moved,
        startedAtMs,
        untilMs: nowMs,
        spentMs: { ...spentMs, drain: Math.max(0, elapsedS - 10) * 1e3 },
        gates: { passed: 2 * step, failed: 0 },
        lastGates: [
          { gate: "http http://10.0.1.2:80/healthz", passed: true },
          { gate: "prometheus error_rate <= 0.01", passed: true }
        ],
        services: [
          {
            director: "lb1",
            service: key(100),
            servers: [
              { server: "10.0.1.1:80", role: "old" },
              { server: "10.0.1.2:80", role: "new" },
              { server: "10.0.1.3:80", role: "bystander" }
            ],
            shareOf: "new",
            plannedShare: Array.from({ length: step + 1 }, (_, index) => ({
              atMs: startedAtMs + 1e3 * index,
              share: 10 * index / 150
            }))
          }
        ],
        message: isOver ? "10.0.1.1:80 is empty and removed" : ""
      })
    ],
    marks: [
      {
        table: "ipvsadm",
        service: calm.key,
        server: serverKey("10.3.0.3", 80),
        reason: "operator",
        weight: 10,
        sinceMs: nowMs - 36e5
      }
    ],
    ...more
  });
}

// test/zz-shots.ts
import { setTimeout as sleep } from "node:timers/promises";
var start = Date.now();
var mode = "up";
var served = await servePage(() => {
  const v = movingView(start, Date.now());
  if (mode === "down") return { ...v, table: { kind: "down", failure: { kind: "director", what: "ipvsadm failed: Permission denied (you must be root)" } } };
  if (v.table.kind === "up" && process.argv.includes("many")) return { ...v, table: { ...v.table, table: { ...v.table.table, services: [...v.table.table.services, ...Array.from({ length: 20 }, (_, i) => plainService(i + 10, 8))] } } };
  return v;
});
var b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu"] });
var open = async (w, scheme) => {
  const p = await b.newPage({ viewport: { width: w, height: 900 }, colorScheme: scheme });
  p.on("console", (m) => console.log(w, scheme, m.text()));
  p.on("pageerror", (e) => console.log("ERR", e.message, e.stack));
  await p.goto(served.url);
  return p;
};
var [l, d, f] = [await open(1280, "light"), await open(1280, "dark"), await open(360, "light")];
await sleep(6e3 - (Date.now() - start) + 500);
await l.screenshot({ path: "/tmp/shots/light.png", fullPage: true });
await d.screenshot({ path: "/tmp/shots/dark.png", fullPage: true });
await f.screenshot({ path: "/tmp/shots/phone.png" });
await f.setViewportSize({ width: 360, height: 2600 });
await sleep(1500);
await f.screenshot({ path: "/tmp/shots/phone.png" });
console.log("scrollWidth", await f.evaluate("document.documentElement.scrollWidth"));
mode = "down";
await sleep(2500);
await d.screenshot({ path: "/tmp/shots/down.png", fullPage: true });
mode = "up";
await sleep(Math.max(0, 16500 - (Date.now() - start)));
await l.screenshot({ path: "/tmp/shots/over.png", fullPage: true });
await served.close();
await sleep(2500);
await f.screenshot({ path: "/tmp/shots/silent-phone.png", fullPage: true });
await b.close();
