// SPDX-License-Identifier: Apache-2.0
// Free energies and posterior probabilities of the hypotheses; the way of each fit to its end.
"use strict";

(() => {
  const R = Report, labels = 132, rowHeight = 30;

  R.figure("evidence", ({plot, note, width}) => {
    const rows = R.data.comparison.filter(row => R.isNumber(row.log_evidence));
    if (rows.length === 0) return false;
    const height = rows.length * rowHeight;
    const svg = R.svg(plot, width, height + 82, "Relative log evidence and posterior probability");
    const top = svg.append("g").attr("transform", "translate(0,30)");
    const middle = labels + (width - labels) * 0.58, right = width - 56;
    const lowest = Math.min(-6, d3.min(rows, row => row.delta));
    const delta = d3.scaleLinear().domain([lowest, 0]).nice().range([labels + 48, middle]);
    const probability = d3.scaleLinear().domain([0, 1]).range([middle + 60, right]);
    R.words(top, delta.range()[0], -16, "ΔF (nats)", "heading");
    R.words(top, probability.range()[0], -16, "posterior probability", "heading");
    R.xAxis(top, delta, height + 4, 6, 0);
    R.xAxis(top, probability, height + 4, 4, 0);
    for (const at of [-3, -5]) {
      top.append("line").attr("x1", delta(at)).attr("x2", delta(at)).attr("y1", -4)
          .attr("y2", height + 4).style("stroke", "var(--soft)").style("stroke-dasharray", "4 3");
    }
    rows.forEach((row, i) => {
      const y = i * rowHeight + rowHeight / 2, colour = R.look(row.model).colour;
      R.words(top, labels - 14, y, R.modelName(row.model, 18), "", "end");
      const item = top.append("g");
      item.append("rect").attr("x", delta(row.delta)).attr("y", y - 8).attr("height", 16)
          .attr("width", Math.max(2, delta(0) - delta(row.delta))).style("fill", colour);
      R.words(item, delta(row.delta) - 6, y, row.delta === 0 ? "best" : R.number(row.delta), "", "end");
      R.explain(item, `${row.model}: F = ${R.number(row.log_evidence, 6)}`);
      if (!R.isNumber(row.posterior_probability)) return;
      const p = row.posterior_probability;
      top.append("rect").attr("x", probability(0)).attr("y", y - 8).attr("height", 16)
          .attr("width", Math.max(1, probability(p) - probability(0))).style("fill", colour);
      R.words(top, probability(p) + 7, y, p < 0.001 ? "< 0.001" : R.number(p));
    });
    const group = rows.filter(row => R.isNumber(row.protected_exceedance));
    note.text(group.length === 0 ? ""
        : "Protected exceedance probabilities: " +
          group.map(row => `${row.model} ${R.number(row.protected_exceedance)}`).join(", ") + ".");
  });

  const fits = R.data.fits;
  const subjects = R.unique(fits.map(fit => fit.subject));
  let subject = 0;
  R.figure("fits", ({controls, plot, width, redraw}) => {
    if (fits.length === 0) return false;
    if (subjects.length > 1) {
      R.list(controls, "subject ", subjects, subject, i => { subject = i; redraw(); });
    }
    const rows = fits.filter(fit => fit.subject === subjects[subject]);
    const height = 200, middle = width * 0.55;
    const svg = R.svg(plot, width, height + 86, "Free energy by iteration and by start");
    const top = svg.append("g").attr("transform", "translate(0,30)");

    const most = d3.max(rows, fit => fit.free_energy.length);
    const finals = new Map(rows.map(fit => [fit, fit.free_energy[fit.free_energy.length - 1]]));
    const away = fit => fit.free_energy
        .map((value, i) => [i + 1, R.isNumber(value) ? Math.abs(finals.get(fit) - value) : null])
        .filter(p => p[1] !== null && p[1] > 0);
    const distances = [].concat(...rows.map(away)).map(p => p[1]);
    const x = d3.scaleLinear().domain([1, Math.max(2, most)]).range([54, middle - 20]);
    const y = d3.scaleLog().range([height, 0])
        .domain(distances.length > 0 ? [d3.min(distances) / 2, d3.max(distances) * 2] : [0.1, 1]);
    R.words(top, x.range()[0], -16, "distance from the final F (nats)", "heading");
    R.xAxis(top, x, height, 8, 0);
    top.append("g").attr("transform", `translate(${x.range()[0]},0)`)
        .call(d3.axisLeft(y).ticks(5, "~g").tickSizeOuter(0));
    R.words(top, (x.range()[0] + x.range()[1]) / 2, height + 36, "iteration", "soft", "middle");
    for (const fit of rows) {
      const look = R.look(fit.model);
      const path = top.append("path").attr("d", d3.line().x(p => x(p[0])).y(p => y(p[1]))(away(fit)))
          .style("fill", "none").style("stroke", look.colour).style("stroke-width", 2)
          .style("stroke-dasharray", look.dash);
      R.explain(path, fit.model);
    }
    starts(top, rows.filter(fit => fit.starts.some(R.isNumber)), middle, width, height);
    legend(top, rows, x.range()[1] - 110);
  });

  function starts(top, rows, left, right, height) {
    R.words(top, left + 110, -16, "starts: F relative to the best (nats)", "heading");
    if (rows.length === 0) {
      R.words(top, left + 110, 20, "one start only", "soft");
      return;
    }
    const relative = fit => {
      const best = d3.max(fit.starts.filter(R.isNumber));
      return fit.starts.map(value => R.isNumber(value) ? value - best : null);
    };
    const lowest = d3.min([].concat(...rows.map(relative)).filter(R.isNumber));
    const x = d3.scaleLinear().domain([Math.min(lowest, -1), 0]).nice().range([left + 110, right - 12]);
    R.xAxis(top, x, height, 5, height);
    rows.forEach((fit, i) => {
      const y = (i + 0.5) * height / rows.length, values = relative(fit);
      const failed = values.filter(value => value === null).length;
      R.words(top, left + 98, y, R.modelName(fit.model, 16), "", "end");
      values.forEach((value, j) => {
        if (value === null) return;
        const dot = top.append("circle").attr("cx", x(value)).attr("cy", y + (j % 5 - 2) * 4)
            .attr("r", 4).style("fill", R.look(fit.model).colour).style("fill-opacity", 0.55);
        R.explain(dot, `start ${j + 1}: ${R.number(value)} nats from the best`);
      });
      if (failed > 0) R.words(top, x.range()[0] + 4, y - 20, `${failed} failed`, "soft");
    });
  }

  function legend(top, rows, left) {
    rows.forEach((fit, i) => {
      const line = top.append("g").attr("transform", `translate(${left},${8 + i * 18})`);
      R.bar(line, 0, 18, 0, R.look(fit.model).colour, 2.5);
      R.words(line, 24, 0, R.modelName(fit.model, 14));
    });
  }
})();
