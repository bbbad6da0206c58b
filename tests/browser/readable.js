// Every piece of text that a page shows, with its contrast against what is behind it (WCAG 2.1): those below the least
// allowed, 4.5 or 3 for large text. What is disabled is exempt, as is text over pictures, whose ground is unknown here.
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((k) => top[k] * top[3] + below[k] * (1 - top[3]));
  const luminance = (colour) => {
    const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map((value) => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const above = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const chain = (node) => {
    const found = [];
    for (let at = node; at; at = above(at)) found.push(at);
    return found;
  };
  const ground = (nodes, { left, top, width, height }) => {
    const x = left + width / 2, y = top + height / 2;
    const behind = nodes.filter((node) => { // a label may stand beside its parent
      const box = node.getBoundingClientRect();
      const holds = box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
      return holds || getComputedStyle(node).overflowY !== "visible"; // what scrolls holds more than its box
    });
    let colour = [255, 255, 255];
    for (const node of behind.reverse()) colour = over(parse(getComputedStyle(node).backgroundColor), colour);
    return colour;
  };
  const roots = [document];
  for (let k = 0; k < roots.length; k += 1) {
    for (const node of roots[k].querySelectorAll("*")) if (node.shadowRoot) roots.push(node.shadowRoot);
  }
  const faults = [];
  let seen = 0;
  for (const root of roots) {
    const walker = document.createTreeWalker(root.body ?? root, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const node = text.parentElement, words = text.textContent.trim();
      if (!node || !words || ["STYLE", "SCRIPT", "NOSCRIPT", "TITLE"].includes(node.tagName)) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const box = range.getBoundingClientRect(), style = getComputedStyle(node);
      if (box.width < 2 || box.height < 2 || style.visibility === "hidden") continue;
      if (!node.checkVisibility({ opacityProperty: true })) continue;
      const nodes = chain(node);
      if (nodes.some((one) => one.matches?.(":disabled, [aria-disabled=true], [aria-hidden=true]"))) continue;
      if (nodes.some((one) => one.querySelector?.(":scope > :is(input, textarea, select, button):disabled"))) continue;
      if (node.closest("label")?.querySelector(":disabled") || /Material/.test(style.fontFamily)) continue;
      if (nodes.some((one) => getComputedStyle(one).clip === "rect(0px, 0px, 0px, 0px)")) continue;
      const behind = ground(nodes, box), shape = node instanceof SVGElement;
      const ink = parse(shape ? style.fill : style.color);
      for (const one of nodes) ink[3] *= Number(getComputedStyle(one).opacity);
      const shades = [luminance(over(ink, behind)), luminance(behind)].sort((a, b) => b - a);
      const contrast = (shades[0] + 0.05) / (shades[1] + 0.05);
      const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      seen += 1;
      const symbol = !/[\p{L}\p{N}]/u.test(words); // a mark beside its name: 3 suffices, as for other drawings
      if (contrast >= (large || symbol ? 3 : 4.5)) continue;
      faults.push(`${contrast.toFixed(2)} "${words.slice(0, 60)}" ${style.color} ${node.tagName}`);
    }
  }
  return { seen, faults: [...new Set(faults)] };
}
