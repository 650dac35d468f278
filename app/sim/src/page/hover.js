// Shows the values under the pointer. The page is complete without it.
for (const svg of document.querySelectorAll("svg[data-hover]")) {
  const { names, classes, rows } = JSON.parse(svg.dataset.hover);
  const cursor = svg.querySelector(".cursor");
  const readout = svg.parentElement.querySelector(".readout");
  const hide = () => { cursor.style.visibility = "hidden"; readout.style.display = "none"; };
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale;
    let low = 0, high = rows.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (rows[middle][0] < x) low = middle; else high = middle;
    }
    const row = x - rows[low][0] < rows[high][0] - x ? rows[low] : rows[high];
    cursor.setAttribute("x1", row[0]);
    cursor.setAttribute("x2", row[0]);
    cursor.style.visibility = "visible";
    const title = document.createElement("strong");
    title.textContent = row[1];
    readout.replaceChildren(title, ...names.map((name, index) => {
      const line = document.createElement("div");
      const key = document.createElement("span");
      const dot = document.createElement("i");
      dot.className = classes[index];
      key.append(dot, name);
      const value = document.createElement("span");
      value.textContent = row[2][index];
      line.append(key, value);
      return line;
    }));
    readout.style.display = "block";
    const place = row[0] / scale;
    const left = place + 14 + readout.offsetWidth > box.width ? place - 14 - readout.offsetWidth : place + 14;
    readout.style.left = `${Math.max(0, left)}px`;
  });
}
