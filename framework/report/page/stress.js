// SPDX-License-Identifier: Apache-2.0
// Scores after training on corrupted recordings, against the strength of the corruption.
"use strict";

(() => {
  const R = Report;
  const stressed = R.data.scores.filter(row => row.corruption !== "none" && R.isNumber(row.value));
  if (stressed.length === 0) return;
  const corruptions = R.unique(stressed.map(row => row.corruption));
  const overall = stressed.filter(row => row.channel === "mean");
  const metrics = R.unique(overall.map(row => row.metric));
  const subjects = R.unique(overall.map(row => row.subject));
  const modalities = R.unique(overall.map(row => row.modality));
  let metric = 0, subject = 0, modality = 0;

  // Strength 0 is the clean result, which has a row of its own only if it was run again.
  function curve(model, corruption, same) {
    const rows = overall.filter(row => row.model === model && row.corruption === corruption && same(row));
    if (!rows.some(row => row.strength === 0)) {
      rows.push(...R.data.scores.filter(row => row.model === model && row.corruption === "none" &&
          row.channel === "mean" && R.isNumber(row.value) && same(row))
          .map(row => Object.assign({}, row, {strength: 0})));
    }
    return rows.sort((a, b) => a.strength - b.strength);
  }

  R.figure("stress", ({controls, plot, note, width, redraw}) => {
    if (overall.length === 0) return false;
    R.buttons(controls, "score", metrics.map((name, i) => ({value: i, text: R.titles[name] || name})), i => i === metric,
              i => { metric = i; redraw(); });
    if (subjects.length > 1) {
      R.list(controls, "subject ", subjects, subject, i => { subject = i; redraw(); });
    }
    if (modalities.length > 1) {
      R.list(controls, "modality ", modalities, modality, i => { modality = i; redraw(); });
    }
    const same = row => row.metric === metrics[metric] && row.subject === subjects[subject] &&
        row.modality === modalities[modality];
    const names = R.data.models.map(model => model.name);
    const perRow = Math.max(1, Math.min(corruptions.length, Math.floor((width - 120) / 260)));
    const panelWidth = (width - 120) / perRow, height = 190, pitch = height + 76;
    const svg = R.svg(plot, width, Math.ceil(corruptions.length / perRow) * pitch,
                      "Scores against the strength of corruptions");
    const drawn = corruptions.map(corruption => names.map(name => curve(name, corruption, same)));
    const values = [].concat(...[].concat(...drawn)).map(row => row.value);
    const y = d3.scaleLinear().domain(d3.extent(values)).nice().range([height, 0]);
    corruptions.forEach((corruption, i) => {
      const group = svg.append("g").attr("transform",
          `translate(${(i % perRow) * panelWidth},${Math.floor(i / perRow) * pitch + 30})`);
      const x = d3.scaleLinear().range([46, panelWidth - 16])
          .domain(d3.extent([0].concat(...drawn[i].map(rows => rows.map(row => row.strength)))));
      R.words(group, 46, -14, R.shortened(corruption, 34), "heading");
      R.xAxis(group, x, height, 5, 0);
      group.append("g").attr("transform", "translate(46,0)")
          .call(d3.axisLeft(y).ticks(5).tickSizeOuter(0).tickFormat(R.axisFormat));
      R.words(group, panelWidth / 2 + 15, height + 32, "strength", "soft", "middle");
      drawn[i].forEach((rows, m) => {
        const style = R.look(names[m]);
        group.append("path").attr("d", d3.line().x(row => x(row.strength)).y(row => y(row.value))(rows))
            .style("fill", "none").style("stroke", style.colour).style("stroke-width", 1.8)
            .style("stroke-dasharray", style.dash);
        for (const row of rows) {
          const dot = group.append("g")
              .attr("transform", `translate(${x(row.strength)},${y(row.value)})`);
          R.mark(dot, row.model, 36);
          R.explain(dot, `${row.model}, ${corruption} ${R.number(row.strength)}\n` +
                    `${R.titles[row.metric] || row.metric}: ${R.interval(row.value, row.low, row.high)}`);
        }
      });
    });
    names.forEach((name, i) => {
      const group = svg.append("g").attr("transform", `translate(${width - 112},${38 + i * 19})`);
      R.mark(group, name, 45);
      R.words(group, 12, 0, R.modelName(name, 14));
    });
    note.text(`Subject ${subjects[subject]}, ${modalities[modality]}.`);
  });
})();
