// Upload File: drop targets that show what was chosen, and a bar while the files are sent.
(() => {
  const form = document.getElementById("upload");
  if (!form) return;
  const error = document.getElementById("upload-error");
  const sending = document.getElementById("sending");
  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

  form.querySelectorAll(".ing-target").forEach((target) => {
    const input = target.querySelector("input");
    const chosen = target.querySelector(".ing-chosen");
    const remove = target.querySelector(".ing-remove");
    const invitation = chosen.textContent;
    const show = () => {
      const file = input.files[0];
      chosen.textContent = file ? `${file.name}, ${size(file.size)}` : invitation;
      target.classList.toggle("filled", Boolean(file));
      remove.hidden = !file;
    };
    input.addEventListener("change", show);
    remove.addEventListener("click", () => { input.value = ""; show(); });
    ["dragenter", "dragover"].forEach((name) => target.addEventListener(name, (event) => {
      event.preventDefault();
      target.classList.add("over");
    }));
    ["dragleave", "drop"].forEach((name) => target.addEventListener(name, () => target.classList.remove("over")));
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
    });
  });

  const source = form.elements.source;
  const said = form.querySelectorAll("[data-source]");
  const tell = () => said.forEach((note) => { note.hidden = note.dataset.source !== source.value; });
  source.addEventListener("change", tell);
  tell();

  const fail = (text) => {
    error.textContent = text;
    error.hidden = false;
    sending.hidden = true;
    form.querySelector("button.ing-primary").disabled = false;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    error.hidden = true;
    sending.hidden = false;
    form.querySelector("button.ing-primary").disabled = true;
    const request = new XMLHttpRequest();
    request.open("POST", location.href);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      sending.querySelector("span").style.width = `${(100 * loaded) / total}%`;
      sending.querySelector("p").textContent = loaded < total ? `Sending ${size(loaded)} of ${size(total)}` : "Storing the files";
    });
    request.addEventListener("load", () => {
      if (request.response?.location) location.assign(request.response.location);
      else fail(request.response?.error || "The files could not be stored. Try again; if it happens again, tell support when.");
    });
    request.addEventListener("error", () => fail("The connection broke while the files were sent. Nothing was stored; try again."));
    request.send(new FormData(form));
  });
})();
