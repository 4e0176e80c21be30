// SPDX-License-Identifier: Apache-2.0
// What all figures share: the data, how a model looks, axes, controls, tips, saving.
// Names reach the page only as text (never as markup).
"use strict";

const Report = (() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const isNumber = value => typeof value === "number" && isFinite(value);

  // A model's looks: hypotheses by colour, baselines by the shape of an open grey mark.
  const shapes = [d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle, d3.symbolDiamond,
                  d3.symbolCross, d3.symbolStar, d3.symbolWye];
  const dashes = ["5 3", "2 2", "8 3", "8 3 2 3", "1 3", "12 4", "4 6"];
  const looks = new Map();
  const counts = {hypothesis: 0, baseline: 0};
  for (const model of data.models) {
    const hypothesis = model.kind === "hypothesis";
    const i = counts[hypothesis ? "hypothesis" : "baseline"]++;
    looks.set(model.name, hypothesis
        ? {hypothesis, colour: `var(--h${i % 6})`, shape: d3.symbolCircle, dash: i < 6 ? null : "6 3",
           doubts: model.doubts}
        : {hypothesis, colour: "var(--baseline)", shape: shapes[i % shapes.length],
           dash: dashes[i % dashes.length], doubts: model.doubts});
  }
  const look = name => looks.get(name) ||
      {hypothesis: false, colour: "var(--baseline)", shape: d3.symbolCircle, dash: null};

  function number(value, digits = 3) {
    if (!isNumber(value)) return "–";
    const size = Math.abs(value);
    const text = size >= 1000 && size < 1e7 ? value.toFixed(0)
        : String(Number(value.toPrecision(digits)));
    return text.replace("-", "−");
  }
  const interval = (value, low, high) => isNumber(low) && isNumber(high)
      ? `${number(value)} [${number(low)}, ${number(high)}]` : number(value);

  function svg(host, width, height, label) {
    host.selectAll("svg").remove();
    return host.append("svg").attr("viewBox", [0, 0, width, height]).attr("role", "img")
        .attr("aria-label", label);
  }

  // A mark at the origin of `group`: filled for hypotheses, open for baselines.
  function mark(group, name, size = 60) {
    const style = look(name);
    return group.append("path").attr("d", d3.symbol().type(style.shape).size(size))
        .style("fill", style.hypothesis ? style.colour : "var(--paper)")
        .style("stroke", style.colour).style("stroke-width", 1.8);
  }

  function bar(group, x1, x2, y, colour, width) {
    return group.append("line").attr("x1", x1).attr("x2", x2).attr("y1", y).attr("y2", y)
        .style("stroke", colour).style("stroke-width", width).style("stroke-linecap", "round");
  }

  function words(group, x, y, text, classes = "", anchor = "start") {
    return group.append("text").attr("x", x).attr("y", y).attr("class", classes)
        .attr("text-anchor", anchor).attr("dominant-baseline", "central").text(text);
  }
  // The name of a model in a figure, marked where its fits are in doubt.
  const modelName = (name, most) => shortened(name, most) + (look(name).doubts ? " †" : "");
  const shortened = (text, most) => text.length > most ? text.slice(0, most - 1) + "…" : text;

  const axisFormat = value => number(value, 4);
  function xAxis(group, scale, y, ticks, grid) {
    const axis = d3.axisBottom(scale).ticks(ticks).tickSizeOuter(0).tickFormat(axisFormat);
    group.append("g").attr("transform", `translate(0,${y})`).call(axis);
    if (grid) {
      group.append("g").attr("class", "grid").attr("transform", `translate(0,${y})`)
          .call(d3.axisBottom(scale).ticks(ticks).tickSize(-grid).tickFormat("").tickSizeOuter(0))
          .select(".domain").remove();
    }
  }

  // Tips follow the pointer; the text is also there for assistive technology as a title.
  const tip = d3.select("#tip");
  function explain(selection, text) {
    selection.append("title").text(text);
    selection.on("mousemove.tip", function(a) {
      const event = d3.event || a;
      tip.attr("hidden", null).text(text)
          .style("left", Math.min(event.pageX + 14, window.innerWidth - 330) + "px")
          .style("top", event.pageY + 14 + "px");
    }).on("mouseleave.tip", () => tip.attr("hidden", true));
  }

  // Controls: a row of buttons of which one (or several) are pressed, or a list to choose from.
  function buttons(controls, name, options, isPressed, press) {
    const set = controls.append("div").attr("class", "set").attr("role", "group")
        .attr("aria-label", name);
    set.append("span").attr("class", "name").text(name);
    for (const option of options) {
      const button = set.append("button").attr("type", "button")
          .attr("aria-pressed", isPressed(option.value)).on("click", () => press(option.value));
      if (option.model) {
        mark(button.append("svg").attr("width", 14).attr("height", 12).attr("viewBox", "-7 -6 14 12")
                 .attr("aria-hidden", "true").style("vertical-align", "-1px"), option.model, 45);
      }
      button.append("span").text((option.model ? " " : "") + option.text);
    }
  }
  function list(controls, name, options, chosen, choose) {
    const label = controls.append("label");
    label.append("span").attr("class", "name").text(name);
    const select = label.append("select").on("change", function() { choose(Number(this.value)); });
    options.forEach((text, i) => select.append("option").attr("value", i)
        .property("selected", i === chosen).text(text));
  }

  // Saves the figure as an SVG file of its own: styles are written out, as the page's are left behind.
  const styled = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity",
                  "stroke-dasharray", "stroke-linecap", "font-size", "font-family", "font-weight",
                  "opacity", "text-anchor", "dominant-baseline"];
  function save(host, name) {
    const source = host.select("svg").node();
    const copy = source.cloneNode(true);
    const from = source.querySelectorAll("*"), to = copy.querySelectorAll("*");
    from.forEach((element, i) => {
      const computed = getComputedStyle(element);
      for (const property of styled) to[i].style.setProperty(property, computed[property]);
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const blob = new Blob([new XMLSerializer().serializeToString(copy)], {type: "image/svg+xml"});
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name + ".svg";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // A figure is a function of {controls, plot, note, width} that draws everything anew; it returns
  // false if there is nothing to draw, and the section then says so.
  const figures = [];
  function figure(name, draw) {
    const frame = d3.select(`[data-figure="${name}"]`);
    const redraw = () => {
      const controls = frame.select(".controls"), plot = frame.select(".plot");
      const width = Math.max(320, Math.min(plot.node().clientWidth || 1000, 1024));
      controls.selectAll("*").remove();
      plot.selectAll("*").remove();
      const drawn = draw({controls, plot, note: frame.select(".note"), width, redraw});
      if (drawn === false) {
        plot.append("p").attr("class", "caption").text("There is nothing to draw.");
        frame.select("figcaption").attr("hidden", true);
        return;
      }
      controls.append("button").attr("type", "button").attr("class", "save").text("Save SVG")
          .on("click", () => save(plot, name));
    };
    figures.push(redraw);
    redraw();
  }
  let pending = 0, last = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === last) return;
    last = window.innerWidth;
    clearTimeout(pending);
    pending = setTimeout(() => figures.forEach(redraw => redraw()), 150);
  });

  // What is shown of a recording at the start: the hypothesis and the baseline that predict it best.
  function bestOf(names, recording) {
    const own = data.observations.filter(row => row.observation === recording);
    const score = own.length > 0 ? row => row.value : row => row.r;
    const known = row => isNumber(score(row)) ? score(row) : -9;
    const best = kind => (own.length > 0 ? own : data.comparison)
        .filter(row => row.kind === kind && names.includes(row.model))
        .sort((a, b) => known(b) - known(a)).slice(0, 1).map(row => row.model);
    const chosen = new Set([...best("hypothesis"), ...best("baseline")]);
    if (chosen.size === 0 && names.length > 0) chosen.add(names[0]);
    return chosen;
  }

  const titles = {r: "r", r2: "R²", log_density: "log density"};
  const unique = values => Array.from(new Set(values));
  return {data, isNumber, look, number, interval, svg, mark, bar, words, shortened, modelName, xAxis, axisFormat,
          explain, buttons, list, figure, bestOf, titles, unique};
})();
