/// How the page looks: on screens light or dark as the reader wants it, on paper light.
enum Style {
  static let sheet: HTML = """
    \(HTML(stringLiteral: colours))
    \(HTML(stringLiteral: text))
    \(HTML(stringLiteral: tables))
    \(HTML(stringLiteral: charts))
    \(HTML(stringLiteral: paper))
    """

  /// After Okabe and Ito (2008) and Tol (2021): told apart with every kind of colour vision.
  private static let colours = """
    :root{--page:#fff;--ink:#1d2329;--soft:#5c6670;--faint:#6e7781;--line:#e2e6ea;--panel:#f7f8fa;
    --blue:#0067a8;--shade:0 103 168;--bad:196 78 0;--warm:#c44e00;--on:#fff;
    --c0:#0067a8;--c1:#d05a00;--c2:#008f68;--c3:#c2609a;--c4:#c98900;--c5:#3d9fd6;--c6:#882255;--c7:#8a8a22;
    --c8:#333b44;--c9:#b8bfc7}
    @media screen and (prefers-color-scheme:dark){:root{--page:#14181c;--ink:#e6eaee;--soft:#a3adb8;--faint:#77828d;
    --line:#2b323a;--panel:#1a1f25;--blue:#5cb3ec;--shade:92 179 236;--bad:240 138 60;--warm:#f08a3c;--on:#0d1117;
    --c0:#5cb3ec;--c1:#f08a3c;--c2:#35c49a;--c3:#e39cc6;--c4:#f0b93a;--c5:#9bd6f7;--c6:#d66f9e;--c7:#c4c45f;
    --c8:#e6eaee;--c9:#4a545e}}
    """

