// SPDX-License-Identifier: Apache-2.0
// What fits to simulated data find again: hypotheses, parameters, and the ranks of the truth.
"use strict";

(() => {
  const R = Report, {contests, values, ranks} = R.data.recovery;

  R.figure("contests", ({plot, width}) => {
    if (contests.length === 0) return false;
    const names = R.unique(contests.map(row => row.truth));
    const labels = 150, cell = Math.min(110, (width - labels - 20) / names.length), height = 34;
    const svg = R.svg(plot, width, names.length * height + 66, "Which hypothesis is found for whose data");
    const top = svg.append("g").attr("transform", "translate(0,56)");
    R.words(top, labels, -44, "has most evidence", "heading");
    R.words(top, labels - 14, -18, "made by", "heading", "end");
    names.forEach((name, i) => {
      R.words(top, labels + (i + 0.5) * cell, -18, R.modelName(name, Math.floor(cell / 7)), "", "middle");
      R.words(top, labels - 14, (i + 0.5) * height, R.modelName(name, 18), "", "end");
    });
    for (const row of contests) {
      const x = labels + names.indexOf(row.fitted) * cell, y = names.indexOf(row.truth) * height;
      const item = top.append("g");
      item.append("rect").attr("x", x + 1).attr("y", y + 1).attr("width", cell - 2).attr("height", height - 2)
          .style("fill", R.look(row.fitted).colour).style("fill-opacity", 0.06 + 0.74 * (row.share || 0));
      R.words(item, x + cell / 2, y + height / 2, R.isNumber(row.share) ? R.number(row.share, 2) : "–", "", "middle");
      R.explain(item, `data of ${row.truth}, ${R.number(row.n)} sets\n${row.fitted} has most evidence in ` +
                `${R.number(100 * row.share)} % of them\nmean posterior probability ${R.number(row.probability)}`);
    }
  });

  // Small panels, one a parameter of the hypothesis chosen.
  function panels(svg, width, entries, height, draw) {
    const perRow = Math.max(1, Math.floor(width / 200)), pitch = width / perRow;
    entries.forEach((entry, i) => {
      const group = svg.append("g").attr("transform",
          `translate(${(i % perRow) * pitch},${Math.floor(i / perRow) * (height + 70) + 26})`);
      R.words(group, 40, -14, R.shortened(entry.parameter, Math.floor((pitch - 44) / 6.4)), "heading");
      draw(group, entry, pitch);
    });
  }
  const rowsFor = (count, width) => Math.ceil(count / Math.max(1, Math.floor(width / 200)));

  let hypothesis = 0, source = 0;
  R.figure("values", ({controls, plot, width, redraw}) => {
    if (values.length === 0) return false;
    const names = R.unique(values.map(row => row.hypothesis));
    const sources = R.unique(values.map(row => row.drawn_from)).sort().reverse();
    if (names.length > 1) R.list(controls, "hypothesis ", names, hypothesis, i => { hypothesis = i; redraw(); });
    if (sources.length > 1) {
      R.buttons(controls, "parameters from", sources.map((text, i) => ({value: i, text: "the " + text})),
                i => i === source, i => { source = i; redraw(); });
    }
    const shown = values.filter(row => row.hypothesis === names[hypothesis] && row.drawn_from === sources[source]);
    const height = 140, colour = R.look(names[hypothesis]).colour;
    const svg = R.svg(plot, width, rowsFor(shown.length, width) * (height + 70), "True and recovered parameters");
    panels(svg, width, shown, height, (group, entry, pitch) => {
      const x = d3.scaleLinear().domain(d3.extent(entry.truth)).nice().range([40, pitch - 16]);
      const y = d3.scaleLinear().domain(d3.extent(entry.truth.concat(entry.estimate))).nice().range([height, 0]);
      R.xAxis(group, x, height, 3, 0);
      group.append("g").attr("transform", "translate(40,0)")
          .call(d3.axisLeft(y).ticks(4).tickSizeOuter(0).tickFormat(R.axisFormat));
      group.append("line").attr("x1", x.range()[0]).attr("x2", x.range()[1]).attr("y1", y(x.domain()[0]))
          .attr("y2", y(x.domain()[1])).style("stroke", "var(--soft)").style("stroke-dasharray", "4 3");
      entry.truth.forEach((truth, i) => {
        const far = Math.abs(entry.estimate[i] - truth) > 1.96 * entry.sd[i];
        const dot = group.append("circle").attr("cx", x(truth)).attr("cy", y(entry.estimate[i])).attr("r", 2.4)
            .style("fill", far ? "none" : colour).style("stroke", colour).style("fill-opacity", 0.6);
        R.explain(dot, `truth ${R.number(truth)}, estimate ${R.number(entry.estimate[i])} ± ${R.number(entry.sd[i])}`);
      });
    });
  });

  let judged = 0;
  R.figure("ranks", ({controls, plot, width, redraw}) => {
    if (ranks.length === 0) return false;
    const names = R.unique(ranks.map(row => row.hypothesis));
    if (names.length > 1) R.list(controls, "hypothesis ", names, judged, i => { judged = i; redraw(); });
    const shown = ranks.filter(row => row.hypothesis === names[judged]);
    const height = 90, colour = R.look(names[judged]).colour;
    const svg = R.svg(plot, width, rowsFor(shown.length, width) * (height + 70), "Ranks of the truth in posteriors");
    panels(svg, width, shown, height, (group, entry, pitch) => {
      const x = d3.scaleLinear().domain([0, 1]).range([40, pitch - 16]), n = entry.count.length;
      const y = d3.scaleLinear().domain([0, 1.1 * d3.max(entry.count.concat([entry.high]))]).range([height, 0]);
      group.append("rect").attr("x", x(0)).attr("width", x(1) - x(0)).attr("y", y(entry.high + 0.5))
          .attr("height", y(Math.max(0, entry.low - 0.5)) - y(entry.high + 0.5))
          .style("fill", "var(--baseline)").style("fill-opacity", 0.2);
      entry.count.forEach((count, i) => {
        const bar = group.append("rect").attr("x", x(i / n) + 1).attr("width", (x(1) - x(0)) / n - 2)
            .attr("y", y(count)).attr("height", height - y(count)).style("fill", colour)
            .style("fill-opacity", entry.within ? 0.6 : 1);
        R.explain(bar, `${count} ranks; ${entry.low} to ${entry.high} are expected of a bin`);
      });
      R.xAxis(group, x, height, 3, 0);
      group.append("g").attr("transform", "translate(40,0)")
          .call(d3.axisLeft(y).ticks(3).tickSizeOuter(0).tickFormat(R.axisFormat));
      R.words(group, 40, height + 34, `P(uniform) ${R.number(entry.p, 2)}${entry.within ? "" : ": outside"}`, "soft");
    });
  });
})();
