// The terminal measures its font once, at its start, so it must start after the font is loaded.
const begin = window.onload;
window.onload = null;

const terminal = document.getElementById("terminal");
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
terminal.dataset.sessionWebsocketUrl = `${scheme}//${location.host}/ws`;

const again = document.getElementById("again");
again.addEventListener("click", () => location.reload());
new MutationObserver(() => {
  if (document.body.classList.contains("-closed")) again.focus();
}).observe(document.body, { attributeFilter: ["class"] });

Promise.allSettled(["16px", "bold 16px", "italic 16px"].map((style) => document.fonts.load(`${style} 'Roboto Mono'`)))
  .then(() => {
    begin();
    terminal.querySelector("textarea")?.focus();
  });
