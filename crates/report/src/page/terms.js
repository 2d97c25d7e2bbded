// Shows the explanation of a term on hover and on focus; without scripts the browser shows titles.

function explainTerms() {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.append(tip);
  const hide = () => { tip.hidden = true; };
  const showAt = (part) => {
    tip.textContent = part.dataset.tip;
    tip.hidden = false;
    const at = part.getBoundingClientRect();
    const left = Math.min(at.left, innerWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, left) + scrollX}px`;
    tip.style.top = `${at.bottom + 4 + scrollY}px`;
  };
  for (const part of document.querySelectorAll("main [title], footer [title]")) {
    if (part.closest("svg")) continue;
    part.dataset.tip = part.title;
    part.removeAttribute("title");
    const focused = part.querySelector("button") || part;
    if (focused === part && !part.matches("button, a")) part.tabIndex = 0;
    focused.setAttribute("aria-describedby", "tip");
    for (const name of ["mouseenter", "focusin"]) part.addEventListener(name, () => showAt(part));
    for (const name of ["mouseleave", "focusout"]) part.addEventListener(name, hide);
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}
