# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every term of our add-ons is in the catalogues, in French, and well written there."""

import copy
import csv
import html
import io
import re
from collections import Counter
from datetime import date
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

ADDONS = Path(__file__).resolve().parents[1] / "addons"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdif]\b|\{\{.*?\}\}|\$?\{.*?\}", re.DOTALL)
NAMES = re.compile(r"%\((\w+)\)")
TAG = re.compile(r"<(/?)(\w[\w-]*)[^>]*?(/?)>", re.DOTALL)
# Words that no French sentence holds: a translation left half-way has one.
ENGLISH = re.compile(
    r"\b(?:the|of|and|with|this|that|from|when|which|its|is|are|be|by|not)\b",
    re.IGNORECASE,
)
# Before these, and inside guillemets, French has a space where no line breaks.
LOOSE = re.compile(r"« | [»:;?!€]|[\w)»][:;?!](?=\s|$)")
# « d'Agmé », « du Passage »: no sentence knows the name that it will hold.
ELIDED = re.compile(r"\b(?:de|que) %\((?:name|other|holder|partner|sender|agent)\)s")
# Written alike in both languages, or a name of the convention that is never translated.
SAME_IN_FRENCH = frozenset(
    re.split(
        r"\s*[|\n]\s*",
        """\
        %(count)s agents
        (PDF)|, version|- code|Absent|Agent, collectivité|Attestation|Attestations
        Convocation|Convocation %(agent)s.pdf|Convocation (PDF)|Convocations
        Participation|Programme|Règlement intérieur|Session|Sessions|Version
        Assistance|Assistance aux collectivités|Cause|Conversation|Description
        Hélios, Chorus Pro|Urgent
        , SIRET|&amp;nbsp;%|<span class="visually-hidden">Page </span>
        Accompagnement numérique|Active|Affiliation|Agent|Agents|Annexe 1|Annexes
        SIREN|Budget|object._get_report_base_filename().replace('Convention', 'Budget')
        Article|Bordereau|CDG|Code|Collectivité|Collectivités|Commune|Communes|Condition
        Configuration|Contact|Convention|Conventions|Date|Dates|Document|Documents
        Engagement|EPCI|Journal|Obstacle|Quotas|Simulation|Titre
        Factur-x/XRechnung CII 2.2.0|forfait|forfaits
        Forfait|Forfait Métiers|Forfait Technologie|Forfaits|ID|Licence|licence
        licences|Licences|Message|Messages|Mobile
        Nom de domaine propre de la collectivité|Note
        Codes|object._get_report_base_filename()|Observations|Option|option|Options|PDF
        Parapheur électronique|Participants|Quota|RGS *|RGS ***|SIRET
        Service|Services|Signature|Signatures|Source
        Tarifs CDG 47|Total|Type|Verdict|Vote""".strip(),
    )
)


def annex_texts(addon):
    """Return the texts of the annexes' CSV files: French already, printed as they are.

    :rtype: frozenset[str]
    """
    texts = set()
    for path in (ADDONS / addon / "data" / "annexes").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            texts.update(*(row.values() for row in csv.DictReader(stream)))
    return frozenset(texts)


def faults(wanted, french, texts):
    """Return what is wrong in a French catalogue.

    :param set[str] wanted: the terms that must be in it
    :param polib.POFile french: the catalogue
    :param frozenset[str] texts: the terms whose French is themselves
    :rtype: list[str]
    """
    known = {entry.msgid for entry in french if not entry.obsolete}
    missing = [f"missing: {term!r}" for term in sorted(wanted - known)]
    doubled = [
        f"twice: {term!r}"
        for term, count in Counter(entry.msgid for entry in french).items()
        if count > 1
    ]
    return [
        *missing,
        *doubled,
        *(f"{fault}: {e.msgid!r}" for e in french for fault in _of_entry(e, texts)),
    ]


def _of_entry(entry, texts):
    source, target = entry.msgid, entry.msgstr
    if entry.fuzzy:
        yield "fuzzy"
    if "odoo-python" in entry.comment and not (
        _formats(source, source) and _formats(target, source)
    ):
        yield "does not format"
    if not target.strip():
        yield "empty"
    elif source in texts and _is_of_catalogue(entry):
        if target != source:
            yield "text of the annexes rewritten"
    else:
        yield from _of_translation(source, target)


def _of_translation(source, target):
    if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(target)):
        yield "other placeholders"
    if _shape(source) != _shape(target):
        yield "other tags"
    words = html.unescape(html.unescape(TAG.sub("", PLACEHOLDER.sub("", target))))
    if LOOSE.search(words):
        yield "no space, or one that breaks"
    if ELIDED.search(target):
        yield "« de » or « que » before a name"
    if source == target and source not in SAME_IN_FRENCH:
        yield "not translated"
    elif ENGLISH.search(words):
        yield "English left"


def _formats(text, source):
    """Tell whether a text is complete once formatted with the names of its source."""
    names = NAMES.findall(source)
    if not names:
        return True  # formatted by nobody
    try:
        return "%(" not in text % dict.fromkeys(names, 1)
    except (KeyError, TypeError, ValueError):
        return False


def _is_of_catalogue(entry):
    """Tell the records made from the CSV files from the terms of the code."""
    return all(place.startswith("model:product.") for place, _ in entry.occurrences)


def _shape(text):
    """Return the tags of a text, counted: their order may follow the sentence.

    :rtype: Counter[tuple[str, str, str]]
    """
    return Counter(TAG.findall(text))


