# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a gesture is played: by its user, refused with a sentence or done, then looked
at."""

import re
from collections import Counter
from contextlib import contextmanager

from careless_books import Books
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from psycopg2 import IntegrityError

from odoo.exceptions import RedirectWarning, UserError
from odoo.sql_db import Savepoint
from odoo.tools import mute_logger

REFUSALS = (UserError, RedirectWarning)
# A refusal is read by a person: it is no sentence of a developer's.
UNSAID = re.compile(r"Traceback|<class|object at 0x|psycopg2|KeyError")
# Which of the records there are: the latest first, as people do.
WHICH = st.integers(0, 5)
# An odd number of cents would hide a missing one among the roundings.
QUANTITIES = st.sampled_from((1, 2, 0.5, 3, 0, 10))
# How many times as often as another one a gesture aimed at is drawn.
AIMED = 60
PRICES = st.sampled_from((10, 0, 200, 1200))


class Played:
    """What was played in all: by gesture, done or refused, and with which words."""

    def __init__(self):
        self.sequences = 0
        self.done, self.refused, self.kinds = Counter(), Counter(), Counter()
        self.first = {}

    def refuse(self, name, error):
        self.refused[name] += 1
        kind = _kind(error)
        self.kinds[kind] += 1
        self.first.setdefault(kind, name)


def _kind(error):
    """Say what a refusal is about, whoever and whatever it names."""
    sentence = str(error.args[0] if error.args else error).strip().partition("\n")[0]
    sentence = re.sub(r"«[^»]*»|\([^)]*\)|[\d\s.,/-]*\d[\d.,/-]*", "…", sentence)
    return f"{type(error).__name__}: {sentence[:70]}"


class Fault(AssertionError):
    """What a sequence of gestures led to: a wrong sum, or a crash."""

    def __init__(self, history, error):
        super().__init__(f"{type(error).__name__}: {error}")
        self.history, self.error = list(history), error

    def __str__(self):
        steps = "\n".join(f"  {name}({values})" for name, values in self.history)
        return f"{self.args[0]}\n{steps}"


def gesture(needs=None, often=1, **drawn):
    """Make a method a gesture of the machine.

    :param str needs: what of the books there must be
    :param int often: how many times as often as another one
    :param drawn: the strategies of its values
    """

    def decorate(function):
        function.needs, function.often = needs, often
        function.values = st.fixed_dictionaries(drawn)
        return function

    return decorate


class Careless(RuleBasedStateMachine):
    """One sequence of gestures, undone when it ends.

    :param CarelessCase case: where it is lived
    :param Played played: what all the sequences did
    :param aims: the gestures that are drawn more often
    """

    # Gestures that receive an acceptance: no other makes anything due.
    ACCEPTORS = set()

    def __init__(self, case, played, aims=()):
        super().__init__()
        self.case, self.played, self.env = case, played, case.env
        self.aims = aims
        self.env.flush_all()
        self._savepoint = Savepoint(self.env.cr)
        played.sequences += 1
        self._now = case.clock.time_to_freeze
        self.partners = case.collectivites
        self.current, self.refused_last, self.history = None, None, []
        self.books = Books(self.env, self.partners)
        self.begin()

    def begin(self):
        """Note what is true before the first gesture."""

    def check(self):
        """Find what is wrong after a gesture."""

    def end(self):
        """Find what is wrong at the end of a sequence."""

    def finish(self):
        try:
            self.end()
        except Exception as error:
            raise Fault(self.history, error) from error

    def teardown(self):
        try:
            self.finish()
        finally:
            self.undo()

    def undo(self):
        self.env.cr.clear()
        self._savepoint.close(rollback=True)
        self.env.transaction.clear()
        self.case.clock.move_to(self._now)

    # === Playing ===
    @rule(data=st.data())
    def gesture(self, data):
        """Anybody does anything that there is something for."""
        name = data.draw(st.sampled_from(self.possible()))
        self.play(name, data.draw(getattr(self, name).values))

    @classmethod
    def gestures(cls):
        found = [(name, getattr(cls, name)) for name in dir(cls)]
        return {name: fn for name, fn in found if hasattr(fn, "often")}

    def possible(self):
        """Return the gestures there is something for, another one first each time:
        short sequences would all begin with the first of the alphabet."""
        names = [
            name
            for name, function in self.gestures().items()
            if name != self.refused_last
            and (not function.needs or self.there_are(function.needs))
            for _time in range(AIMED if name in self.aims else function.often)
        ]
        first = 31 * len(self.history) % len(names)
        return names[first:] + names[:first]

    def play(self, name, values):
        self.current = name
        self.history.append((name, values))
        try:
            self._play(name, values)
        except Exception as error:
            raise Fault(self.history, error) from error

    def _play(self, name, values):
        self.refused_last = name
        try:
            with self.undone_if_refused():
                getattr(self, name)(**values)
        except REFUSALS as error:
            assert not UNSAID.search(str(error)), f"{name}: {error}"
            self.played.refuse(name, error)
            return  # undone: all is as it was
        except IntegrityError as error:
            # The server says the sentence of the constraint instead.
            sentence = error.diag.message_primary or ""
            self.played.refuse(name, UserError(f"base de données, {sentence}"))
            return
        self.played.done[name] += 1
        self.refused_last = None
        self.books = Books(self.env, self.partners)
        self.check()

    @contextmanager
    def undone_if_refused(self):
        with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            yield
            self.env.flush_all()

    @classmethod
    def replay(cls, case, history):
        """Play some gestures again; return the fault that they lead to, or None."""
        machine = cls(case, Played())
        try:
            for name, values in history:
                needs = getattr(cls, name).needs
                if not needs or machine.there_are(needs):
                    machine.play(name, values)
            machine.finish()
        except Fault as fault:
            return fault
        finally:
            machine.undo()
        return None

    @classmethod
    def shrink(cls, case, fault):
        """Leave out every gesture without which the fault is still there."""
        at = len(fault.history) - 1
        while at >= 0 and len(fault.history) > 1:
            shorter = fault.history[:at] + fault.history[at + 1 :]
            found = cls.replay(case, shorter)
            if found and found.args[0][:30] == fault.args[0][:30]:
                fault = found
            at = min(at, len(fault.history)) - 1
        return fault

    # === Choosing ===
    def there_are(self, name):
        return getattr(self.books, name)

    def pick(self, name, which):
        """Return one row of some of the books.

        :param int which: 0 is the latest
        :raise UserError: there is none
        """
        rows = getattr(self.books, name)
        rows = list(rows.values() if isinstance(rows, dict) else rows)
        if not rows:
            raise UserError("Rien de tel")
        return rows[-1 - which % len(rows)]

    def record(self, model, row, user):
        return self.env[model].with_user(user).browse(row.id)

    def order(self, which, name="orders", user=None):
        row = self.pick(name, which)
        return self.record("sale.order", row, user or self.case.seller)

    def order_line(self, which, name="lines", user=None):
        row = self.pick(name, which)
        return self.record("sale.order.line", row, user or self.case.seller)

    def move(self, which, name="moves"):
        return self.record("account.move", self.pick(name, which), self.case.accountant)

    def collectivite(self, which):
        return self.partners[which % len(self.partners)]

    def convention(self, which):
        """Return the latest convention of a collectivité, as a manager opens it."""
        conventions = self.collectivite(which).convention_ids.sorted("id")
        if not conventions:
            raise UserError("Rien de tel")
        return conventions[-1].with_user(self.case.user_manager)

    def product(self, name):
        """Return a product by its code, or a variant of a forfait by « METIERS/S1 »."""
        if name == "USB":
            return self.case.pen
        forfait, _slash, stratum = name.partition("/")
        if stratum:
            template = getattr(self.case, forfait)
            return template._cdg47_variant_for(self.case.stratum(stratum))
        return self.case.service(name)
