// SPDX-License-Identifier: Apache-2.0
// What a hypothesis predicts with and without an intervention: one panel a channel, bands of 95 %.
"use strict";

(() => {
  const R = Report, all = R.data.interventions, mostChannels = 6, panelHeight = 112, labels = 54;
  let model = 0, done = 0, where = 0, first = 0;

  const placeOf = course => [course.subject, course.run, course.recording].join(" ");

  function panel(group, course, c, x, colour) {
    const time = course.time[c];
    const curves = [["intact", "var(--observed)", "5 3"], ["changed", colour, null]];
    const numbers = curves.flatMap(([name]) => time.flatMap((t, i) => {
      const sd = R.isNumber(course[name + "_sd"][c][i]) ? 1.96 * course[name + "_sd"][c][i] : 0;
      return R.isNumber(course[name][c][i]) ? [course[name][c][i] - sd, course[name][c][i] + sd] : [];
    }));
    const [low, high] = numbers.length > 0 ? d3.extent(numbers) : [0, 1];
    const spare = (high - low) * 0.06 || 1;
    const y = d3.scaleLinear().domain([low - spare, high + spare]).range([panelHeight, 0]);
    group.append("g").attr("transform", `translate(${x.range()[0]},0)`)
        .call(d3.axisLeft(y).ticks(4).tickSizeOuter(0).tickFormat(R.axisFormat));
    for (const [name, stroke, dash] of curves) {
      const rows = time.map((t, i) => [t, course[name][c][i], course[name + "_sd"][c][i]]);
      const known = p => R.isNumber(p[1]);
      group.append("path").datum(rows).attr("d", d3.area().defined(p => known(p) && R.isNumber(p[2]))
          .x(p => x(p[0])).y0(p => y(p[1] - 1.96 * p[2])).y1(p => y(p[1] + 1.96 * p[2])))
          .style("fill", stroke).style("fill-opacity", 0.16);
      group.append("path").datum(rows).attr("d", d3.line().defined(known).x(p => x(p[0])).y(p => y(p[1])))
          .style("fill", "none").style("stroke", stroke).style("stroke-width", 1.7)
          .style("stroke-dasharray", dash);
    }
    const label = course.channels[c] + (course.unit && course.unit !== "1" ? ` (${course.unit})` : "");
    group.append("text").attr("transform", `translate(10,${panelHeight / 2}) rotate(-90)`)
        .attr("text-anchor", "middle").attr("class", "heading").text(R.shortened(label, 20));
  }

  R.figure("interventions", ({controls, plot, note, width, redraw}) => {
    if (all.length === 0) return false;
    const models = R.unique(all.map(course => course.model));
    const ofModel = all.filter(course => course.model === models[model]);
    const names = R.unique(ofModel.map(course => course.intervention));
    done = Math.min(done, names.length - 1);
    const shown = ofModel.filter(course => course.intervention === names[done]);
    where = Math.min(where, shown.length - 1);
    const course = shown[where];
    first = first < course.channels.length ? first : 0;
    const restart = change => i => { change(i); first = 0; redraw(); };
    if (models.length > 1) R.list(controls, "hypothesis ", models, model, restart(i => { model = i; }));
    R.list(controls, "intervention ", names, done, restart(i => { done = i; }));
    if (shown.length > 1) R.list(controls, "recording ", shown.map(placeOf), where, restart(i => { where = i; }));
    if (course.channels.length > mostChannels) {
      R.list(controls, "channels from ", course.channels, first, i => { first = i; redraw(); });
    }
    const last = Math.min(first + mostChannels, course.channels.length), pitch = panelHeight + 16;
    const height = (last - first) * pitch;
    const svg = R.svg(plot, width, height + 60, "Predicted courses with and without the intervention");
    const times = d3.extent(course.time.flat());
    const x = d3.scaleLinear().domain(times).range([labels, width - 6]);
    for (let c = first; c < last; ++c) {
      panel(svg.append("g").attr("transform", `translate(0,${12 + (c - first) * pitch})`), course, c, x,
            R.look(course.model).colour);
    }
    R.xAxis(svg.append("g"), x, height + 6, Math.round(width / 110), 0);
    R.words(svg, (labels + width) / 2, height + 46,
            R.data.time_unit === "s" ? "time (s)" : "trials from the start", "soft", "middle");
    const more = R.data.interventions_left_out;
    note.text(`${R.modelName(course.model, 80)}, ${course.intervention}: ${placeOf(course)}.` +
              (more > 0 ? ` ${more} more are not on this page, which would grow too large.` : ""));
  });
})();