@tagged("standard", "post_install", "-at_install")
class TestTranslations(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addons = sorted(p.parent.name for p in ADDONS.glob("*/__manifest__.py"))
        cls.exported = {addon: cls._export(addon) for addon in cls.addons}

    @classmethod
    def _export(cls, addon):
        """Return the terms Odoo finds in an installed add-on.

        :rtype: set[str]
        """
        stream = io.BytesIO()
        trans_export(None, [addon], stream, "po", cls.env)
        return {entry.msgid for entry in polib.pofile(stream.getvalue().decode())}

    def _catalogue(self, addon, name):
        path = ADDONS / addon / "i18n" / name
        self.assertTrue(path.exists(), f"{addon}: no i18n/{name}")
        return polib.pofile(str(path))

    def test_every_term_is_in_french(self):
        for addon in self.addons:
            with self.subTest(addon):
                template = self._catalogue(addon, f"{addon}.pot")
                wanted = self.exported[addon] | {entry.msgid for entry in template}
                french = self._catalogue(addon, "fr.po")
                self.assertEqual(faults(wanted, french, annex_texts(addon)), [])

    def test_template_is_up_to_date(self):
        for addon in self.addons:
            with self.subTest(addon):
                template = {
                    entry.msgid for entry in self._catalogue(addon, f"{addon}.pot")
                }
                self.assertEqual(sorted(template ^ self.exported[addon]), [])

    def test_odoo_serves_the_french(self):
        """The catalogue is loaded: code, view, mail, and a record of another module."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["cdg47_convention"], ["fr_FR"])
        env = self.env(context={"lang": "fr_FR"})
        served = {
            "Convention active": env["res.partner"]
            .fields_get(["active_convention_id"])["active_convention_id"]
            .get("string"),
            "heure": env.ref("uom.product_uom_hour").cdg47_noun,
            "Contresigner": env.ref("cdg47_convention.cdg47_convention_view_form").arch,
            "Madame, Monsieur": env.ref(
                "cdg47_convention.mail_template_convention_to_sign"
            ).body_html,
            "et plus": env.ref("cdg47_convention.stratum_s9").display_name,
            "1er janvier 2027": env["ir.qweb.field.date"].value_to_html(
                date(2027, 1, 1), {"format": "d MMMM y"}
            ),
            "11 janvier 2027": env["ir.qweb.field.date"].value_to_html(
                date(2027, 1, 11), {"format": "d MMMM y"}
            ),
        }
        for french, text in served.items():
            with self.subTest(french):
                self.assertIn(french, text)

    def test_faults_are_found(self):
        """Negative control: each fault, made in a sound catalogue, is reported."""
        sound = polib.POFile()
        for source, target in {
            "The end on %(date)s": "La fin le %(date)s",
            "<b>Read</b> {{ object.name }}": "<b>Lire</b> {{ object.name }}",
            "Really?": "Vraiment\N{NO-BREAK SPACE}?",
            "Convention": "Convention",
        }.items():
            sound.append(polib.POEntry(msgid=source, msgstr=target))
        in_annexes = [("model:product.template,name:cdg47_convention.x", "")]
        sound.append(
            polib.POEntry(
                msgid="Conseil en équipement",
                msgstr="Conseil en équipement",
                occurrences=in_annexes,
            )
        )
        wanted = {entry.msgid for entry in sound}
        texts = frozenset({"Conseil en équipement"})
        self.assertEqual(faults(wanted, sound, texts), [])
        self.assertEqual(faults(wanted | {"New"}, sound, texts), ["missing: 'New'"])
        for row, target, fault in (
            (0, "", "empty"),
            (0, "La fin", "other placeholders"),
            (0, "La fin le %(jour)s", "other placeholders"),
            (0, "The end le %(date)s", "English left"),
            (1, "<b>Lire {{ object.name }}", "other tags"),
            (1, "<b>Lire</b> {{ object.nom }}", "other placeholders"),
            (2, "Vraiment ?", "no space, or one that breaks"),
            (2, "Vraiment?", "no space, or one that breaks"),
            (1, "<b>Read</b> {{ object.name }}", "not translated"),
            (4, "Conseil", "text of the annexes rewritten"),
        ):
            with self.subTest(fault, target=target):
                spoiled = copy.deepcopy(sound)
                spoiled[row].msgstr = target
                expected = f"{fault}: {spoiled[row].msgid!r}"
                self.assertEqual(faults(wanted, spoiled, texts), [expected])
        spoiled = copy.deepcopy(sound)
        spoiled[0].comment = "odoo-python"
        spoiled[0].msgstr = "À 80 % le %(date)s"
        self.assertEqual(
            faults(wanted, spoiled, texts), ["does not format: 'The end on %(date)s'"]
        )
        spoiled = copy.deepcopy(sound)
        spoiled[0].msgid, spoiled[0].msgstr = "End of %(name)s", "Fin de %(name)s"
        self.assertEqual(
            faults({e.msgid for e in spoiled}, spoiled, texts),
            ["« de » or « que » before a name: 'End of %(name)s'"],
        )
        spoiled = copy.deepcopy(sound)
        spoiled[0].flags.append("fuzzy")
        self.assertEqual(
            faults(wanted, spoiled, texts), ["fuzzy: 'The end on %(date)s'"]
        )
        spoiled = copy.deepcopy(sound)
        spoiled.append(copy.deepcopy(sound[0]))
        self.assertEqual(
            faults(wanted, spoiled, texts), ["twice: 'The end on %(date)s'"]
        )
