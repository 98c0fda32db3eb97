/* 统筹: keyboard, tables that open, charts and maps. No framework, nothing inline. */
"use strict";
(() => {
  const typing = (element) => element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
  const rows = () => [...document.querySelectorAll("tr[data-open]")];
  let at = -1;

  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    all.forEach((row) => row.classList.remove("here"));
    at = Math.min(all.length - 1, Math.max(0, at + step));
    all[at].classList.add("here");
    const link = all[at].querySelector("a");
    if (link) link.focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const main = document.querySelector("[data-main-action]");
      const form = event.target.closest && event.target.closest("form");
      if (main) { event.preventDefault(); main.click(); }
      else if (form && form.method !== "dialog") { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const shortcut = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (shortcut && !document.querySelector("dialog[open]")) { event.preventDefault(); shortcut.click(); return; }
    if (event.key === "/") {
      const search = document.querySelector("[data-search]") || document.querySelector("input[type=search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "?") { const keys = document.getElementById("keys"); if (keys) keys.showModal(); }
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const row = event.target.closest("tr[data-open]");
    if (row && !event.target.closest("a, button, input, select, label, summary") && !String(getSelection())) location.href = row.dataset.open;
    const opener = event.target.closest("[data-dialog]");
    if (opener) { const dialog = document.getElementById(opener.dataset.dialog); if (dialog) dialog.showModal(); }
    const printer = event.target.closest("[data-print]");
    if (printer) print();
    const copier = event.target.closest("[data-copy]");
    if (copier && navigator.clipboard) navigator.clipboard.writeText(copier.dataset.copy);
  });

  document.addEventListener("submit", (event) => {
    const question = event.submitter && event.submitter.dataset.confirm;
    if (question && !confirm(question)) { event.preventDefault(); return; }
    const button = event.submitter;
    if (button && !event.target.hasAttribute("hx-post") && event.target.method === "post" && !button.dataset.download) setTimeout(() => { button.disabled = true; }, 0);
  });
  document.addEventListener("change", (event) => { if (event.target.matches("[data-submits]")) event.target.form.requestSubmit(); });

  const load = (url) => new Promise((done, failed) => {
    if (document.querySelector(`script[src="${url}"]`)) { done(); return; }
    const script = document.createElement("script");
    script.src = url; script.onload = done; script.onerror = failed;
    document.head.append(script);
  });
  const vendor = new URL("vendor/", document.currentScript ? document.currentScript.src : location.href);

  const draw = async (root) => {
    const charts = [...root.querySelectorAll("[data-chart]:not([data-drawn])")].filter((place) => place.getClientRects().length);
    if (charts.length) {
      if (!window.echarts) await load(new URL("echarts/echarts.common.min.js", vendor));
      charts.forEach((place) => {
        place.dataset.drawn = "1";
        const option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
        const chart = window.echarts.init(place, null, { renderer: "svg" });
        chart.setOption({ textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, animation: false, color: ["#1f5fbf", "#2f9e63", "#c97a00", "#7a5bb5", "#5f7691"], ...option, legend: option.legend ? { top: 0, ...option.legend } : undefined });
        chart.on("click", (event) => { if (event.data && event.data.url) location.assign(event.data.url); });
        new ResizeObserver(() => chart.resize()).observe(place);
      });
    }
    const maps = [...root.querySelectorAll("[data-map]:not([data-drawn])")];
    if (maps.length) {
      if (!window.L) {
        const css = document.createElement("link");
        css.rel = "stylesheet"; css.href = new URL("leaflet/leaflet.css", vendor); document.head.append(css);
        await load(new URL("leaflet/leaflet.js", vendor));
      }
      maps.forEach((place) => {
        place.dataset.drawn = "1";
        const map = window.L.map(place, { attributionControl: false, zoomSnap: .25, scrollWheelZoom: false });
        const layer = window.L.geoJSON(JSON.parse(document.getElementById(place.dataset.map).textContent), {
          style: (feature) => ({ color: "#fff", weight: 1.5, fillColor: feature.properties.fill || "#4f86c6", fillOpacity: .85 }),
          pointToLayer: (feature, at) => window.L.circleMarker(at, { radius: 9, color: "#fff", weight: 2, fillColor: feature.properties.fill || "#c4262e", fillOpacity: 1 }),
          onEachFeature: (feature, shape) => shape.bindTooltip(String(feature.properties.name || ""), { permanent: false }),
        }).addTo(map);
        map.fitBounds(layer.getBounds());
      });
    }
  };
  const widen = (root) => root.querySelectorAll("[data-width]").forEach((bar) => { bar.style.width = `${bar.dataset.width}%`; });
  const ready = () => {
    draw(document);
    widen(document);
    const wrong = document.querySelector("[data-focus]");
    if (wrong) wrong.focus();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready); else ready();
  // What is folded away on the screen stands on the paper.
  window.addEventListener("beforeprint", () => document.querySelectorAll("details.fold, details.unfolds").forEach((one) => { one.open = true; }));
  document.addEventListener("htmx:afterSwap", (event) => { draw(event.target.parentElement || document); widen(document); });
})();