  private static let text = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
    body{margin:0 auto;max-width:68rem;padding:clamp(1.25rem,5vw,4rem);background:var(--page);color:var(--ink);
    font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
    overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
    h1,h2{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,"DejaVu Serif",serif;
    font-weight:600;line-height:1.2;letter-spacing:-.01em}
    h1{font-size:clamp(2rem,6vw,3rem);margin:.15em 0 .2em}
    h2{font-size:1.6rem;margin:0 0 .35em}
    h3{font-size:1rem;margin:1.4em 0 .5em}
    .eyebrow{margin:0;color:var(--blue);font-size:.8rem;font-weight:600;letter-spacing:.09em;text-transform:uppercase}
    .sub{margin:0;color:var(--soft)}
    section{margin-top:3.5rem;padding-top:2rem;border-top:1px solid var(--line)}
    .lead{max-width:46rem;margin:0 0 1.4rem;color:var(--soft)}.lead b{color:var(--ink)}
    .note{color:var(--soft);font-size:.9rem}
    .warning{max-width:46rem;padding:.6rem .9rem;border-left:4px solid var(--warm);background:var(--panel);font-weight:600}
    a{color:var(--blue)}
    nav{display:flex;flex-wrap:wrap;gap:.35rem 1.2rem;font-size:.9rem}nav a{text-decoration:none}
    nav a:hover{text-decoration:underline}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1px;margin:2rem 0 1.5rem;
    border:1px solid var(--line);border-radius:12px;overflow:hidden}
    .tiles div{padding:1rem 1.1rem;box-shadow:0 0 0 1px var(--line)}
    .tiles dt{color:var(--soft);font-size:.82rem}
    .tiles dd{margin:0;font-size:1.55rem;font-weight:600;line-height:1.35}
    .tiles small{display:block;color:var(--soft);font-size:.76rem;font-weight:400;line-height:1.35}
    .facts{margin:0;font-size:.92rem}
    .facts div{display:grid;grid-template-columns:9rem 1fr;gap:1rem;padding:.45rem 0;border-top:1px solid var(--line)}
    .facts dt{color:var(--soft)}.facts dd{margin:0}
    pre{margin:0 0 1rem;padding:.9rem 1.1rem;background:var(--panel);border:1px solid var(--line);border-radius:10px;
    white-space:pre-wrap;font-size:.86rem}
    code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
    summary{cursor:pointer;color:var(--blue);font-size:.92rem}
    .reasons{color:var(--soft);font-size:.86rem}
    .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(13.5rem,1fr));gap:1.6rem 1.2rem;margin:0;padding:0;
    list-style:none}
    .gallery figure{margin:0}.gallery .frame{display:flex;align-items:center;justify-content:center;height:11rem;
    background:var(--panel);border:1px solid var(--line);border-radius:10px;overflow:hidden;color:var(--faint)}
    .gallery img{max-width:100%;max-height:100%;width:auto;height:auto}
    .gallery .frame+.frame{margin-top:.4rem}
    .gallery figcaption{margin-top:.5rem;font-size:.9rem;line-height:1.4}
    .gallery span,.gallery small{display:block;color:var(--ink);unicode-bidi:isolate}
    .gallery small{color:var(--soft);font-size:.78rem}
    """

  private static let tables = """
    .scroll{overflow-x:auto}.scroll:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
    table{border-collapse:collapse;font-size:.92rem}
    caption{padding:0 0 .6rem;color:var(--soft);font-size:.84rem;text-align:left}
    th,td{padding:.38rem .9rem .38rem 0;border-top:1px solid var(--line);font-weight:400;text-align:left;
    vertical-align:middle;unicode-bidi:isolate}
    thead th{border-top:0;color:var(--soft);font-size:.82rem;white-space:nowrap}
    tbody th{max-width:18rem;min-width:5rem}
    .n{text-align:right;white-space:nowrap}
    td:last-child,th:last-child{padding-right:0}
    .wide{width:100%}
    .scroll:has(.tall){max-height:34rem;overflow-y:auto;border-bottom:1px solid var(--line)}
    .tall thead th{position:sticky;top:0;background:var(--page)}
    .bar{display:inline-block;width:clamp(2rem,9vw,6.5rem);height:.5rem;margin-right:.6rem;background:var(--line);
    border-radius:3px;overflow:hidden;vertical-align:middle}
    .bar i{display:block;height:100%;background:var(--blue);border-radius:3px}
    .v{display:inline-block;min-width:4.2em;white-space:nowrap;font-size:.86rem}
    .matrix{margin:0}
    .matrix table{border-collapse:separate;border-spacing:2px;width:auto}
    .matrix th,.matrix td{padding:0;border:0}
    .matrix tbody th{max-width:11rem;padding-right:.6rem;text-align:right;color:var(--soft)}
    .matrix thead th{vertical-align:bottom;text-align:center}
    .matrix thead span{display:inline-block;max-height:9rem;overflow:hidden;text-overflow:ellipsis;writing-mode:vertical-rl;
    transform:rotate(180deg);padding-top:.4rem}
    .matrix tbody td{min-width:3rem;height:3rem;border-radius:5px;text-align:center;
    background:rgb(var(--shade)/calc(var(--v)*.92))}
    .matrix tbody td.wrong{background:rgb(var(--bad)/calc(var(--v)*.92 + .08))}
    .matrix tbody td.full{color:var(--on);font-weight:600}.matrix tbody td.zero{background:var(--panel);color:var(--faint)}
    """

  private static let charts = """
    figure{margin:0}figcaption{margin-top:.4rem;color:var(--soft);font-size:.84rem}
    .pair{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:2rem 2.5rem;margin-bottom:1rem}
    .pair>*{min-width:0;max-width:34rem}.solo{max-width:44rem}
    @media (min-width:45rem){.solo .tick,.solo .axis{font-size:8.5px}}
    svg{display:block;width:100%;height:auto;overflow:visible}
    .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:0 0 .3rem;padding:0;list-style:none;font-size:.86rem}
    .legend li{display:flex;align-items:center;gap:.4rem}
    .legend .key{width:14px;height:14px;flex:none}
    .swatch{width:22px;border-top:2.5px solid var(--blue)}.swatch.train{border-top:2.5px dashed var(--warm)}
    .grid{stroke:var(--line)}.tick{paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round}
    .tick,.axis{fill:var(--soft);font-size:12px;text-anchor:middle}.end{text-anchor:end}.start{text-anchor:start}
    .axis{fill:var(--ink)}.strong{fill:var(--ink);font-weight:600}
    .line{fill:none;stroke-width:2.2;stroke-linejoin:round}.line.train{stroke:var(--warm);stroke-dasharray:6 4}
    .line.val,.line.rate{stroke:var(--blue)}
    .dot{stroke:var(--page);stroke-width:1.2}.dot.train{fill:var(--warm)}.dot.val{fill:var(--blue)}
    .best{stroke:var(--ink);stroke-width:1;opacity:.55}.border{stroke:var(--faint);stroke-dasharray:3 4}
    .ideal{fill:none;stroke:var(--faint);stroke-dasharray:5 4}
    .box{fill:var(--blue);opacity:.28}.gap{stroke:var(--warm);stroke-width:2}
    .m{fill-opacity:.8;stroke-width:.8;stroke:var(--page)}.m.hollow{fill:var(--page);fill-opacity:.85;stroke-width:1.9}
    \((0...Marker.other).map { ".m\($0){fill:var(--c\($0))}.m\($0).hollow{stroke:var(--c\($0))}" }.joined(separator: "\n"))
    .m.hollow{fill:var(--page)}
    """

  private static let paper = """
    @media print{@page{margin:16mm}body{padding:0;max-width:none;font-size:10.5pt;print-color-adjust:exact;
    -webkit-print-color-adjust:exact}nav,details{display:none}section{margin-top:1.6rem;padding-top:1rem}
    figure,.lead,.tiles,.gallery li,tr,pre{break-inside:avoid}.solo{max-width:9.5cm}.solo .tick,.solo .axis{font-size:11px}h2,h3,.lead{break-after:avoid}
    .scroll,.scroll:has(.tall){overflow:visible;max-height:none}.tall thead th{position:static}
    .gallery{grid-template-columns:repeat(4,1fr)}.gallery .frame{height:3.4cm}}
    """
}
