// The difference of two contact sheets: 128 + 2 (A − B) of every value, clipped to 0 ... 255. Mid-grey is equal; twice,
// because what sets apart two runs is faint.

import { element } from "./dom.js";

function pixels(image) {
  const canvas = element("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

// Two loaded images of one size -> a canvas of that size.
export function difference(first, second) {
  const [a, b] = [pixels(first), pixels(second)];
  for (let i = 0; i < a.data.length; i += 4) {
    for (let channel = i; channel < i + 3; channel += 1) a.data[channel] = 128 + 2 * (a.data[channel] - b.data[channel]);
  } // a clamped array: it clips by itself; alpha stays, as places without an image have none in both
  const canvas = element("canvas", { width: a.width, height: a.height });
  canvas.getContext("2d").putImageData(a, 0, 0);
  return canvas;
}
