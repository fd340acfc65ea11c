"""A Chrome or Chromium without a window, for the tests that look at pages."""

import contextlib
import json
import os
import shutil
import time

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

TIME_LIMIT = 180  # seconds for each step: other tests may keep the machine busy


def start_chrome(width=1400, height=1000):
    """A driver that logs requests. Without Chrome: no test, except in CI, where a
    green run must mean that this ran."""
    options = webdriver.ChromeOptions()
    options.add_argument("--headless=new")
    options.add_argument(f"--window-size={width},{height}")
    # Nothing from another machine: a page must do without.
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost")
    options.add_argument("--disable-dev-shm-usage")  # a container's is too small
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # with it root's does not start
    with pytest.MonkeyPatch.context() as patch:
        # Selenium may look for the driver that fits, not download a browser.
        patch.setenv("SE_AVOID_BROWSER_DOWNLOAD", "true")
        patch.setenv("SE_AVOID_STATS", "true")
        try:
            service = webdriver.ChromeService(shutil.which("chromedriver"))
            driver = webdriver.Chrome(options=options, service=service)
        except WebDriverException as error:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(f"Selenium finds no Chrome or Chromium to start: {error.msg}")
    driver.set_page_load_timeout(TIME_LIMIT)
    driver.set_script_timeout(TIME_LIMIT)
    return driver


class Hands:
    """Looks, types and clicks."""

    def __init__(self, browser):
        self.browser = browser

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        """The texts of all parts of the page that match, as they are at one moment."""
        return self.run(
            "return Array.from(document.querySelectorAll(arguments[0]),"
            r" part => part.textContent.trim().replace(/\s+/g, ' '))",  # no hard spaces
            selector,
        )

    def until(self, look, wanted=True):
        """Look again and again; when time is up, tell what was seen instead."""
        seen, end = None, time.monotonic() + TIME_LIMIT
        while seen != wanted:
            assert time.monotonic() < end, f"{wanted!r} is wanted, {seen!r} is seen"
            time.sleep(0.05)
            # A page that moves on between two questions, a file that is half written.
            with contextlib.suppress(WebDriverException, json.JSONDecodeError):
                seen = look()

    def press(self, *keys):
        """Keys as they come from a keyboard: to whatever has the focus."""
        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def complaints(self):
        """What the console said, and whatever was asked for elsewhere, since last."""
        entries = self.browser.get_log("browser")
        said = [entry["message"] for entry in entries if entry["level"] != "INFO"]
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(("file:", "data:", "blob:")):
                    said.append(url)
        return said
