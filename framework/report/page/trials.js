// SPDX-License-Identifier: Apache-2.0
// Trials, observed and predicted: curves over bins of terms and response times split by choice, one
// figure an observation.
"use strict";

(() => {
  const R = Report, checks = R.data.checks;
  const mostPanels = 24, panelHeight = 168, left = 50;

  // Densities are drawn over the observed distribution of the same response.
  const panelOf = check => check.check === "density" ? "distribution" : check.check;
  const keyOf = check => JSON.stringify([panelOf(check), check.term, check.response]);

  function title(check) {
    const of = check.response ? ` of ${check.response}` : "";
    switch (panelOf(check)) {
      case "psychometric": return `share${of}`;
      case "chronometric": return `median response time (s)${of}`;
      case "mean": return "mean" + (check.unit && check.unit !== "1" ? ` (${check.unit})` : "");
      default: return `density of times (1/s)${of}`;
    }
  }

  const numbers = (list, columns) =>
      [].concat(...list.map(check => [].concat(...columns.map(name => check[name])))).filter(R.isNumber);

  function domainOf(kind, list) {
    if (kind === "psychometric") return [0, 1];
    const drawn = ["observed", "predicted", "observed_low", "observed_high", "predicted_low",
                   "predicted_high"];
    if (kind === "distribution") return [0, d3.max(numbers(list, drawn.slice(0, 2))) || 1];
    const [low, high] = d3.extent(numbers(list, drawn));
    const spare = (high - low) * 0.06 || 1;
    return [low - spare, high + spare];
  }

  function spreadOf(kind, list) {
    const ends = d3.extent(numbers(list, kind === "distribution" ? ["low", "high"] : ["position"]));
    const spare = kind === "distribution" ? 0 : (ends[1] - ends[0]) * 0.07 || 1;
    return [ends[0] - spare, ends[1] + spare];
  }

  const rows = check => check.position.map((position, i) => ({
    position, low: check.low[i], high: check.high[i], n: check.n[i], observed: check.observed[i],
    observedLow: check.observed_low[i], observedHigh: check.observed_high[i],
    predicted: check.predicted[i], predictedLow: check.predicted_low[i],
    predictedHigh: check.predicted_high[i]
  }));

  function band(group, check, x, y) {
    const area = d3.area().defined(p => R.isNumber(p.predictedLow) && R.isNumber(p.predictedHigh))
        .x(p => x(p.position)).y0(p => y(p.predictedLow)).y1(p => y(p.predictedHigh));
    group.append("path").attr("d", area(rows(check))).style("fill", R.look(check.model).colour)
        .style("fill-opacity", 0.18);
  }

  function curve(group, check, x, y) {
    const look = R.look(check.model);
    const line = d3.line().defined(p => R.isNumber(p.predicted)).x(p => x(p.position))
        .y(p => y(p.predicted));
    const path = group.append("path").attr("d", line(rows(check))).style("fill", "none")
        .style("stroke", look.colour).style("stroke-width", 1.9).style("stroke-dasharray", look.dash);
    R.explain(path, check.model);
  }

  function told(check, p) {
    const bin = p.low === p.high ? R.number(p.low) : `${R.number(p.low)} to ${R.number(p.high)}`;
    return `${check.term || "time"} ${bin}: ${R.number(p.n, 9)} trials\n` +
        `observed ${R.interval(p.observed, p.observedLow, p.observedHigh)}\n` +
        `${check.model} ${R.interval(p.predicted, p.predictedLow, p.predictedHigh)}`;
  }

  function dots(group, check, x, y) {
    for (const p of rows(check)) {
      if (!R.isNumber(p.observed)) continue;
      const item = group.append("g");
      if (R.isNumber(p.observedLow) && R.isNumber(p.observedHigh)) {
        item.append("line").attr("x1", x(p.position)).attr("x2", x(p.position))
            .attr("y1", y(p.observedLow)).attr("y2", y(p.observedHigh))
            .style("stroke", "var(--observed)").style("stroke-width", 1.4);
      }
      item.append("circle").attr("cx", x(p.position)).attr("cy", y(p.observed)).attr("r", 3.4)
          .style("fill", "var(--observed)");
      R.explain(item, told(check, p));
    }
  }

  function histogram(group, check, x, y) {
    for (const p of rows(check)) {
      const item = group.append("rect").attr("x", x(p.low)).attr("width", x(p.high) - x(p.low))
          .attr("y", y(p.observed)).attr("height", y(0) - y(p.observed))
          .style("fill", "var(--prior)").style("stroke", "var(--paper)").style("stroke-width", 0.5);
      R.explain(item, told(check, p));
    }
  }

  function panel(svg, place, list, shown, domain, clip) {
    const first = list[0], kind = panelOf(first);
    const group = svg.append("g").attr("transform", `translate(${place.x},${place.y + 26})`);
    const x = d3.scaleLinear().domain(spreadOf(kind, list)).range([left, place.width - 12]);
    const y = d3.scaleLinear().domain(domain).range([panelHeight, 0]);
    svg.append("clipPath").attr("id", clip).append("rect").attr("x", left).attr("y", -4)
        .attr("width", place.width - 12 - left).attr("height", panelHeight + 8);
    R.words(group, left, -13, R.shortened(title(first), Math.floor(place.width / 7)), "heading");
    R.xAxis(group, x, panelHeight, 5, 0);
    group.append("g").attr("transform", `translate(${left},0)`)
        .call(d3.axisLeft(y).ticks(5).tickSizeOuter(0).tickFormat(R.axisFormat));
    R.words(group, (left + place.width - 12) / 2, panelHeight + 30,
            R.shortened(first.term || "response time (s)", 30), "soft", "middle");
    const inside = group.append("g").attr("clip-path", `url(#${clip})`);
    const drawn = list.filter(check => shown.includes(check.model));
    const observed = (drawn.length > 0 ? drawn : list).find(check => check.check !== "density");
    if (kind === "distribution") histogram(inside, observed, x, y);
    for (const check of drawn) {
      if (check.check !== "density" && shown.length <= 2) band(inside, check, x, y);
    }
    for (const check of drawn) {
      if (check.check !== "distribution") curve(inside, check, x, y);
    }
    if (kind !== "distribution") dots(inside, observed, x, y);
  }

  function drawAll(observation, index) {
    const mine = checks.filter(check => check.observation === observation);
    const names = R.data.models.map(model => model.name)
        .filter(name => mine.some(check => check.model === name));
    const hypotheses = names.filter(name => R.look(name).hypothesis);
    const chosen = new Set(hypotheses.length > 0 ? hypotheses.slice(0, 2) : names.slice(0, 1));

    R.figure(`trials-${index}`, ({controls, plot, note, width, redraw}) => {
      R.buttons(controls, "models",
                names.map(name => ({value: name, text: R.modelName(name, 24), model: name})),
                name => chosen.has(name),
                name => { chosen.has(name) ? chosen.delete(name) : chosen.add(name); redraw(); });
      const shown = names.filter(name => chosen.has(name));
      const keys = R.unique(mine.map(keyOf)), drawn = keys.slice(0, mostPanels);
      const perRow = Math.max(1, Math.min(drawn.length, Math.floor(width / 300)));
      const panelWidth = width / perRow, pitch = panelHeight + 74;
      const svg = R.svg(plot, width, Math.ceil(drawn.length / perRow) * pitch,
                        `Observed and predicted trials of ${observation}`);
      drawn.forEach((key, i) => {
        const list = mine.filter(check => keyOf(check) === key), kind = panelOf(list[0]);
        // Both responses' times are drawn to one scale.
        const alike = mine.filter(check => panelOf(check) === kind && check.term === list[0].term);
        panel(svg, {x: (i % perRow) * panelWidth, y: Math.floor(i / perRow) * pitch, width: panelWidth},
              list, shown, domainOf(kind, alike), `trials-${index}-${i}`);
      });
      const hidden = keys.length - drawn.length;
      note.text((shown.length > 2 ? "Bands are drawn for up to two models. " : "") +
                (hidden > 0 ? `${hidden} more curves are in checks.tsv. ` : ""));
    });
  }

  R.unique(checks.map(check => check.observation)).forEach(drawAll);
})();
