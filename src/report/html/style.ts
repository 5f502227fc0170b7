/** Style sheet of the HTML report: system fonts, one accent colour, light and dark, print. No url(), nothing to load. */
import { FIGURE_COLOURS_DARK, FIGURE_COLOURS_LIGHT, FIGURE_RULES } from '../picture/svg.ts';

const BASE = `
:root{${FIGURE_COLOURS_LIGHT};--page:#f5f6f8;--accent:#1d5f94;--accent-soft:#e8f0f7;--bad:#a63d2f;color-scheme:light}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
main,header.cover,nav.toc,footer{max-width:1360px;margin:0 auto;padding:0 28px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.015em;margin:0 0 6px;font-weight:650;text-wrap:balance}
h2{font-size:20px;line-height:1.3;letter-spacing:-.005em;margin:0 0 4px;font-weight:650}
h3{font-size:15px;margin:20px 0 6px;font-weight:650}
p{margin:0 0 10px;max-width:78ch}
.lead{color:var(--muted);margin:0 0 16px}
code,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.88em}
.id{overflow-wrap:anywhere;word-break:break-all}
.short{white-space:nowrap}
.num{font-variant-numeric:tabular-nums;white-space:nowrap}
.sub{display:block;color:var(--muted);font-size:.9em;font-weight:400}
.kind{color:var(--accent);font-size:12px;font-weight:700;letter-spacing:.09em;text-transform:uppercase;margin:0 0 8px}
header.cover{padding-top:40px;padding-bottom:22px}
header.cover dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:16px 0 0;font-size:13.5px}
header.cover dt{color:var(--muted)}
header.cover dd{margin:0;min-width:0}
main nav.toc{padding:0}
nav.toc ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;margin:0 0 18px;padding:10px 0;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule);font-size:13.5px}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
section.card{background:var(--paper);border:1px solid var(--rule);border-radius:8px;padding:24px 26px;margin:0 0 20px}
footer{color:var(--muted);font-size:13px;padding-bottom:40px}
`;

const SUMMARY = `
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:0;margin:0;border:1px solid var(--rule);border-radius:8px;background:var(--paper);overflow:hidden}
.facts>div{padding:16px 20px;border-right:1px solid var(--rule);border-bottom:1px solid var(--rule);margin:0 -1px -1px 0}
.facts dt{font-size:12.5px;color:var(--muted)}
.facts dd{margin:2px 0 0;font-variant-numeric:tabular-nums}
.facts dd.big{font-size:19px;font-weight:650;line-height:1.3;letter-spacing:-.01em}
.facts .key{background:var(--accent-soft)}
.facts ul{list-style:none;margin:6px 0 0;padding:0;font-size:12.5px;color:var(--muted);font-variant-numeric:tabular-nums}
.facts li{display:flex;justify-content:space-between;gap:12px}
#summary{margin:0 0 20px}
#summary h2{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.story h3{margin-top:16px}.story h3:first-of-type{margin-top:8px}
.story ul{margin:0 0 10px;padding-left:20px;max-width:96ch}.story li{margin:2px 0}
`;

