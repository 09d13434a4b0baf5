"""A Chromium without a window for the tests of the pages, with its log and its requests."""

import json
import shutil

import numpy as np
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    "--headless",
    "--no-sandbox",  # as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 60  # that a page may take on a busy machine


# The colours of every text on the page and of what it stands on, with the text.
TEXT_COLOURS = """
    const colours = (one) => getComputedStyle(one);
    const rgb = (text) => text.match(/[0-9.]+/g).map(Number);
    const ground = (one) => {
        for (; one; one = one.parentElement) {
            const colour = rgb(colours(one).backgroundColor);
            if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
        }
    };
    const texts = (one) => [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE
        && node.textContent.trim());
    return [...document.body.querySelectorAll("*")]
        .filter((one) => one.checkVisibility() && texts(one).length)
        .map((one) => [one.textContent, rgb(colours(one).color).slice(0, 3), ground(one)]);
"""

# The same of what is painted in the charts, which stand on the section that holds them.
CHART_COLOURS = """
    const probe = document.body.appendChild(document.createElement("section"));
    const rgb = (text) => { probe.style.color = text;
        return getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map(Number); };
    const ground = rgb(getComputedStyle(probe).backgroundColor);
    const used = Bokeh.documents.flatMap((one) => [...one.all_models]).flatMap((model) =>
        model.tags.filter(([name, colour]) => !["line", "faint"].includes(colour))
            .flatMap(([name]) => [model[name].value ?? model[name]].flat()
                .map((colour) => [`${model.type} ${name}`, rgb(colour), ground])));
    probe.remove();
    return used;
"""


def luminance(colour):
    """Relative luminance as in WCAG 2.2."""
    part = np.array(colour) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    """How much two colours differ, from 1 to 21, as in WCAG 2.2."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


class Browser:
    """Opens pages one after another, each in a state of its own."""

    def __init__(self, profile):
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))

    def open(self, path, *, width=1200, height=900, dark=False):
        """Open the page and wait until its charts are drawn."""
        self.driver.get("about:blank")
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        self.messages(), self.requests()  # of the pages before
        self.driver.get(path.as_uri())
        self.wait("return 'drawn' in document.documentElement.dataset")

    def command(self, name, **parameters):
        """A command of the Chrome DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def run(self, script, *arguments):
        """What a script in the page returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        """What a script returns as soon as it is true."""
        return WebDriverWait(self.driver, SECONDS, 0.02).until(
            lambda _: self.run(script, *arguments), f"never became true: {script}"
        )

    def frame(self):
        """Wait until what was asked for has been painted."""
        self.driver.execute_async_script(
            "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
        )

    def find(self, selector):
        """The element that a CSS selector finds."""
        return self.driver.find_element("css selector", selector)

    def texts(self, selector):
        """The texts of all elements that a CSS selector finds."""
        return [one.text for one in self.driver.find_elements("css selector", selector)]

    def messages(self):
        """Warnings and errors on the console since the last call."""
        log = self.driver.get_log("browser")
        return [entry["message"] for entry in log if entry["level"] in {"WARNING", "SEVERE"}]

    def requests(self):
        """Addresses asked for since the last call, but for those within the page itself."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        sent = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
        addresses = [one["request"]["url"] for one in sent]
        return [address for address in addresses if not address.startswith(("data:", "blob:"))]

    def unreadable(self):
        """The texts, and parts of charts, whose contrast with their ground is too low."""
        texts, charts = self.run(TEXT_COLOURS), self.run(CHART_COLOURS)
        assert texts
        assert charts
        return [pair for pair in texts + charts if contrast(*pair[1:]) < 4.5]

    def is_dark(self):
        """Whether the page stands on a dark ground."""
        colour = self.run("return getComputedStyle(document.body).backgroundColor")
        return luminance([float(part) for part in colour[4:-1].split(",")]) < 0.1
