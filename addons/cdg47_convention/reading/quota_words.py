# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a line of the quota sheet is said, in the language of the environment (R10)."""

from functools import cached_property

from .annexe1 import editor_refusal
from .held_verdict import price_sentence

# State → tone of the portal's status.
TONES = {
    "included": "in",
    "available": "in",
    "started": "waiting",
    "used_up": "out",
    "over": "todo",
    "option": "ask",
    "none": "out",
    "barred": "out",
    "due": "waiting",
    "rendered": "done",
}


class QuotaWords:
    """The words of a :class:`SheetLine`: amounts, state, limit, next right, price."""

    @property
    def env(self):
        return self.sheet.env

    @cached_property
    def name(self):
        """Name the line: what it is about, and the software it stands for."""
        if self.scope:
            return f"{self.rule.name} ({self.scope.name})"
        return self.rule.name

    @cached_property
    def article(self):
        return self.rule.article or self.product.cdg47_article or ""

    @property
    def tone(self):
        return TONES[self.state]

    def quantity(self, amount):
        """Return an amount in the unit of the line, None without limit.

        :rtype: float | None
        """
        return None if amount is None else self.rule.uom_id._cdg47_quantity(amount)

    def written(self, amount):
        """Write an amount with its unit, empty without limit."""
        if amount is None:
            return ""
        uom = self.rule.uom_id
        return self.sheet.remember((uom, amount), lambda: uom._cdg47_written(amount))

    # === State ===
    @cached_property
    def state_word(self):
        """Say the state in a word or two."""
        if self.state == "barred" and not self.partner.software_editor_id:
            return self.env._("Software editor not known")
        is_held = self.shape in ("level", "volume")
        return self.sheet.remember(
            (self.state, is_held), lambda: self._state_words(is_held)[self.state]
        )

    def _state_words(self, is_held):
        return {
            "included": self.env._("Included"),
            "available": self.env._("Available"),
            "started": self.env._("In progress"),
            "used_up": self.env._("Complete") if is_held else self.env._("Used up"),
            "over": self.env._("Exceeded"),
            "option": self.env._("Option held"),
            "none": self.env._("None for your stratum"),
            "barred": self.env._("Not supported by your editor"),
            "due": self.env._("To come"),
            "rendered": self.env._("Rendered"),
        }

    @cached_property
    def shape_word(self):
        return {
            "unlimited": self.env._("Without limit"),
            "level": self.env._("Held"),
            "volume": self.env._("Measured volume"),
            "yearly": self.env._("Every year"),
            "three_years": self.env._("Every three years, on request"),
            "once": self.env._("Once"),
            "duty": self.env._("Owed by the centre de gestion"),
        }[self.shape]

    @property
    def rate_word(self):
        return f"{self.rate}\N{NO-BREAK SPACE}%"

    @property
    def left_word(self):
        """Say what is left of the line, in plain words."""
        if self.state == "barred":
            return self.state_word
        if self.granted is None:
            return self.env._("Without limit")
        if self.shape == "duty":
            return self.env._(
                "%(used)s rendered out of %(granted)s",
                used=self.used,
                granted=self.granted,
            )
        if self.state == "option":
            return self.env._("%(used)s as an option", used=self.written(self.used))
        if self.over:
            return self.env._("%(over)s beyond", over=self.written(self.over))
        if not self.left:
            return self.env._("None left")
        return self.env._("%(left)s left", left=self.written(self.left))

    # === Sentences ===
    @cached_property
    def limit(self):
        """Say what the line gives to this collectivité."""
        key = self.rule, self.stratum
        return self.sheet.remember(key, lambda: self.rule._limit_for(self.stratum))

    @cached_property
    def sentence(self):
        """Explain the line: article, rule, what it gives, when it opens again (R10).

        :rtype: str
        """
        sentences = [self.rule._explanation(self.limit)]
        if self.is_barred:
            sentences.append(editor_refusal(self.partner, self.product, self.rule))
        if self.granted is not None and self.shape != "duty":
            sentences.append(self._count_sentence())
        if self.measured_on:
            sentences.append(
                self.env._("Measured on %(date)s.", date=self._date(self.measured_on))
            )
        sentences.append(self.next_sentence)
        return " ".join(filter(None, sentences))

    def _count_sentence(self):
        values = {
            "granted": self.written(self.granted),
            "used": self.written(self.used),
        }
        if self.shape in ("level", "volume"):
            return self.env._("Included: %(granted)s; held: %(used)s.", **values)
        return self.env._("Granted: %(granted)s; used: %(used)s.", **values)

    @cached_property
    def next_sentence(self):
        """Say when the right opens next, empty where dates decide nothing."""
        if self.state == "barred":
            return ""
        if self.shape == "three_years" and not self.right and not self.date_start:
            return self.env._("Can be asked for now.")
        if self.shape == "once" and not self.right:
            return self.env._("Not used yet.")
        if self.next_date:
            return self.env._(
                "Opens again on %(date)s.", date=self._date(self.next_date)
            )
        if self.date_end and self.shape in ("yearly", "three_years"):
            return self.env._(
                "Until %(date)s.",
                date=self._date(min(self.date_end, self.convention.date_end)),
            )
        return ""

    @cached_property
    def beyond(self):
        """Say what more would cost: « Beyond: €28.00 per licence per year »."""
        if self.shape == "duty" or self.granted is None or not self.place.overage:
            return ""
        price = self.sheet.remember(
            self.place.overage,
            lambda: price_sentence(self.env, self.sheet, self.place),
        )
        return self.env._("Beyond: %(price)s", price=price)

    def _date(self, day):
        return self.env["res.partner"]._cdg47_format_date(day)
