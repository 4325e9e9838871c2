// Draws the charts of a school's page with uPlot: speed tests, round trip with its p95 band, loss.
//
// The server puts the figures into <script type="application/json" id="line-data">; each <figure data-chart="…"> is
// filled from it, again whenever the page's live part was replaced. A gap in the data stays a gap. Keyboard: a chart can
// be focused, the arrow keys move the reading; the legend's buttons hide and show a line.
(() => {
  "use strict";

  const hidden = new Map(); // "rtt/dns" -> true: what a person switched off stays off when new figures arrive
  const drawn = new WeakMap(); // figure -> {plot, key}
  const DASHES = { gateway: [2, 3], "isp-hop": [6, 3], dns: [1, 4], controller: [8, 3, 2, 3] };
  const quiet = new Set(); // not shown until asked for: what lies on the way, once there are targets beyond it

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const color = (name) => css(`--tn-chart-${name}`) || css("--tblr-primary");
  const fade = (hex, alpha) => hex + Math.round(alpha * 255).toString(16).padStart(2, "0");

  class Words {
    constructor(data) {
      this.words = data.words;
      this.locale = data.lang === "en" ? "en-GB" : "vi-VN";
      this.zone = data.zone;
    }
    number(value, digits = 1) {
      if (value === null || value === undefined) return "–";
      const places = Math.abs(value) >= 100 ? 0 : digits;
      return new Intl.NumberFormat(this.locale, { maximumFractionDigits: places }).format(value);
    }
    time(at, options) {
      return new Intl.DateTimeFormat(this.locale, { timeZone: this.zone, ...options }).format(new Date(at * 1000));
    }
    moment(at) {
      return `${this.day(at)} ${this.clock(at)}`;
    }
    clock(at) {
      return this.time(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    }
    day(at) {
      const parts = new Intl.DateTimeFormat("en-GB", { timeZone: this.zone, day: "2-digit", month: "2-digit" }).format(new Date(at * 1000));
      return parts.replace(/\D/, "/");
    }
  }

  function axes(words, unit) {
    const grid = { stroke: css("--tn-chart-grid"), width: 1 };
    const common = { stroke: css("--tn-chart-text"), font: "12px 'Be Vietnam Pro', sans-serif", grid, ticks: grid };
    return [
      {
        ...common,
        space: 64,
        values: (plot, splits, _axis, _space, step) =>
          splits.map((at) => (step >= 86400 || words.clock(at) === "00:00" ? words.day(at) : words.clock(at))),
      },
      { ...common, size: 60, values: (plot, splits) => splits.map((value) => words.number(value)), label: unit, labelSize: 18, labelFont: common.font },
    ];
  }

  function options(figure, words, unit, range, more) {
    return {
      width: Math.max(240, figure.querySelector(".chart-canvas").clientWidth),
      height: Number(figure.dataset.height || 240),
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), words.zone),
      legend: { show: false },
      padding: [12, 22, 0, 0],
      scales: { x: { range: () => range }, ...more.scales },
      cursor: { drag: { x: false, y: false }, points: { size: 7 }, sync: more.sync ? { key: more.sync } : undefined },
      axes: axes(words, unit),
      series: [{}, ...more.series],
      bands: more.bands,
      hooks: more.hooks,
    };
  }

  // A robust top: single spikes of p95 would flatten everything else.
  function top(arrays, share = 0.98) {
    const values = arrays.flat().filter((value) => value !== null && value !== undefined).sort((a, b) => a - b);
    return values.length ? values[Math.min(values.length - 1, Math.floor(values.length * share))] : 1;
  }

  // ---- speed tests ----------------------------------------------------------------------------------------------
  function speedChart(figure, data, words) {
    const speed = data.speed;
    const usual = medianStep(speed.at);
    const { at, order } = withBreaks(speed.at, usual * 3);
    const pick = (values, wanted) => order.map((index) => (index >= 0 && speed.valid[index] === wanted ? values[index] : null));
    const columns = [pick(speed.down, true), pick(speed.up, true), pick(speed.down, false), pick(speed.up, false)];
    const seconds = (plot, pixels) => plot.posToVal(pixels - plot.bbox.left, "x", true);
    // an invalid test between two good ones does not break the line, a long silence does
    const gaps = (plot, _series, _first, _last, found) => found.filter(([from, to]) => seconds(plot, to) - seconds(plot, from) > usual * 3);
    const line = (name) => ({
      label: words.words[name], stroke: color(name), width: 2, gaps, scale: "y",
      points: { show: true, size: 6, fill: color(name), stroke: color(name) },
    });
    const cross = (name) => ({ label: words.words[name], paths: () => null, stroke: color(name), scale: "y", points: { show: crosses } });
    const [down, up] = speed.contract;
    const highest = Math.max(1, ...columns.flat().filter((value) => value !== null), down || 0, up || 0);
    const plot = new uPlot(
      options(figure, words, "Mbit/s", [data.from, data.to], {
        series: [line("down"), line("up"), cross("down"), cross("up")],
        scales: { y: { range: () => [0, highest * 1.12] } },
        hooks: { draw: [(drawnPlot) => contractLines(drawnPlot, [[down, "down"], [up, "up"]], words)] },
      }),
      [at, ...columns],
      figure.querySelector(".chart-canvas"),
    );
    legend(figure, "speed", [
      { name: "down", label: words.words.down, series: [1, 3] },
      { name: "up", label: words.words.up, series: [2, 4] },
    ], plot);
    const told = (index) => tellTest(words, speed, order[index] >= 0 ? order[index] : order[index - 1]);
    return { plot, tell: told };
  }

  function medianStep(at) {
    const steps = at.slice(1).map((value, index) => value - at[index]).sort((a, b) => a - b);
    return steps.length ? Math.max(60, steps[steps.length >> 1]) : 3600;
  }

  // Times with one more in the middle of each long silence; ``order``: which test stands there, -1 for none.
  function withBreaks(times, longest) {
    const at = [], order = [];
    times.forEach((time, index) => {
      if (index && time - times[index - 1] > longest) {
        at.push((time + times[index - 1]) / 2);
        order.push(-1);
      }
      at.push(time);
      order.push(index);
    });
    return { at, order };
  }

  function crosses(plot, seriesIndex, first, last) {
    const context = plot.ctx, size = 4 * devicePixelRatio;
    context.save();
    context.strokeStyle = plot.series[seriesIndex].stroke(plot, seriesIndex);
    context.lineWidth = 1.6 * devicePixelRatio;
    for (let index = first; index <= last; index++) {
      const value = plot.data[seriesIndex][index];
      if (value === null || value === undefined) continue;
      const x = plot.valToPos(plot.data[0][index], "x", true), y = plot.valToPos(value, "y", true);
      context.beginPath();
      context.moveTo(x - size, y - size);
      context.lineTo(x + size, y + size);
      context.moveTo(x + size, y - size);
      context.lineTo(x - size, y + size);
      context.stroke();
    }
    context.restore();
    return false;
  }

  function contractLines(plot, lines, words) {
    const context = plot.ctx, ratio = devicePixelRatio;
    const same = lines[0][0] === lines[1][0];
    context.save();
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.font = `${12 * ratio}px 'Be Vietnam Pro', sans-serif`;
    for (const [value, name] of same ? lines.slice(0, 1) : lines) {
      if (!value) continue;
      const y = Math.round(plot.valToPos(value, "y", true));
      context.strokeStyle = context.fillStyle = same ? css("--tn-chart-text") : color(name);
      context.lineWidth = ratio;
      context.setLineDash([6 * ratio, 4 * ratio]);
      context.beginPath();
      context.moveTo(plot.bbox.left, y);
      context.lineTo(plot.bbox.left + plot.bbox.width, y);
      context.stroke();
      const text = `${words.words.contract} ${words.number(value, 0)} Mbit/s`;
      context.setLineDash([]);
      context.lineWidth = 4 * ratio;
      context.strokeStyle = css("--surface");
      context.strokeText(text, plot.bbox.left + 6 * ratio, y - 5 * ratio);
      context.fillText(text, plot.bbox.left + 6 * ratio, y - 5 * ratio);
    }
    context.restore();
  }

  function tellTest(words, speed, index) {
    const parts = [
      words.moment(speed.at[index]),
      `${words.words.down} ${words.number(speed.down[index])} Mbit/s`,
      `${words.words.up} ${words.number(speed.up[index])} Mbit/s`,
    ];
    if (speed.here[index]) parts.push(words.words.here);
    if (!speed.valid[index]) {
      const reasons = speed.why[index].map((code) => words.words.validity[code] || code);
      parts.push([words.words.invalid, ...reasons].join(" "));
    }
    return parts.join(" · ");
  }

  // ---- round trip and loss --------------------------------------------------------------------------------------
  function rttChart(figure, data, words) {
    const { at, classes } = data.rtt;
    const series = [], bands = [], columns = [at], groups = [];
    classes.forEach((one) => {
      const median = columns.push(one.median) - 1, p95 = columns.push(one.p95) - 1;
      series.push({ label: one.name, stroke: color(one.name), width: 2, dash: DASHES[one.name], spanGaps: false });
      series.push({ label: one.name, stroke: "transparent", width: 0, spanGaps: false, points: { show: false } });
      bands.push({ series: [p95, median], fill: fade(color(one.name), 0.16) });
      groups.push({ name: one.name, label: words.words.targets[one.name], series: [median, p95], dash: DASHES[one.name] });
    });
    const highest = Math.max(top(classes.map((one) => one.p95)), top(classes.map((one) => one.median), 1)) * 1.15;
    const plot = new uPlot(
      options(figure, words, "ms", [data.from, data.to], {
        series, bands, sync: "line", scales: { y: { range: () => [0, Math.max(1, highest)] } },
      }),
      columns,
      figure.querySelector(".chart-canvas"),
    );
    legend(figure, "rtt", groups, plot);
    return { plot, tell: (index) => tellRtt(words, data.rtt, index) };
  }

  function lossChart(figure, data, words) {
    const { at, classes } = data.rtt;
    const series = classes.map((one) => ({
      label: one.name, stroke: color(one.name), width: 1.5, dash: DASHES[one.name],
      fill: fade(color(one.name), 0.12), paths: uPlot.paths.stepped({ align: 1 }), points: { show: false },
    }));
    const groups = classes.map((one, index) => ({
      name: one.name, label: words.words.targets[one.name], series: [index + 1], dash: DASHES[one.name],
    }));
    const highest = Math.max(5, ...classes.flatMap((one) => one.loss.filter((value) => value !== null)));
    const plot = new uPlot(
      options(figure, words, "%", [data.from, data.to], {
        series, sync: "line", scales: { y: { range: () => [0, Math.min(100, highest * 1.1)] } },
      }),
      [at, ...classes.map((one) => one.loss)],
      figure.querySelector(".chart-canvas"),
    );
    legend(figure, "loss", groups, plot);
    return { plot, tell: (index) => tellRtt(words, data.rtt, index) };
  }

  function tellRtt(words, rtt, index) {
    const parts = [words.moment(rtt.at[index])];
    for (const one of rtt.classes) {
      if (isHidden("rtt", one.name) || one.loss[index] === null) continue;
      const times = one.median[index] === null ? "" : `${words.number(one.median[index])} ms (p95 ${words.number(one.p95[index])}), `;
      parts.push(`${words.words.targets[one.name]}: ${times}${words.words.loss} ${words.number(one.loss[index])} %`);
    }
    return parts.length > 1 ? parts.join(" · ") : `${parts[0]} · ${words.words.none}`;
  }

  // ---- one speed test, second by second -------------------------------------------------------------------------
  function rampChart(figure, data, words) {
    const ways = data.ways.filter((one) => one.at.length);
    const columns = uPlot.join(ways.map((one) => [one.at, one.rate]));
    const plot = new uPlot(
      {
        ...options(figure, words, "Mbit/s", null, {
          series: ways.map((one) => ({ label: one.name, stroke: color(one.name), width: 2, spanGaps: true, points: { show: false } })),
          scales: { y: { range: (_plot, _low, high) => [0, (high || 1) * 1.1] } },
        }),
        scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, (high || 1) * 1.1] } },
        axes: axes(words, "Mbit/s").map((axis, index) => (index ? axis : { ...axis, values: (_plot, splits) => splits.map((value) => `${words.number(value)} s`) })),
      },
      columns,
      figure.querySelector(".chart-canvas"),
    );
    legend(figure, "ramp", ways.map((one, index) => ({ name: one.name, label: words.words[one.name], series: [index + 1] })), plot);
    const tell = (index) => [`${words.number(columns[0][index])} s`, ...ways.map((one, way) => `${words.words[one.name]} ${words.number(columns[way + 1][index])} Mbit/s`)].join(" · ");
    return { plot, tell };
  }

  // ---- what all share -------------------------------------------------------------------------------------------
  function isHidden(chart, name) {
    return hidden.get(`${chart}/${name}`) ?? quiet.has(name);
  }

  function legend(figure, chart, groups, plot) {
    const box = figure.querySelector(".chart-legend");
    box.replaceChildren(
      ...groups.map((group) => {
        const button = document.createElement("button");
        const mark = document.createElement("span");
        mark.className = group.dash ? "chart-mark chart-mark-dashed" : "chart-mark";
        mark.style.borderColor = color(group.name);
        button.type = "button";
        button.className = "chart-toggle";
        button.append(mark, group.label);
        const show = () => {
          const visible = !isHidden(chart, group.name);
          button.setAttribute("aria-pressed", String(visible));
          group.series.forEach((index) => plot.setSeries(index, { show: visible }));
        };
        button.addEventListener("click", () => {
          hidden.set(`${chart}/${group.name}`, !isHidden(chart, group.name));
          show();
        });
        show();
        return button;
      }),
    );
  }

  function reading(figure, made) {
    const { plot, tell } = made;
    const line = figure.querySelector(".chart-reading");
    const hint = line.dataset.hint || "";
    line.textContent = hint;
    plot.over.addEventListener("mouseleave", () => (line.textContent = hint));
    plot.over.addEventListener("mousemove", () => {
      if (plot.cursor.idx !== null && plot.cursor.idx !== undefined) line.textContent = tell(plot.cursor.idx);
    });
    figure.onkeydown = (event) => {
      const last = plot.data[0].length - 1;
      const now = plot.cursor.idx ?? last;
      const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
      if (event.target !== figure || next === undefined || last < 0) return;
      event.preventDefault();
      const index = Math.min(last, Math.max(0, next));
      plot.setCursor({ left: plot.valToPos(plot.data[0][index], "x"), top: 8 });
      line.textContent = tell(index);
    };
  }

  const KINDS = { speed: speedChart, rtt: rttChart, loss: lossChart, ramp: rampChart };
  const resized = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const plot = drawn.get(entry.target.closest("[data-chart]"))?.plot;
      const width = Math.floor(entry.contentRect.width);
      if (plot && width >= 200 && width !== plot.width) plot.setSize({ width, height: plot.height });
    }
  });

  function draw(figure, again) {
    const source = document.getElementById(figure.dataset.source || "line-data");
    if (!source) return;
    const key = source.textContent;
    const before = drawn.get(figure);
    if (before && !again && before.key === key && before.plot.root.isConnected) return;
    before?.plot.destroy();
    const canvas = figure.querySelector(".chart-canvas");
    canvas.replaceChildren();
    const data = JSON.parse(key);
    const names = data.rtt?.classes.map((one) => one.name) ?? [];
    quiet.clear();
    if (names.includes("domestic") || names.includes("international")) ["isp-hop", "dns", "controller"].forEach((name) => quiet.add(name));
    const made = KINDS[figure.dataset.chart](figure, data, new Words(data));
    drawn.set(figure, { plot: made.plot, key });
    reading(figure, made);
    resized.observe(canvas);
  }

  const all = (again) => document.querySelectorAll("figure[data-chart]").forEach((figure) => draw(figure, again));
  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => all(false));
  };
  const begin = () => {
    all(false);
    new MutationObserver(soon).observe(document.body, { childList: true, subtree: true, characterData: true });
    new MutationObserver(() => all(true)).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(true));
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
