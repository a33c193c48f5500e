# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A browser driven by real keys alone: no pointer, no script that moves the focus."""

import time
from contextlib import contextmanager

from odoo.tests.common import ChromeBrowser

# Name, code and text of the keys that are pressed.
KEYS = {
    "Tab": (9, None),
    "Enter": (13, "\r"),
    "Space": (32, " "),
    "ArrowDown": (40, None),
    "Escape": (27, None),
}
# More than that from one field to the next is no way to work.
TABS = 90
# Seconds without a new file, after which a page has all of them.
QUIET = 1.5
COUNT_FETCHES = """
window.fetching = new Set();
const fetchFile = window.fetch;
window.fetch = (...asked) => {
    const answer = fetchFile(...asked);
    window.fetching.add(answer);
    const forget = () => window.fetching.delete(answer);
    answer.then(forget, forget);
    return answer;
};
"""


class Keyboard:
    """Presses keys in a page, and reads where the focus is."""

    def __init__(self, test, browser):
        self.test = test
        self.browser = browser
        browser._websocket_request(
            "Page.addScriptToEvaluateOnNewDocument", params={"source": COUNT_FETCHES}
        )

    def open(self, path):
        self.browser.navigate_to(self.test.base_url() + path, wait_stop=True)
        self.ready()

    def ready(self):
        """Wait until the page has started: left before, what it fetches fails."""
        self.wait("document.body?.getAttribute('is-ready') === 'true'")
        self.wait("!window.fetching.size")

    def leave(self):
        """Leave the last page once it fetches nothing more, scripts included."""
        self.ready()
        until, loaded = time.monotonic() + QUIET, None
        while time.monotonic() < until:
            now = self.read("performance.getEntriesByType('resource').length")
            if now != loaded or self.read("window.fetching.size"):
                until, loaded = time.monotonic() + QUIET, now
            time.sleep(0.1)
        # As at the end of a tour: what the browser drops by closing is no fault.
        self.browser._result.set_result(True)

    def read(self, expression):
        answer = self.browser._websocket_request(
            "Runtime.evaluate",
            params={"expression": expression, "returnByValue": True},
        )
        return answer["result"].get("value")

    def wait(self, expression, seconds=20):
        """Wait until an expression of the page is true.

        :raise AssertionError: with what has the focus
        """
        until = time.monotonic() + seconds
        while not self.read(f"Boolean({expression})"):
            if time.monotonic() > until:
                shown = self.read("document.querySelector('main').innerText")
                self.test.fail(f"{expression} never came:\n{shown}\n{self.focused()}")
            time.sleep(0.1)

    def focused(self):
        return self.read("document.activeElement.outerHTML.slice(0, 200)")

    def press(self, key):
        code, text = KEYS[key]
        named = " " if key == "Space" else key
        keys = {"key": named, "code": key, "windowsVirtualKeyCode": code}
        if text:
            keys["text"] = text
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.browser._websocket_request(
                "Input.dispatchKeyEvent", params={"type": kind, **keys}
            )

    def reach(self, selector):
        """Press Tab until the focus is there, and seen: an outline, a frame, a shadow.

        :raise AssertionError: when a person would give up
        """
        self.ready()
        here = f"document.activeElement.matches({selector!r})"
        for _key in range(TABS):
            if self.read(here):
                self.test.assertTrue(self.read(SEEN), f"{selector}: focus not seen")
                return
            self.press("Tab")
        self.test.fail(f"{selector} is out of reach; focus on {self.focused()}")

    def type(self, selector, text):
        self.reach(selector)
        self.browser._websocket_request("Input.insertText", params={"text": text})

    def choose(self, selector, label):
        """Come down a list to the choice that has this label."""
        self.reach(selector)
        chosen = "document.activeElement.selectedOptions[0].text.trim()"
        for _key in range(self.read("document.activeElement.options.length")):
            if self.read(chosen) == label:
                return
            self.press("ArrowDown")
        self.test.assertEqual(self.read(chosen), label)

    def activate(self, selector, key="Enter"):
        self.reach(selector)
        self.press(key)


SEEN = """(() => {
    const style = getComputedStyle(document.activeElement);
    const outlined = style.outlineStyle !== "none" && style.outlineWidth !== "0px";
    return outlined || style.boxShadow !== "none";
})()"""


class KeyboardMixin:
    """For an HttpCase: gives a keyboard in a page that a contact has opened."""

    @contextmanager
    def keyboard(self, user, path):
        browser = ChromeBrowser(self)
        with self.allow_requests(browser=browser):
            try:
                self.authenticate(user.login, user.login, browser=browser)
                self.cr.flush()
                self.cr.clear()
                keyboard = Keyboard(self, browser)
                keyboard.open(path)
                yield keyboard
                keyboard.leave()
            finally:
                browser.stop()
                self._wait_remaining_requests()
        self.env.invalidate_all()
