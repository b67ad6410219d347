import { colourVariables } from '../../charts/colours.ts';

/** All that the page needs to look as it does; nothing is fetched. */
export const reportStyle = `${colourVariables}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
h1{font-size:1.7rem;line-height:1.25;margin:.1em 0 .3em;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.2em 0 .6em;overflow-wrap:anywhere}
h2 small{font-weight:400;color:var(--muted);font-size:.85rem}
p{margin:.3em 0}
.quiet,footer,.note{color:var(--muted);font-size:.9rem}
.outcome{display:inline-block;padding:.1em .7em;border:2px solid currentColor;border-radius:99px;font-weight:600;margin-right:.5em}
.good{color:var(--good)}.bad{color:var(--bad)}.plain{color:var(--muted)}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
dl.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:10px;margin:1.2em 0}
dl.figures div{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:8px 12px;display:flex;flex-direction:column-reverse;justify-content:flex-end}
ul.acts{list-style:none;margin:.5em 0;padding:0;overflow-wrap:anywhere}
dt{color:var(--muted);font-size:.82rem}
dd{margin:0;font-size:1.2rem;font-weight:600;font-variant-numeric:tabular-nums}
dl.ways,dl.words{margin:.7em 0;display:grid;gap:.25em}.ways div,.words div{display:flex;flex-wrap:wrap;gap:0 .8em}.ways dt{min-width:4.2em}.words dt{min-width:5.4em;color:var(--ink);font-weight:600}
.ways dd,.words dd{font-size:.95rem;font-weight:400;min-width:0}.words dd{font-size:.85rem;color:var(--muted)}.ways code{user-select:all;background:var(--panel);border:1px solid var(--rule);border-radius:6px;padding:.15em .5em}
dt small{display:block;font-size:.78rem;line-height:1.3}
.strip{display:flex;gap:2px;height:14px;margin:.4em 0}
.strip i{min-width:3px;border-radius:3px}
.k-ramp{background:var(--new)}.k-drain{background:var(--old)}.k-pause{background:var(--bystander)}
.k-return{background:var(--bad)}.k-stopped{background:repeating-linear-gradient(135deg,var(--band) 0 3px,transparent 3px 6px)}
.legend{display:flex;flex-wrap:wrap;gap:.1em 1.1em;list-style:none;margin:0;padding:0;font-size:.84rem}
.legend li{display:flex;align-items:center;gap:.45em;overflow-wrap:anywhere;min-width:0}
.legend i{flex:none;width:22px;border-top:3px solid}
.legend i.dashed{border-top-style:dashed}.legend i.dotted{border-top-style:dotted}
.legend i.box{width:12px;height:12px;border:0;border-radius:3px}
.charts{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:14px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:0 28px}.pair section{min-width:0}.pair td:first-child{width:1%}
.charts:has(.only){grid-template-columns:repeat(2,minmax(0,1fr))}
.chart{margin:0;padding:12px;border:1px solid var(--rule);border-radius:8px;min-width:0;break-inside:avoid}
.charts .chart:first-child:not(:has(.only)){grid-column:1/-1}
figcaption{font-weight:600;font-size:.95rem}
svg{display:block;width:100%;height:auto;margin-top:4px}
svg.narrow{display:none}
svg.only,svg.narrow{max-width:600px;margin-inline:auto}
.readings rect{fill:var(--ink);fill-opacity:0}
.readings rect:hover{fill-opacity:.09}
.scroll{overflow-x:auto;border:1px solid var(--rule);border-radius:8px;scrollbar-width:thin;scrollbar-color:var(--muted) var(--panel)}
.scroll{background:linear-gradient(90deg,var(--ground) 40%,transparent) 0 0/40px 100% no-repeat local,linear-gradient(270deg,var(--ground) 40%,transparent) 100% 0/40px 100% no-repeat local,linear-gradient(90deg,var(--band),transparent) 0 0/16px 100% no-repeat scroll,linear-gradient(270deg,var(--band),transparent) 100% 0/16px 100% no-repeat scroll}
.scroll:focus-visible{outline:2px solid var(--new)}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 12px;border-bottom:1px solid var(--rule);vertical-align:top}
tr:last-child td{border-bottom:0}
th{font-weight:600;background:var(--panel);white-space:nowrap}
.n{text-align:right;white-space:nowrap}
.t{white-space:nowrap;color:var(--muted)}
td.w{overflow-wrap:anywhere;min-width:14em}
details{border-top:1px solid var(--rule);padding:.5em 0}
summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}
details[open] summary{margin-bottom:.6em}
footer{padding-top:2.5em;padding-bottom:2em}
@media (max-width:899px){.charts{grid-template-columns:repeat(2,minmax(0,1fr))}svg.wide{display:none}svg.narrow{display:block}}
@media (max-width:699px){.charts,.charts:has(.only){grid-template-columns:minmax(0,1fr)}main,header,footer{padding-left:12px;padding-right:12px}h1{font-size:1.35rem}dl.figures{grid-template-columns:repeat(2,minmax(0,1fr))}th,td{padding:4px 8px}.chart{padding:8px}td.w{min-width:7.5em}}
@media print{@page{margin:14mm}body{font-size:10.5pt}main,header,footer{max-width:none;padding:0}
.charts{grid-template-columns:repeat(2,minmax(0,1fr))}.charts .chart:first-child:not(:has(.only)){grid-column:auto}
svg.wide,.readings{display:none}svg.narrow{display:block}
.scroll{overflow:visible;border:0}h2{break-after:avoid}tr,.strip,dl.figures div{break-inside:avoid}
dl.figures{grid-template-columns:repeat(5,minmax(0,1fr))}
details::details-content{content-visibility:visible;block-size:auto}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}`;
