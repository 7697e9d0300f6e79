// Links inside messages and articles have no event in Gradio: a click writes the link's address into a
// hidden field, whose change the server answers. Nothing here fetches anything.
(() => {
  "use strict";
  document.documentElement.lang = window.wenbaoLanguage || "zh-CN";
  let asked = 0;

  const write = (id, value) => {
    const field = document.querySelector(`#${id} textarea, #${id} input`);
    if (!field) return;
    const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const narrow = () => window.matchMedia("(max-width: 760px)").matches;
  let follow = false; // whether the reader asked to see the panel

  const act = (link, event) => {
    const address = link.getAttribute("href") || "";
    if (link.classList.contains("wb-ask")) {
      // A running number, so that one question can be asked twice.
      write("wb-ask-link", `${++asked}\u001f${link.textContent.trim()}`);
    } else if (address.startsWith("#article=") || address === "#contents") {
      follow = true;
      write("wb-open-link", `${address}&n=${++asked}`);
    } else {
      return;
    }
    event.preventDefault();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link) act(link, event);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    const link = event.target.closest && event.target.closest('a[role="button"]');
    if (link) act(link, event);
  });

  const show = (panel) => {
    const mark = panel.querySelector("mark");
    const box = panel.closest("#wb-side") || panel;
    if (mark && box.scrollHeight > box.clientHeight + 4) {
      box.scrollTop = mark.offsetTop - box.clientHeight / 3;
    } else {
      box.scrollTop = 0;
    }
    if (follow && narrow()) (mark || panel).scrollIntoView({ block: "center" });
    if (follow) panel.querySelector("h2")?.focus({ preventScroll: true });
    follow = false;
  };

  // The newest question stays in sight, its answer below it, unless the reader scrolls away meanwhile.
  let questions = 0;
  let following = true;
  const keepNewest = () => {
    const chat = document.getElementById("wb-chat");
    const all = chat ? chat.querySelectorAll(".wb-question") : [];
    if (all.length !== questions) {
      questions = all.length;
      following = true;
    }
    if (!following || !questions || chat.scrollHeight <= chat.clientHeight) return;
    const top = all[questions - 1].getBoundingClientRect().top;
    chat.scrollTop += top - chat.getBoundingClientRect().top - 12;
  };
  for (const way of ["wheel", "touchmove", "keydown"]) {
    const leave = (event) => {
      if (event.target.closest && event.target.closest("#wb-chat")) following = false;
    };
    document.addEventListener(way, leave, { passive: true });
  }

  let seen = "";
  new MutationObserver(() => {
    window.requestAnimationFrame(keepNewest);
    const panel = document.getElementById("wb-panel");
    if (!panel || panel.innerHTML === seen) return;
    seen = panel.innerHTML;
    window.requestAnimationFrame(() => show(panel));
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
