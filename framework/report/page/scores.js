// SPDX-License-Identifier: Apache-2.0
// Held-out scores: one panel a channel, one row a model, points with their intervals.
"use strict";

(() => {
  const R = Report;
  const metrics = [
    {value: "r", axis: "correlation r", floor: -1},
    {value: "r2", axis: "R²", floor: -1},
    {value: "log_density", axis: "log density (nats per sample)", floor: -Infinity}
  ];
  const clean = R.data.scores.filter(row => row.corruption === "none" && R.isNumber(row.value));
  const subjects = R.unique(clean.map(row => row.subject));
  const mostPanels = 12, rowHeight = 21;
  let metric = metrics[0], subject = 0;

  // Panels share their axis: the smallest and largest number that is drawn.
  function domain(rows) {
    const numbers = [];
    for (const row of rows) numbers.push(row.value, row.low, row.high, row.ceiling);
    let [low, high] = d3.extent(numbers.filter(R.isNumber));
    low = Math.max(low, metric.floor);
    if (metric.value !== "log_density") low = Math.min(low, 0);
    return [low, high > low ? high : low + 1];
  }

  function panel(group, x, rows, models, rowOf, height, title) {
    const [left, right] = x.range();
    R.words(group, left, -14, title, "heading");
    R.xAxis(group, x, height, Math.max(3, Math.round((right - left) / 45)), height);
    if (x.domain()[0] < 0 && x.domain()[1] > 0 && metric.value !== "log_density") {
      group.append("line").attr("class", "zero").attr("x1", x(0)).attr("x2", x(0))
          .attr("y1", 0).attr("y2", height);
    }
    const ceiling = d3.max(rows, row => R.isNumber(row.ceiling) ? row.ceiling : undefined);
    if (R.isNumber(ceiling)) {
      const line = group.append("line").attr("x1", x(ceiling)).attr("x2", x(ceiling)).attr("y1", 0)
          .attr("y2", height).style("stroke", "var(--ink)").style("stroke-dasharray", "3 3");
      R.explain(line, `noise ceiling ${R.number(ceiling)}`);
    }
    for (const row of rows) {
      if (!models.includes(row.model)) continue;
      const y = rowOf(row.model), look = R.look(row.model);
      const at = value => x(Math.max(value, x.domain()[0]));
      const item = group.append("g");
      if (R.isNumber(row.low) && R.isNumber(row.high)) {
        R.bar(item, at(row.low), at(row.high), y, look.colour, look.hypothesis ? 2.6 : 1.8);
      }
      if (row.value < x.domain()[0]) {
        R.words(item, left, y, "◂ " + R.number(row.value), "soft");
      } else {
        R.mark(item.append("g").attr("transform", `translate(${x(row.value)},${y})`), row.model);
      }
      R.explain(item, `${row.model}, ${row.channel}\n${metric.axis}: ` +
                R.interval(row.value, row.low, row.high) +
                (R.isNumber(row.normalised) ? `\nover its noise ceiling of ${R.number(row.ceiling)}: ` +
                 R.interval(row.normalised, row.normalised_low, row.normalised_high) : ""));
    }
  }

  R.figure("scores", ({controls, plot, note, width, redraw}) => {
    if (clean.length === 0) return false;
    R.buttons(controls, "score", metrics.filter(m => clean.some(row => row.metric === m.value))
        .map(m => ({value: m, text: R.titles[m.value]})), m => m === metric, m => { metric = m; redraw(); });
    if (subjects.length > 1) {
      R.list(controls, "subject ", subjects, subject, i => { subject = i; redraw(); });
    }
    const rows = clean.filter(row => row.metric === metric.value && row.subject === subjects[subject]);
    const models = R.data.models.map(model => model.name)
        .filter(name => rows.some(row => row.model === name));
    const keys = R.unique(rows.map(row => row.modality + "\n" + row.channel));
    keys.sort((a, b) => b.endsWith("\nmean") - a.endsWith("\nmean"));  // the mean comes first
    const shown = keys.slice(0, mostPanels);

    const hypotheses = models.filter(name => R.look(name).hypothesis).length;
    const rowOf = name => {
      const i = models.indexOf(name);
      return 12 + i * rowHeight + (i >= hypotheses && hypotheses > 0 ? 12 : 0);
    };
    const labels = 132, gap = 26;
    const perRow = Math.max(1, Math.min(shown.length, 4, Math.floor((width - labels) / 190)));
    const panelWidth = (width - labels) / perRow - gap;
    const height = rowOf(models[models.length - 1]) + 14, pitch = height + 74;
    const lines = Math.ceil(shown.length / perRow);
    const svg = R.svg(plot, width, lines * pitch, `Held-out ${metric.axis} by channel and model`);
    const x = d3.scaleLinear().domain(domain(rows)).nice(5);
    shown.forEach((key, i) => {
      const column = i % perRow, line = Math.floor(i / perRow);
      const group = svg.append("g").attr("transform", `translate(0,${line * pitch + 30})`);
      if (column === 0) {
        for (const name of models) {
          R.words(group, labels - 14, rowOf(name), R.modelName(name, 18), "", "end");
        }
      }
      const left = labels + column * (panelWidth + gap);
      const [modality, channel] = key.split("\n");
      panel(group, x.copy().range([left, left + panelWidth]),
            rows.filter(row => row.modality + "\n" + row.channel === key), models, rowOf, height,
            R.shortened(channel === "mean" ? `${modality}: mean over channels`
                        : `${modality}: ${channel}`, Math.floor(panelWidth / 7)));
      R.words(group, left + panelWidth / 2, height + 30, metric.axis, "soft", "middle");
    });
    const hidden = keys.length - shown.length;
    note.text((rows.some(row => R.isNumber(row.ceiling)) ? "Dashed: noise ceiling, from repeats of the stimulus. "
               : "No noise ceiling is known. ") +
              (hidden > 0 ? `${hidden} more channels are in the table and in scores.tsv. ` : "") +
              `Subject ${subjects[subject]}.`);
  });
})();
