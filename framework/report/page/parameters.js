// SPDX-License-Identifier: Apache-2.0
// Posteriors against priors: a forest, one row a parameter, one bar a hypothesis; one axis a unit.
"use strict";

(() => {
  const R = Report, mostRows = 60, labels = 210;
  const subjects = R.unique(R.data.parameters.map(row => row.subject));
  let subject = 0;

  // The central half of a posterior, from its median and 95 % interval: exact if the posterior is
  // Gaussian in natural units or in their logarithm; null for other transforms.
  // 0.344 = 0.6745 / 1.96, the quartile of the standard normal over its 97.5 % point.
  function half({estimate, low, high}) {
    const k = 0.6744897501960817 / 1.959963984540054;
    const width = high - low;
    if (!(width > 0)) return null;
    if (Math.abs(low + high - 2 * estimate) < 0.02 * width) {
      return [estimate - k * (estimate - low), estimate + k * (high - estimate)];
    }
    if (low * estimate > 0 && low * high > 0 &&
        Math.abs(Math.log(low * high / (estimate * estimate))) < 0.02 * Math.log(high / low)) {
      return [estimate * Math.pow(low / estimate, k), estimate * Math.pow(high / estimate, k)];
    }
    return null;
  }

  function drawRow(group, x, y, row, height) {
    const at = value => Math.max(x.range()[0], Math.min(x.range()[1], x(value)));
    const look = R.look(row.model), item = group.append("g");
    if (R.isNumber(row.prior_low) && R.isNumber(row.prior_high)) {
      item.append("rect").attr("x", at(row.prior_low)).attr("y", y - height / 2)
          .attr("width", Math.max(1, at(row.prior_high) - at(row.prior_low)))
          .attr("height", height).style("fill", "var(--prior)").style("fill-opacity", 0.55);
    }
    if (R.isNumber(row.low) && R.isNumber(row.high)) {
      R.bar(item, at(row.low), at(row.high), y, look.colour, 1.6);
      const central = half(row);
      if (central) R.bar(item, at(central[0]), at(central[1]), y, look.colour, 4.5);
    }
    item.append("circle").attr("cx", at(row.estimate)).attr("cy", y).attr("r", 3.4)
        .style("fill", look.colour).style("stroke", "var(--paper)");
    R.explain(item, `${row.model}: ${row.parameter}\n` +
              `posterior ${R.interval(row.estimate, row.low, row.high)} ${row.unit}\n` +
              `prior ${R.interval(row.prior_estimate, row.prior_low, row.prior_high)}\n` +
              `variance left: ${R.number(row.shrinkage, 2)}`);
  }

  // The axis holds every posterior and every prior of its unit.
  function domain(rows) {
    const numbers = [];
    for (const row of rows) {
      numbers.push(row.low, row.high, row.estimate, row.prior_low, row.prior_high);
    }
    return d3.extent(numbers.filter(R.isNumber));
  }

  R.figure("parameters", ({controls, plot, note, width, redraw}) => {
    const all = R.data.parameters.filter(row => row.subject === subjects[subject] &&
                                         R.isNumber(row.estimate));
    if (all.length === 0) return false;
    if (subjects.length > 1) {
      R.list(controls, "subject ", subjects, subject, i => { subject = i; redraw(); });
    }
    const models = R.unique(all.map(row => row.model));
    const barHeight = models.length > 3 ? 9 : 12;
    const names = R.unique(all.map(row => row.parameter)), shown = names.slice(0, mostRows);
    const units = R.unique(all.filter(row => shown.includes(row.parameter)).map(row => row.unit));

    let y = 26;
    const svg = R.svg(plot, width, 10, "Posterior and prior of every parameter");
    models.forEach((name, i) => {
      const group = svg.append("g").attr("transform", `translate(${labels + i * 150},8)`);
      R.mark(group, name);
      R.words(group, 12, 0, R.modelName(name, 18));
    });
    for (const unit of units) {
      const rows = all.filter(row => row.unit === unit && shown.includes(row.parameter));
      const x = d3.scaleLinear().domain(domain(rows)).nice().range([labels, width - 10]);
      const parameters = R.unique(rows.map(row => row.parameter));
      const heights = parameters.map(name =>
          rows.filter(row => row.parameter === name).length * barHeight + 12);
      const height = d3.sum(heights), group = svg.append("g").attr("transform", `translate(0,${y})`);
      R.xAxis(group, x, height, 8, height);
      if (x.domain()[0] < 0) {
        group.append("line").attr("class", "zero").attr("x1", x(0)).attr("x2", x(0)).attr("y2", height);
      }
      let top = 0;
      parameters.forEach((name, i) => {
        R.words(group, labels - 14, top + heights[i] / 2, R.shortened(name, 30), "", "end");
        rows.filter(row => row.parameter === name).forEach((row, j) =>
            drawRow(group, x, top + 6 + (j + 0.5) * barHeight, row, barHeight));
        top += heights[i];
      });
      R.words(group, (labels + width) / 2, height + 32,
              unit === "1" || unit === "" ? "no unit" : unit, "soft", "middle");
      y += height + 62;
    }
    svg.attr("viewBox", [0, 0, width, y]);
    note.text(`Subject ${subjects[subject]}. ` + (names.length > shown.length
        ? `The first ${shown.length} of ${names.length} parameters; all are in parameters.tsv.` : ""));
  });
})();
