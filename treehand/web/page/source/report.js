// The scrubber of a report of `treehand test`: a run that is held in the file itself.
import { render } from "preact";
import { html } from "./parts.js";
import { Replay } from "./replay.js";

/** Draws the run of one story, the first time that it is unfolded. @param {HTMLElement} place */
function show(place) {
  const held = document.getElementById(place.dataset.replay ?? "");
  if (!held || place.dataset.isShown) return;
  place.dataset.isShown = "yes";
  place.replaceChildren();
  place.classList.remove("drawn");
  render(html`<${Replay} data=${JSON.parse(held.textContent ?? "")} />`, place);
}

for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-replay]"))) {
  const story = place.closest("details");
  if (!story || story.open) show(place);
  else story.addEventListener("toggle", () => show(place), { once: true });
}
