// SPDX-License-Identifier: Apache-2.0
// Recordings about events: mean courses, observed and predicted, and rasters of what was counted;
// one figure a recording, one panel an event or level.
"use strict";

(() => {
  const R = Report, all = R.data.events;
  const mostPanels = 12, curveHeight = 168, rasterHeight = 96, left = 50;

  const isRate = curve => curve.unit === "1/s";

  function title(curve) {
    const name = curve.level ? `${curve.term}, ${curve.level}` : curve.term;
    return `${name}: ${R.number(d3.max(curve.n), 9)} events`;
  }
  function quantity(curve) {
    if (isRate(curve)) return `${curve.channel} (spikes/s)`;
    return `${curve.channel}, change` + (curve.unit && curve.unit !== "1" ? ` (${curve.unit})` : "");
  }

  // What is drawn of a curve decides how far its axis reaches.
  function extent(curves, shown) {
    let numbers = [];
    for (const curve of curves) {
      numbers = numbers.concat(curve.observed, curve.observed_low, curve.observed_high);
      for (const name of shown) {
        const model = curve.models[name];
        if (!model) continue;
        numbers = numbers.concat(model.predicted);
        if (shown.length <= 2) numbers = numbers.concat(model.low, model.high);
      }
    }
    numbers = numbers.filter(R.isNumber);
    if (curves.some(isRate)) numbers.push(0);
    const [low, high] = numbers.length > 0 ? d3.extent(numbers) : [0, 1];
    const spare = (high - low) * 0.05 || 1;
    return [curves.some(isRate) && low >= 0 ? 0 : low - spare, high + spare];
  }

  const points = (curve, values) => curve.position.map((x, i) => [x, values[i]]);

  function model(group, curve, name, x, y, banded) {
    const look = R.look(name), said = curve.models[name];
    if (banded) {
      const area = d3.area().defined(p => R.isNumber(p[1]) && R.isNumber(p[2]))
          .x(p => x(p[0])).y0(p => y(p[1])).y1(p => y(p[2]));
      group.append("path")
          .attr("d", area(curve.position.map((at, i) => [at, said.low[i], said.high[i]])))
          .style("fill", look.colour).style("fill-opacity", 0.18);
    }
    const line = d3.line().defined(p => R.isNumber(p[1])).x(p => x(p[0])).y(p => y(p[1]));
    const path = group.append("path").attr("d", line(points(curve, said.predicted)))
        .style("fill", "none").style("stroke", look.colour).style("stroke-width", 1.9)
        .style("stroke-dasharray", look.dash);
    R.explain(path, name);
  }

  function told(curve, i, shown) {
    const lines = shown.filter(name => curve.models[name]).map(name => {
      const said = curve.models[name];
      return `${name} ${R.interval(said.predicted[i], said.low[i], said.high[i])}`;
    });
    return [`${R.number(curve.position[i])} s from ${curve.term}: ${R.number(curve.n[i], 9)} events` +
                (curve.left_out[i] > 0 ? `, ${R.number(curve.left_out[i], 9)} left out` : ""),
            `observed ${R.interval(curve.observed[i], curve.observed_low[i], curve.observed_high[i])}`,
            ...lines].join("\n");
  }

  function observed(group, curve, x, y, shown) {
    const radius = curve.position.length > 50 ? 1.8 : 2.6;
    curve.position.forEach((at, i) => {
      if (!R.isNumber(curve.observed[i])) return;
      const item = group.append("g");
      if (R.isNumber(curve.observed_low[i]) && R.isNumber(curve.observed_high[i])) {
        item.append("line").attr("x1", x(at)).attr("x2", x(at)).attr("y1", y(curve.observed_low[i]))
            .attr("y2", y(curve.observed_high[i])).style("stroke", "var(--observed)")
            .style("stroke-width", 1).style("stroke-opacity", 0.55);
      }
      item.append("circle").attr("cx", x(at)).attr("cy", y(curve.observed[i])).attr("r", radius)
          .style("fill", "var(--observed)");
      R.explain(item, told(curve, i, shown));
    });
  }

  // A cell a bin with something in it: one path for each shade.
  function raster(group, curve, x) {
    const {from, width, rows} = curve.raster, cells = ["", "", ""];
    const height = rasterHeight / rows.length;
    const most = Math.max(1, d3.max(rows, row => d3.max(row, c => c === "." ? 0 : parseInt(c, 36))));
    rows.forEach((row, event) => {
      for (let bin = 0; bin < row.length; ++bin) {
        const count = row[bin] === "." ? 0 : parseInt(row[bin], 36);
        if (count === 0) continue;
        const a = x(from + bin * width), b = x(from + (bin + 1) * width);
        cells[Math.min(2, Math.floor(3 * count / (most + 1)))] +=
            `M${a.toFixed(1)},${(event * height).toFixed(1)}h${(b - a).toFixed(1)}` +
            `v${Math.max(0.6, height * 0.86).toFixed(1)}h${(a - b).toFixed(1)}z`;
      }
    });
    cells.forEach((path, shade) => {
      if (path) group.append("path").attr("d", path).style("fill", "var(--observed)")
          .style("fill-opacity", [0.35, 0.65, 1][shade]);
    });
    R.words(group, left - 8, rasterHeight / 2, "events", "soft", "end");
  }

  function vertical(group, x, top, bottom) {
    group.append("line").attr("class", "zero").attr("x1", x).attr("x2", x).attr("y1", top)
        .attr("y2", bottom).style("stroke-dasharray", "3 3");
  }

  function panel(svg, place, curve, shown, domain, clip) {
    const above = curve.raster && curve.raster.rows.length > 0 ? rasterHeight + 12 : 0;
    const group = svg.append("g").attr("transform", `translate(${place.x},${place.y + 44})`);
    const x = d3.scaleLinear().domain([curve.low[0], curve.high[curve.high.length - 1]])
        .range([left, place.width - 12]);
    const y = d3.scaleLinear().domain(domain).range([above + curveHeight, above]);
    const most = Math.floor(place.width / 7);
    svg.append("clipPath").attr("id", clip).append("rect").attr("x", left).attr("y", above - 4)
        .attr("width", place.width - 12 - left).attr("height", curveHeight + 8);
    R.words(group, left, -31, R.shortened(title(curve), most), "heading");
    R.words(group, left, -13, R.shortened(quantity(curve), most), "soft");
    if (above > 0) raster(group, curve, x);
    R.xAxis(group, x, above + curveHeight, 6, 0);
    group.append("g").attr("transform", `translate(${left},0)`)
        .call(d3.axisLeft(y).ticks(5).tickSizeOuter(0).tickFormat(R.axisFormat));
    R.words(group, (left + place.width - 12) / 2, above + curveHeight + 30,
            R.shortened(`time from the onset of ${curve.term} (s)`, 40), "soft", "middle");
    vertical(group, x(0), 0, above + curveHeight);
    const inside = group.append("g").attr("clip-path", `url(#${clip})`);
    for (const name of shown) if (curve.models[name]) model(inside, curve, name, x, y, shown.length <= 2);
    observed(inside, curve, x, y, shown);
  }

  function drawAll(observation, index) {
    const mine = all.filter(curve => curve.observation === observation);
    const known = mine.filter(curve => !curve.hidden);
    const channels = R.unique(known.map(curve => curve.channel));
    const names = R.data.models.map(m => m.name)
        .filter(name => known.some(curve => curve.models[name]));
    const chosen = R.bestOf(names, observation);
    let channel = 0;

    R.figure(`events-${index}`, ({controls, plot, note, width, redraw}) => {
      if (known.length === 0) return false;
      if (channels.length > 1) {
        R.list(controls, "channel ", channels, channel, i => { channel = i; redraw(); });
      }
      R.buttons(controls, "models",
                names.map(name => ({value: name, text: R.modelName(name, 24), model: name})),
                name => chosen.has(name),
                name => { chosen.has(name) ? chosen.delete(name) : chosen.add(name); redraw(); });
      const shown = names.filter(name => chosen.has(name));
      const curves = known.filter(curve => curve.channel === channels[channel]);
      const drawn = curves.slice(0, mostPanels);
      const perRow = Math.max(1, Math.min(drawn.length, Math.floor(width / 300)));
      const panelWidth = width / perRow;
      const pitch = curveHeight + 94 + (drawn.some(curve => curve.raster) ? rasterHeight + 12 : 0);
      const svg = R.svg(plot, width, Math.ceil(drawn.length / perRow) * pitch,
                        `Observed and predicted ${observation} about events`);
      drawn.forEach((curve, i) => {
        // Levels of one event are drawn to one scale.
        const alike = drawn.filter(other => other.term === curve.term);
        panel(svg, {x: (i % perRow) * panelWidth, y: Math.floor(i / perRow) * pitch, width: panelWidth},
              curve, shown, extent(alike, shown), `events-${index}-${i}`);
      });
      note.text(notes(curves, drawn, shown, mine.length - known.length));
    });
  }

  function notes(curves, drawn, shown, hidden) {
    const out = [];
    if (shown.length > 2) out.push("Bands are drawn for up to two models.");
    const lost = R.unique(drawn.filter(curve => !curve.level && d3.min(curve.left_out) > 0)
        .map(curve => `${R.number(d3.min(curve.left_out), 9)} of ${curve.term}`));
    if (lost.length > 0) {
      out.push(`Events left out, as their bins leave the recording or nothing is known before them: ${lost.join(", ")}.`);
    }
    const thinned = drawn.some(curve => curve.raster && curve.raster.rows.length < curve.raster.events);
    if (thinned) out.push("Rasters show some of the events, evenly chosen; rasters.tsv has them all.");
    const more = curves.length - drawn.length + hidden;
    if (more > 0) out.push(`${more} more curves are in checks.tsv.`);
    return out.join(" ");
  }

  R.unique(all.map(curve => curve.observation)).forEach(drawAll);
})();
