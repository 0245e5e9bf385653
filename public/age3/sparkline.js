// Draws samples as a line in an SVG element; the newest is at the right edge.

const ns = "http://www.w3.org/2000/svg";
const width = 240;
const height = 48;
const slots = 60;

/**
 * Points of the line. The scale reaches to the largest sample, but not beyond
 * four times the median: one slow answer must not flatten all the others.
 */
export function points(samples) {
  const median = [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)];
  const top = Math.max(Math.min(Math.max(...samples), 4 * median), 1) * 1.15;
  return samples.map((sample, i) => {
    const x = width - ((samples.length - 1 - i) * width) / (slots - 1);
    const y = height - 2 - Math.min(sample / top, 1) * (height - 4);
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
