"""What a browser asks of Odoo, with Python's own library."""

import base64
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from console import SetupError

# The smallest PNG there is: what a drawn signature is to the server.
_SIGNATURE = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
        "awAAAABJRU5ErkJggg=="
    )
).decode()


class Browser:
    """One visitor, signed in or not."""

    def __init__(self, address):
        self.address = address
        self.user = None
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def answers(self):
        try:
            return bool(self.page("/web/login"))
        except (urllib.error.URLError, OSError):
            return False

    def page(self, path, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.opener.open(self.address + path, data, timeout=120) as answer:
            return answer.read().decode()

    def sign_in(self, login, password):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/web/login"))
        page = self.page(
            "/web/login", csrf_token=token[1], login=login, password=password
        )
        if 'name="password"' in page:
            raise SetupError(f"« {login} » n'entre pas.")
        self.user = self._ask("/web/session/get_session_info").get("uid")

    def call(self, model, method, *arguments):
        return self._ask(
            "/web/dataset/call_kw",
            model=model, method=method, args=arguments,
            kwargs={"context": {"lang": "fr_FR"}},
        )  # fmt: skip

    def create(self, model, values):
        return self.call(model, "create", [values])[0]

    def refuses(self, model, method, *arguments):
        """Tell whether a button answers by a sentence instead of acting."""
        try:
            self.call(model, method, *arguments)
        except SetupError:
            return True
        return False

    def reference(self, name):
        module, _dot, identifier = name.partition(".")
        (row,) = self.call(
            "ir.model.data", "search_read",
            [["module", "=", module], ["name", "=", identifier]], ["res_id"],
        )  # fmt: skip
        return row["res_id"]

    def sign(self, order):
        self._ask(
            f"/my/orders/{order}/accept", name=None, signature=_SIGNATURE,
            access_token=None,
        )  # fmt: skip

    def _ask(self, path, **params):
        request = urllib.request.Request(
            self.address + path,
            json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=120) as answer:
            said = json.load(answer)
        error = said.get("error") or (
            said.get("result") or {} if isinstance(said.get("result"), dict) else {}
        ).get("error")
        if error:
            message = error if isinstance(error, str) else error["data"]["message"]
            raise SetupError(f"{path} : {message}")
        return said.get("result")
