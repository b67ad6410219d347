import { type ColourName, colour, colourVariables } from '../charts/colours.ts';

const fills: readonly ColourName[] = ['old', 'new', 'bystander'];

/** All that the live page needs to look as it does; nothing is fetched. */
export const pageStyle = `${colourVariables}
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
.guard ul{margin:.2em 0;padding-left:1.2em;overflow-wrap:anywhere}.guard p{margin:.3em 0}
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
.acts{list-style:none;margin:.3em 0;padding:0;font-size:.9rem;overflow-wrap:anywhere}
.gates{display:flex;flex-wrap:wrap;gap:.3em .5em;align-items:center}
.legend{display:flex;flex-wrap:wrap;gap:.1em 1.1em;list-style:none;margin:0;padding:0;font-size:.84rem;font-variant-numeric:tabular-nums}
.legend li{display:flex;align-items:center;gap:.45em}
.legend i{flex:none;width:22px;border-top:3px solid}
.legend i.dashed{border-top-style:dashed}.legend i.dotted{border-top-style:dotted}
.legend i.box{width:12px;height:12px;border:0;border-radius:3px}
.commands{display:flex;flex-wrap:wrap;gap:.4em 1em;margin-top:.8em}
.ways,.words{display:grid;gap:.4em;margin:.8em 0 0}.ways div,.words div{display:flex;flex-wrap:wrap;gap:.1em .8em;align-items:center}.ways dt{min-width:4.6em}.words dt{min-width:5.4em;color:var(--ink);font-weight:600}
.ways dd,.words dd{font-size:.9rem;font-weight:400;display:block;white-space:normal;min-width:0}.words{gap:.1em;margin:.2em 0 1em}.words dd{font-size:.85rem;color:var(--muted)}
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
.service .key::before{content:"▸";display:inline-block;width:1.2em;color:var(--muted)}
.service[open]>summary .key::before{content:"▾"}
.director+.director{margin-top:1.6em}
.director>.facts{margin:.2em 0 .6em}
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
.skipped th{color:var(--muted)}
.bar{display:block;height:5px;margin-top:2px;border-radius:3px;background:var(--rule);overflow:hidden}
.bar i{display:block;height:100%}
${fills.map((name) => `.fill-${name}{background:${colour(name)}}`).join('')}
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
