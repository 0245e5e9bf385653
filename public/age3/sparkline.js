// Draws samples as a line in an SVG element; the newest is at the right edge.

const ns = "http://www.w3.org/2000/svg";
const width = 240;
const height = 48;
const slots = 60;

/** Points of the line, scaled so that the largest sample nearly fills the height. */
export function points(samples) {
  const top = Math.max(...samples, 1) * 1.15;
  return samples.map((sample, i) => {
    const x = width - ((samples.length - 1 - i) * width) / (slots - 1);
    const y = height - 2 - (sample / top) * (height - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
}

export function draw(svg, samples) {
  if (samples.length < 2) return;
  const line = points(samples);
  const first = line[0].split(",")[0];
  part(svg, "polygon", "spark-area").setAttribute("points", `${first},${height} ${line.join(" ")} ${width},${height}`);
  part(svg, "polyline", "spark-line").setAttribute("points", line.join(" "));
}

function part(svg, kind, name) {
  let element = svg.querySelector(kind);
  if (!element) {
    element = document.createElementNS(ns, kind);
    element.setAttribute("class", name);
    svg.append(element);
  }
  return element;
}
