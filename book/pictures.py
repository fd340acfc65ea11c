"""The web edition as it looks → the README's first picture.

    uv run --only-group book python book/build.py
    uv run python book/pictures.py

A headless Chrome or Chromium opens the first page and rates three movies in it.
"""

import base64
import sys

from build import HERE, ROOT, SITE
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

sys.path.insert(0, str(ROOT / "tests"))
from browsers import start_chrome

RATED = {"matrix, the (1999)": "5", "pretty woman": "1.5", "blade runner": "4.5"}
SIZE = {"width": 1300, "height": 1000}


def rate(browser, words, stars):
    box = browser.find_element(By.ID, "search")
    box.clear()
    box.send_keys(words)
    browser.find_element(By.CSS_SELECTOR, "#found .title").click()
    buttons = browser.find_elements(By.CSS_SELECTOR, "#found .stars button")
    next(button for button in buttons if button.text == stars).click()


def take(path):
    browser = start_chrome()
    try:
        settings = {**SIZE, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", settings)
        browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
        browser.get((SITE / "index.html").as_uri())
        frame = browser.find_element(By.CSS_SELECTOR, "iframe.recommender")
        browser.switch_to.frame(frame)
        for words, stars in RATED.items():
            rate(browser, words, stars)
        yours = (By.CSS_SELECTOR, "#yours .title")
        WebDriverWait(browser, 30).until(
            lambda b: len(b.find_elements(*yours)) == len(RATED)
        )
        browser.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
        browser.switch_to.default_content()
        browser.execute_script("scrollTo(0, 0)")
        # Chrome's own call: Selenium's would show the scroll bars again.
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        path.write_bytes(base64.b64decode(shot["data"]))
    finally:
        browser.quit()


if __name__ == "__main__":
    take(HERE / "images" / "web_edition.png")
