// Draws the charts, in colours of the style sheet, and switches between light and dark.

const root = document.documentElement;
const lightSwitch = document.getElementById("switch");
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

// A colour of the style sheet by name, as it is in the present light.
function colour(name) {
  root.style.setProperty("--probe", `var(--${name})`);
  return getComputedStyle(lightSwitch, "::before").color;
}

// Every model says in its tags which of its properties has which colour, or colours.
function paint() {
  for (const document of Bokeh.documents) {
    for (const model of document.all_models) {
      for (const [property, names] of model.tags) {
        model[property] = Array.isArray(names) ? names.map(colour) : colour(names);
      }
    }
  }
}

function isDark() {
  return root.style.colorScheme ? root.style.colorScheme === "dark" : prefersDark.matches;
}

function setScheme(scheme) {
  root.style.colorScheme = scheme;
  lightSwitch.textContent = isDark() ? "Light" : "Dark";
  paint();
}

async function draw() {
  for (const data of document.querySelectorAll("script[data-chart]")) {
    await Bokeh.embed.embed_item(JSON.parse(data.textContent));
    const place = data.previousElementSibling;
    if (place.closest(".map")) connectMap(place.closest(".map"), Bokeh.documents.at(-1));
  }
  setScheme("");
  lightSwitch.hidden = false;
  lightSwitch.addEventListener("click", () => setScheme(isDark() ? "light" : "dark"));
  prefersDark.addEventListener("change", () => setScheme(""));
  root.dataset.drawn = "";
}

draw();
