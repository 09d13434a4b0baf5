"""A Chromium without a window for the tests of the pages; what it logged, and what it asked for."""

import json
import shutil

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