const TABLES = `
.scroll{overflow-x:auto;margin:0 -26px;padding:0 26px}
table{border-collapse:collapse;width:100%;font-size:12.5px;line-height:1.45;margin:10px 0 4px}
caption{text-align:left;color:var(--muted);font-size:13px;padding:0 0 8px;caption-side:top}
th,td{text-align:left;vertical-align:top;padding:8px 12px 8px 0;border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:600;color:var(--muted);border-bottom:1.5px solid var(--muted);vertical-align:bottom;font-size:12px}
tbody th{font-weight:600}
tbody tr:last-child>*{border-bottom:0}
.right{text-align:right}
td.num.right,th.right{padding-right:16px}
.hops{min-width:1120px}
.col-tx .id{display:inline-block;width:22.5ch}.hops .col-side{width:150px}.hops .col-tag{min-width:164px}
tbody th .id{font-weight:400}
.when{min-width:96px}
.status{display:inline-block;font-size:11px;font-weight:650;line-height:1.35;padding:0 6px;border:1px solid currentColor;border-radius:3px;color:var(--muted)}
.s-stopped{color:var(--service)}.s-unspent{color:var(--unspent)}.s-unresolved{color:var(--unresolved);border-style:dashed}
.s-cut{color:var(--cut);border-style:dashed}.s-burned{color:var(--burned)}
.payer{display:block}.payer+.payer{margin-top:4px}
.tag+.tag{margin-top:8px;padding-top:8px;border-top:1px dotted var(--rule)}
.tag b{overflow-wrap:anywhere}
.tag .sub{overflow-wrap:anywhere}
.ok{color:var(--unspent);font-weight:650;white-space:nowrap}.bad{color:var(--bad);font-weight:700}
.equation{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.empty{color:var(--muted);font-style:italic;margin:8px 0}
details{margin:12px 0 0}
summary{cursor:pointer;color:var(--accent);font-size:13.5px;width:max-content;max-width:100%}
.txids{list-style:none;margin:8px 0 0;padding:0;columns:2 480px;column-gap:28px;font-size:12.5px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:10px 0 0;padding:0;font-size:12px;color:var(--muted)}
.legend b{color:var(--kind,var(--muted));font-size:10.5px;letter-spacing:.06em}
.legend .sign{font-weight:700}
.figure{overflow-x:auto;margin:0 -26px;padding:0 26px}
.figure svg{display:block;height:auto}
.figure svg.fig{max-width:100%}
`;

const RULE_SWITCH = `
.switch{border:0;margin:0;padding:0;min-width:0}
.switch legend{font-size:13px;color:var(--muted);padding:0;margin:0 0 6px;float:left;margin-right:12px}
.switch>input{margin:0 5px 0 0;vertical-align:middle;accent-color:var(--accent)}
.switch>label{font-size:13.5px;margin-right:18px;vertical-align:middle;cursor:pointer;white-space:nowrap}
.switch>input:checked+label{font-weight:650}
.panel{display:none;clear:both}
.panel h3{margin-bottom:0}
`;

const NARROW = `
@media (max-width:720px){
main,header.cover,nav.toc,footer{padding-left:14px;padding-right:14px}
header.cover{padding-top:26px}h1{font-size:24px}
header.cover dl{grid-template-columns:1fr;gap:0}header.cover dd{margin-bottom:6px}
section.card{padding:18px 14px;border-radius:6px}
.scroll,.figure{margin:0 -14px;padding:0 14px}
.facts{grid-template-columns:1fr}
}
`;

const PRINT = `
@page{size:A4 landscape;margin:14mm 12mm}
@media print{
:root{${FIGURE_COLOURS_LIGHT};--page:#fff;--accent:#1d5f94;--accent-soft:#f1f5f9;--bad:#a63d2f;color-scheme:light}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:10pt}
main,header.cover,nav.toc,footer{max-width:none;padding-left:0;padding-right:0}
header.cover{padding-top:0}nav.toc{display:none}
section.card{border:0;border-radius:0;padding:10px 0 0;margin:0 0 14px;border-top:1.5px solid var(--ink)}
h2,h3,caption,.lead{break-after:avoid}
.scroll,.figure{overflow:visible;margin:0;padding:0}
.figure svg.fig{max-width:100%;max-height:150mm;width:auto;min-width:0!important}
.panel{display:block!important;break-inside:avoid}
.switch>input,.switch>label,.switch>legend,summary,.screen{display:none}
details::details-content{content-visibility:visible;display:block;height:auto}
thead{display:table-header-group}tr{break-inside:avoid}tbody tr:first-child{break-before:avoid}caption,thead{break-inside:avoid;break-after:avoid}
table,.hops{font-size:8pt;min-width:0}
}
`;

const DARK = `@media screen and (prefers-color-scheme:dark){:root{${FIGURE_COLOURS_DARK};--page:#0f1115;--accent:#6cb0e6;--accent-soft:#182430;--bad:#f08a78;color-scheme:dark}}`;

/** The style sheet for a page with `ruleCount` flow panels: a chosen radio button shows its panel, without a script. */
export function pageStyle(ruleCount: number): string {
  const shown = Array.from({ length: ruleCount }, (_, index) => `#rule-${index}:checked~.panel-${index}`);
  const switching = shown.length === 0 ? '' : `${shown.join(',')}{display:block}\n`;
  return [BASE, FIGURE_RULES, SUMMARY, TABLES, RULE_SWITCH, switching, DARK, NARROW, PRINT].join('');
}
