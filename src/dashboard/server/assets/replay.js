// Replays the denoising of responses: a slider over steps shows which tokens had been revealed, and when.

const node = (name, properties = {}, children = []) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

function replay(table) {
  const [tokens, steps, confidences, entropies] = [...table.rows].map(({ cells }) => [...cells].slice(1));
  const revealed = steps.map(({ textContent }) => Number(textContent));
  const slider = node("input", {
    type: "range",
    min: Math.min(0, ...revealed),
    max: Math.max(0, ...revealed),
    step: 1,
  });
  slider.value = slider.max;
  const play = node("button", { type: "button", textContent: "Play" });
  const output = node("output");
  output.setAttribute("aria-live", "polite");
  let timer = 0;

  const show = () => {
    const step = Number(slider.value), fresh = [];
    tokens.forEach((token, i) => {
      token.classList.toggle("masked", revealed[i] > step);
      token.classList.toggle("fresh", revealed[i] === step);
      if (revealed[i] === step) {
        fresh.push(
          `${token.textContent} (confidence ${confidences[i].textContent}, entropy ${
            entropies[i].textContent
          })`,
        );
      }
    });
    const left = revealed.filter((each) => each > step).length;
    output.textContent = `Step ${step} of ${slider.max}, ${left} of ${tokens.length} masked. ` +
      (fresh.length > 0 ? `Revealed: ${fresh.join(", ")}` : "");
  };

  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };

  slider.addEventListener("input", show);
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (slider.value === slider.max) slider.value = slider.min;
    play.textContent = "Stop";
    show();
    timer = setInterval(() => {
      if (slider.value === slider.max) return stop();
      slider.value = String(Number(slider.value) + 1);
      show();
    }, 400);
  });
  const label = node("label", {}, ["Denoising step ", slider]);
  table.parentElement.before(node("div", { className: "replay" }, [label, " ", play]));
  // Below, so that the table stays where it is when the text grows.
  table.parentElement.after(output);
}

for (const table of document.querySelectorAll("[data-replay]")) replay(table);
