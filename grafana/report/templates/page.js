// Draws the pictures of the page, and once more in the width of the paper before it is printed.
(() => {
  const A4_LANDSCAPE = 1047; // pixels between the margins
  const paper = Number(document.body.dataset.paper ?? A4_LANDSCAPE);
  const MARGIN = 24; // of what a chart stands in
  const settings = { displayModeBar: false };
  const charts = [];
  let isPrinting = false;
  const watcher = new ResizeObserver((changes) => {
    if (isPrinting) return;
    for (const { target } of changes) Plotly.Plots.resize(target);
  });
  for (const data of document.querySelectorAll("script.figure-data")) {
    const figure = JSON.parse(data.textContent);
    const chart = data.previousElementSibling;
    chart.replaceChildren();
    figure.layout.separators = window.lotwattSeparators;
    Plotly.newPlot(chart, figure.data, figure.layout, settings);
    charts.push(chart);
    watcher.observe(chart);
  }
  window.addEventListener("beforeprint", () => {
    isPrinting = true;
    for (const chart of charts) {
      const share = Number(chart.parentElement.style.getPropertyValue("--share"));
      Plotly.relayout(chart, {
        autosize: false,
        width: paper * share - MARGIN,
        height: chart.clientHeight,
      });
    }
  });
  window.addEventListener("afterprint", () => {
    isPrinting = false;
    for (const chart of charts) {
      Plotly.relayout(chart, { autosize: true, width: null, height: null });
    }
  });
})();
