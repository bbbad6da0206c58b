// The check at the end of a lesson: one question, a few answers, and why the right one is right.

import { element } from "./dom.js";

export function checkOf({ question, answers, right, why }) {
  const said = element("p", { class: "verdict", role: "status" });
  const options = answers.map((answer, place) => {
    const input = element("input", { type: "radio", name: "check", value: place });
    input.addEventListener("change", () => {
      const good = place === right;
      options.forEach((option) => option.classList.remove("right", "wrong"));
      options[place].classList.add(good ? "right" : "wrong");
      said.textContent = good ? `Right. ${why}` : "Not this one. Move something, look again, and choose another.";
    });
    return element("label", { class: "answer" }, input, element("span", {}, answer));
  });
  return element("fieldset", { class: "check" }, element("legend", {}, question), ...options, said);
}
