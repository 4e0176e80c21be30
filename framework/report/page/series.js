// SPDX-License-Identifier: Apache-2.0
// Predicted against observed series: one panel a channel, held-out blocks shaded, models to choose.
"use strict";

(() => {
  const R = Report;
  const all = R.data.series, mostChannels = 6, panelHeight = 132, labels = 46;
  let current = 0, chosen = null, zoom = null, fitted = false, first = 0;

  // Stretches of samples that one fold tests: [first, last, fold].
  function blocks(fold) {
    const out = [];
    fold.forEach((value, i) => {
      const last = out[out.length - 1];
      if (value < 0) return;
      if (last && last[2] === value && last[1] === i - 1) last[1] = i;
      else out.push([i, i, value]);
    });
    return out;
  }

  const points = (time, values) => time.map((t, i) => [t, values[i]]);
  // Lines break where nothing is known and where another fold (another fit) begins.
  function pieces(series, time, values, perFold) {
    if (!perFold) return [points(time, values)];
    return blocks(series.fold).map(([from, to]) =>
        points(time.slice(from, to + 1), values.slice(from, to + 1)));
  }

  function shade(group, series, time, x, height, named) {
    const half = time.length > 1 ? (time[1] - time[0]) / 2 : 0.5;
    blocks(series.fold).forEach(([from, to, fold]) => {
      const left = Math.max(x(time[from] - half), x.range()[0]);
      const right = Math.min(x(time[to] + half), x.range()[1]);
      if (right <= left) return;
      group.append("rect").attr("x", left + 0.75).attr("width", Math.max(0, right - left - 1.5))
          .attr("y", 0).attr("height", height).style("fill", "var(--block)");
      if (named && right - left > 46) {
        R.words(group, (left + right) / 2, -10,
                "held out: " + R.shortened(R.data.folds[fold] || String(fold), 14), "soft", "middle");
      }
    });
  }

  function channel(group, series, c, x, height, names) {
    const time = series.time[series.time.length > 1 ? c : 0];
    const [from, to] = x.domain();
    const inside = values => values.filter((value, i) =>
        R.isNumber(value) && time[i] >= from && time[i] <= to);
    let numbers = inside(series.observed[c]);
    for (const name of names) numbers = numbers.concat(inside(series.models[name].predicted[c]));
    const [low, high] = numbers.length > 0 ? d3.extent(numbers) : [0, 1];
    const spare = (high - low) * 0.06 || 1;
    const y = d3.scaleLinear().domain([low - spare, high + spare]).range([height, 0]);

    shade(group, series, time, x, height, c === first);
    group.append("g").attr("transform", `translate(${x.range()[0]},0)`)
        .call(d3.axisLeft(y).ticks(4).tickSizeOuter(0).tickFormat(R.axisFormat));
    const clip = group.append("g").attr("clip-path", "url(#series-clip)");
    const line = d3.line().defined(p => R.isNumber(p[1])).x(p => x(p[0])).y(p => y(p[1]));
    const observed = points(time, series.observed[c]);
    clip.append("path").attr("d", line(observed)).style("fill", "none")
        .style("stroke", "var(--observed)").style("stroke-opacity", 0.35);
    clip.append("g").selectAll("circle").data(observed.filter(p => R.isNumber(p[1]))).enter()
        .append("circle").attr("cx", p => x(p[0])).attr("cy", p => y(p[1])).attr("r", 1.3)
        .style("fill", "var(--observed)");
    for (const name of names) {
      const look = R.look(name), model = series.models[name];
      if (names.length <= 2) {
        const band = d3.area().defined(p => R.isNumber(p[1]) && R.isNumber(p[2]))
            .x(p => x(p[0])).y0(p => y(p[1] - p[2])).y1(p => y(p[1] + p[2]));
        const withSd = time.map((t, i) => [t, model.predicted[c][i], model.sd[c][i]]);
        for (const [a, b] of blocks(series.fold)) {
          clip.append("path").attr("d", band(withSd.slice(a, b + 1))).style("fill", look.colour)
              .style("fill-opacity", 0.16);
        }
      }
      for (const piece of pieces(series, time, model.predicted[c], true)) {
        clip.append("path").attr("d", line(piece)).style("fill", "none").style("stroke", look.colour)
            .style("stroke-width", 1.9).style("stroke-dasharray", look.dash);
      }
      if (fitted) {
        clip.append("path").attr("d", line(points(time, model.fitted[c]))).style("fill", "none")
            .style("stroke", look.colour).style("stroke-width", 1.1).style("stroke-opacity", 0.7)
            .style("stroke-dasharray", "2 2");
      }
    }
    const label = series.channels[c] + (series.unit ? ` (${series.unit})` : "");
    group.append("text").attr("transform", `translate(10,${height / 2}) rotate(-90)`)
        .attr("text-anchor", "middle").attr("class", "heading").text(R.shortened(label, 22));
  }

  // Dragging selects a stretch of time; a double click shows all.
  function brush(svg, x, height, redraw) {
    const [left, right] = x.range();
    const drag = d3.brushX().extent([[left, 0], [right, height]]).on("end", function(a) {
      const event = d3.event || a;
      if (!event.selection || !event.sourceEvent) return;
      zoom = event.selection.map(x.invert);
      redraw();
    });
    svg.append("g").attr("transform", "translate(0,24)").call(drag)
        .on("dblclick", () => { zoom = null; redraw(); });
  }

  R.figure("series", ({controls, plot, note, width, redraw}) => {
    if (all.length === 0) return false;
    const series = all[current];
    const names = R.data.models.map(model => model.name).filter(name => series.models[name]);
    if (chosen === null) chosen = R.bestOf(names, series.recording);
    if (all.length > 1) {
      R.list(controls, "recording ", all.map(s => `${s.subject} ${s.run} ${s.recording}`), current,
             i => { current = i; zoom = null; first = 0; redraw(); });
    }
    if (series.channels.length > mostChannels) {
      R.list(controls, "channels from ", series.channels, first, i => { first = i; redraw(); });
    }
    R.buttons(controls, "models", names.map(name => ({value: name, text: R.modelName(name, 24), model: name})),
              name => chosen.has(name),
              name => { chosen.has(name) ? chosen.delete(name) : chosen.add(name); redraw(); });
    R.buttons(controls, "", [{value: true, text: "fit to all data"}], () => fitted,
              () => { fitted = !fitted; redraw(); });
    if (zoom) R.buttons(controls, "", [{value: 0, text: "see all"}], () => false,
                        () => { zoom = null; redraw(); });

    const last = Math.min(first + mostChannels, series.channels.length);
    const shown = names.filter(name => chosen.has(name));
    const times = d3.extent([].concat(...series.time));
    const x = d3.scaleLinear().domain(zoom || times).range([labels + 8, width - 6]);
    const height = (last - first) * (panelHeight + 14) - 14;
    const svg = R.svg(plot, width, height + 74, "Observed and predicted series");
    svg.append("clipPath").attr("id", "series-clip").append("rect").attr("x", x.range()[0])
        .attr("width", x.range()[1] - x.range()[0]).attr("y", 0).attr("height", panelHeight);
    for (let c = first; c < last; ++c) {
      channel(svg.append("g").attr("transform", `translate(0,${24 + (c - first) * (panelHeight + 14)})`),
              series, c, x, panelHeight, shown);
    }
    R.xAxis(svg.append("g"), x, height + 28, Math.round(width / 110), 0);
    R.words(svg, (x.range()[0] + x.range()[1]) / 2, height + 62, R.data.time_unit === "s" ? "time (s)" : "trials from the start", "soft", "middle");
    brush(svg, x, height, redraw);
    note.text(`${series.subject}, ${series.run}, ${series.recording}: ${series.fold.length} samples. ` +
              (fitted ? "Dotted: the fit to all data, which saw every sample. " : ""));
  });
})();
