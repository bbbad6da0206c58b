// The check at the end of a lesson: one question, a few answers, and why the right one is right.

import { element } from "./dom.js";

// `answer`: the place of the answer that was given before, or null; `answered(place)` is called with a new one
export function checkOf({ question, answers, right, why }, answer, answered) {
  const said = element("p", { class: "verdict", role: "status" });
  const options = answers.map((words, place) => {
    const input = element("input", { type: "radio", name: "check", value: place });
    input.checked = place === answer;
    input.addEventListener("change", () => {
      judge(place);
      answered(place);
    });
    return element("label", { class: "answer" }, input, element("span", {}, words));
  });
  function judge(place) {
    const good = place === right;
    options.forEach((option) => option.classList.remove("right", "wrong"));
    options[place].classList.add(good ? "right" : "wrong");
    said.textContent = good ? `Right. ${why}` : "Not this one. Move something, look again, and choose another.";
  }
  if (answer !== null) judge(answer);
  return element("fieldset", { class: "check" }, element("legend", {}, question), ...options, said);
}
