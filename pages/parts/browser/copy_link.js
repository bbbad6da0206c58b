// The button that copies the page's address. Without permission to write to the clipboard it shows the link, selected.

import { element, icon, mount } from "./dom.js";

const CHAIN = "M10 13.5a4 4 0 0 0 6 .4l2.6-2.6a4 4 0 0 0-5.7-5.7L11.5 7M14 10.5a4 4 0 0 0-6-.4l-2.6 2.6a4 4 0 0 0 5.7 5.7L12.5 17";
const NARROW = "(max-width: 640px)"; // as in the style sheet
const SHOWN_FOR = 2500; // milliseconds

function build(parent) {
  const box = {};
  box.words = element("span");
  box.button = element("button", { type: "button", title: "Copy a link that shows this page just as it is" }, icon(CHAIN), box.words);
  box.field = element("input", { type: "text", readonly: "", "aria-label": "Link to this page", hidden: "" });
  box.note = element("div", { class: "note", role: "status", hidden: "" });
  box.root = element("div", { class: "copy" }, box.field, box.button, box.note);
  box.button.addEventListener("click", () => copy(box));
  box.field.addEventListener("blur", () => { box.field.hidden = true; });
  box.field.addEventListener("keydown", (event) => { if (event.key === "Escape") box.button.focus(); });
  parent.append(box.root);
  return box;
}

// The token of the door lets in whoever has it, so it never leaves with a link.
function link(extra) {
  const address = new URL(window.location.href);
  address.searchParams.delete("token");
  for (const [name, value] of Object.entries(extra)) address.searchParams.set(name, value);
  address.hash = "";
  return address.href;
}

async function copy(box) {
  const text = link(box.data.extra);
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    box.field.hidden = false;
    box.field.value = text;
    box.field.focus();
    box.field.select();
    done = document.execCommand("copy");
  }
  box.words.textContent = done ? "Copied" : "Press Ctrl+C";
  box.note.textContent = [done ? "Copied." : "", box.data.note].join(" ").trim();
  box.note.hidden = !box.data.note && !(box.data.bar && window.matchMedia(NARROW).matches); // there the button has no room for words
  clearTimeout(box.later);
  box.later = setTimeout(() => {
    box.words.textContent = box.data.label;
    box.note.hidden = true;
    box.note.textContent = "";
  }, box.data.note ? 4 * SHOWN_FOR : SHOWN_FOR);
}

function update(box, { data }) {
  if (box.words.textContent === (box.data?.label ?? "")) box.words.textContent = data.label;
  box.data = data;
  box.field.value = link(data.extra);
  box.root.classList.toggle("bar", data.bar);
}

export default function show(component) {
  return mount(component, build, update, (box) => {
    clearTimeout(box.later);
    box.root.remove();
  });
}
