// What several components need: elements and drawings, numbers as words, and the place Streamlit gives a component.

const SVG = "http://www.w3.org/2000/svg";
const mounted = new WeakMap(); // parentElement -> {thing, calls}

function build(node, attributes, parts) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...parts);
  return node;
}

export const element = (tag, attributes = {}, ...parts) => build(document.createElement(tag), attributes, parts);
export const svg = (tag, attributes = {}, ...parts) => build(document.createElementNS(SVG, tag), attributes, parts);

// A path within 24 x 24; the style sheet fills or strokes it.
export const icon = (path) => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: path }));

export function iconButton(kind, label, path, act) {
  const button = element("button", { type: "button", class: kind, "aria-label": label, title: label }, icon(path));
  button.addEventListener("click", act);
  return button;
}

export const number = (value) => String(Number(value.toPrecision(4)));
export const count = (value) => value.toLocaleString("en-US"); // 20000 -> "20,000"

// What a component does when Streamlit calls it: in a new place it makes its thing, then it updates it; what is
// returned ends it.
export function mount(component, make, update, end) {
  const { parentElement } = component;
  const place = mounted.get(parentElement) ?? { thing: make(parentElement), calls: 0 };
  mounted.set(parentElement, place);
  update(place.thing, component);
  const call = place.calls += 1;
  return () => {
    if (place.calls !== call) return; // Streamlit also cleans up calls that a newer one has overtaken
    end(place.thing);
    mounted.delete(parentElement);
  };
}
