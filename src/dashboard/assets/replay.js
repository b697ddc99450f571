// Replays the denoising of one response: a slider over steps shows which tokens had been revealed, and when.

for (const replay of document.querySelectorAll("[data-replay]")) {
  const tokens = [...replay.querySelectorAll("[data-step]")];
  const slider = replay.querySelector("input"), output = replay.querySelector("output");
  const controls = replay.querySelector("[data-controls]"), play = replay.querySelector("button");
  let timer = 0;

  const show = () => {
    const step = Number(slider.value);
    const fresh = [];
    for (const token of tokens) {
      const revealed = Number(token.dataset.step);
      token.classList.toggle("masked", revealed > step);
      token.classList.toggle("fresh", revealed === step);
      if (revealed === step) fresh.push(token);
    }
    const words = fresh.map((token) =>
      `${token.textContent} (confidence ${token.dataset.confidence}, entropy ${token.dataset.entropy})`
    );
    const left = tokens.filter((token) => Number(token.dataset.step) > step).length;
    output.textContent = `Step ${step} of ${slider.max}, ${left} of ${tokens.length} masked. ` +
      (words.length > 0 ? `Revealed: ${words.join(", ")}` : "");
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
  controls.hidden = false;
  show();
}
