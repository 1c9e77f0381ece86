/** A page that is one file: no script, nothing fetched from anywhere. Everything that is shown is escaped. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;

export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/\p{Surrogate}/gu, '\ufffd');

/** A bar of parts that together are the whole, each with its label and class (`good`, `part`, `held`, `bad`). */
export const bar = (
  parts: readonly { readonly label: string; readonly count: number; readonly kind: string }[],
): string => {
  const all = parts.reduce((sum, { count }) => sum + count, 0);
  const shown = parts.filter(({ count }) => count > 0);
  const words = ({ label, count }: (typeof parts)[number]) => `${count.toLocaleString('en-US')} ${label}`;
  const text = shown.map(words).join(', ');
  const legend = shown.map((part) => `<span class="key ${part.kind}"></span>${escaped(words(part))}`).join(' ');
  const spans = shown.map(
    ({ kind, count }) =>
      `<span class="${kind}" style="width:${((100 * count) / Math.max(1, all)).toFixed(2)}%"></span>`,
  );
  return `<div class="bar" role="img" aria-label="${escaped(text)}">${spans.join('')}</div><p class="legend">${legend || 'none'}</p>`;
};

const style = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dde3ea;--paper:#fff;--ground:#f5f7f9;--good:#2e8b57;--part:#d99a1c;--held:#7b6bb5;--bad:#c8453b;--chip:#edf1f5}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa7b6;--line:#303a46;--paper:#171d24;--ground:#0f1419;--good:#4fb37f;--part:#e0ac44;--held:#a598e0;--bad:#e2685f;--chip:#232c36}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1180px;margin:0 auto;padding:2rem 1rem 4rem}h1{font-size:1.6rem;margin:0 0 .3rem;overflow-wrap:anywhere}ul{margin:.4rem 0;padding-left:1.2rem}h2{font-size:1.15rem;margin:0}h3{font-size:1rem;margin:1.2rem 0 .3rem}
p{margin:.2rem 0}.soft,.legend{color:var(--soft)}.legend{font-size:.85rem}section{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.2rem;margin:1.2rem 0}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;margin-top:.7rem;font-size:.9rem}th{text-align:left;color:var(--soft);font-weight:600;border-bottom:1px solid var(--line);padding:.35rem .6rem .35rem 0;white-space:nowrap}
td{border-bottom:1px solid var(--line);padding:.4rem .6rem .4rem 0;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}code{font:.86rem ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
.chip{display:inline-block;background:var(--chip);border-radius:6px;padding:.05rem .45rem;margin:.1rem .25rem .1rem 0}.chip b{font-weight:600;color:var(--soft);margin-left:.35rem}
.bar{display:flex;height:12px;border-radius:6px;overflow:hidden;background:var(--chip);margin-top:.5rem}.good{background:var(--good)}.part{background:var(--part)}.held{background:var(--held)}.bad{background:var(--bad)}
.share{display:inline-block;width:70px;height:8px;border-radius:4px;background:var(--chip);overflow:hidden;vertical-align:middle;margin-right:.5rem}.share span{display:block;height:100%;background:var(--good)}
tr.unread td{color:var(--soft)}.tag{font-size:.78rem;border:1px solid var(--line);border-radius:5px;padding:0 .35rem;color:var(--soft)}svg{display:block;width:100%;height:170px}td.zero{color:var(--line)}td.share-of{white-space:nowrap}
.wide td:first-child,.wide td:last-child{min-width:8.5rem}.ranges{white-space:nowrap;margin-right:.6rem}
.key{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin:0 .35em 0 .3em}.key:first-child{margin-left:0}
.ticks{display:flex;color:var(--soft);font-size:.78rem}.ticks span{flex:1;min-width:0;text-align:center;white-space:nowrap}.ticks.many span{visibility:hidden}.ticks.many span:first-child,.ticks.many span:last-child{visibility:visible}
svg .good{fill:var(--good)}svg .part{fill:var(--part)}svg .held{fill:var(--held)}svg .bad{fill:var(--bad)}svg line{stroke:var(--line)}
@media(max-width:700px){main{padding:1rem .6rem 3rem}section{padding:.9rem .9rem}.ticks span:not(:first-child):not(:last-child){display:none}.ticks span:first-child{text-align:left}.ticks span:last-child{text-align:right}
table,tbody{display:block}thead{display:none}tr{display:block;border-bottom:1px solid var(--line);padding:.45rem 0}td{display:inline-block;border:0;padding:.05rem .9rem .05rem 0}td:first-child,td.block{display:block;min-width:0}td:first-child{font-weight:600}td:empty,td.zero{display:none}
td[data-label]::before{content:attr(data-label) " ";color:var(--soft);font-size:.82rem}}
`;
