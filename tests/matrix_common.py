# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two communes with everything, twelve persons, and the table of who sees what."""

from dataclasses import dataclass
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user
from odoo.tools import file_open

from odoo.addons.cdg47_convention.tests.portal_common import PortalCase
from odoo.addons.cdg47_helpdesk.tests.common import HelpdeskMixin
from odoo.addons.cdg47_training.tests.common import TrainingMixin

TABLE = "cdg47_convention/readme/READERS.md"
MODULES = ("cdg47_convention", "cdg47_helpdesk", "cdg47_training")
SHARED = ("agent", "secretary", "signatory", "former", "nobody", "anonymous")
STAFF = (
    "employee",
    "technician",
    "trainer",
    "accountant",
    "user",
    "manager",
)
PERSONS = SHARED + STAFF
CHANGES = {"c": "create", "d": "unlink", "w": "write"}
# What each sight of the table names: none, one's own affairs, those of the
# collectivité, all.
SIGHTS = ("-", "own", "collectivité", "all")


@dataclass
class Sample:
    """Records of one model: of the agent, of its commune, of another commune."""

    own: object
    ours: object
    theirs: object

    def seen(self, sight):
        if sight == "-":
            return self.own.browse()
        if sight == "own":
            return self.own
        if sight == "collectivité":
            return self.own | self.ours
        return self.own | self.ours | self.theirs

    @property
    def all(self):
        return self.own | self.ours | self.theirs


@dataclass
class Cell:
    """One cell of the table: « collectivité » or « all cw »."""

    sight: str
    changes: str = ""

    @classmethod
    def parse(cls, text):
        return cls(*text.split())


def read_table():
    """Return the cells of the table of the readme, by model and person.

    :rtype: dict[str, dict[str, Cell]]
    """
    table = {}
    with file_open(TABLE) as stream:
        for line in stream:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if line.startswith("| `"):
                table[cells[0].strip("`")] = dict(
                    zip(PERSONS, map(Cell.parse, cells[1:]), strict=True)
                )
    return table


class MatrixCase(HelpdeskMixin, TrainingMixin, PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_training()
        cls._set_up_helpdesk()
        (cls.commune_a | cls.commune_b).software_editor_id = cls.editor
        cls.agent = cls.new_contact("agent_m", cls.commune_a, role="agent")
        cls.mayor = cls.new_contact("mayor_m", cls.commune_a, role="signatory")
        cls.users = {
            "agent": cls.agent,
            "secretary": cls.user_a,
            "signatory": cls.mayor,
            "former": cls.user_former,
            "nobody": cls.user_nobody,
            "anonymous": cls.env.ref("base.public_user"),
            "employee": new_test_user(cls.env, "plain", groups="base.group_user"),
            "technician": cls.technician,
            "trainer": cls.trainer,
            "accountant": cls.user_accountant,
            "user": cls.user_user,
            "manager": cls.user_manager,
        }
        cls.samples = cls._samples()
        cls.table = read_table()
        cls.rights_only = set(cls.table) - set(cls.samples)
        cls.env.flush_all()

    # === Records of every kind ===
    @classmethod
    def _samples(cls):
        session = cls.make_session(days=[date(cls.year, 5, 4)])
        ours = cls._affairs(cls.commune_a, cls.user_a.partner_id, session)
        theirs = cls._affairs(cls.commune_b, cls.user_b.partner_id, session)
        own = cls._affairs(cls.commune_a, cls.agent.partner_id, session)
        samples = {}
        for kind, record in ours.items():
            mine = own[kind]
            samples[record._name] = Sample(mine - record, record, theirs[kind])
        for kind, record in cls.data_a.items():
            if record._name == "ir.attachment" or record._name in samples:
                continue
            if kind in ("draft_convention", "sent_order", "draft_order"):
                continue
            none = record.browse()
            samples[record._name] = Sample(none, record, cls.data_b[kind])
        allocation = cls._new_allocation(cls.commune_a)
        allocation.holder_id = cls.agent.partner_id
        samples["cdg47.allocation"].own = allocation
        samples["cdg47.mandate"].own = cls.agent.partner_id.own_mandate_ids
        samples["res.partner"] = Sample(
            cls.agent.partner_id,
            cls.user_a.partner_id,
            cls.commune_b | cls.user_b.partner_id,
        )
        for name in ("event.event", "cdg47.training.half.day"):
            shared = session if name == "event.event" else session.half_day_ids
            samples[name] = Sample(shared.browse(), shared.browse(), shared)
        for name, field in (
            ("cdg47.consumption", "partner_id"),
            ("cdg47.entitlement", "partner_id"),
            ("cdg47.grant", "entitlement_id.partner_id"),
            ("cdg47.ledger", "partner_id"),
        ):
            found = [
                cls.env[name].search([(field, "=", commune.id)], limit=1)
                for commune in (cls.commune_a, cls.commune_b)
            ]
            samples[name] = Sample(found[0].browse(), *found)
        return samples

    @classmethod
    def _affairs(cls, commune, contact, session):
        """Give a contact a registration held, a request, a wish, a ticket.

        :rtype: dict[str, models.Model]
        """
        registration = session._training_register(commune, contact, acceptance="portal")
        half_day = session.half_day_ids
        attestations = cls.env["cdg47.training.attestation"]
        ticket = cls.ttim(hours=2.0, partner=commune)
        ticket.partner_id = contact
        return {
            "registration": registration,
            "participation": cls.env["cdg47.training.participation"].search(
                [("collectivite_id", "=", commune.id)], limit=1
            ),
            "convocation": registration.convocation_ids.create(
                {
                    "registration_id": registration.id,
                    "agent_id": contact.id,
                    "version": 1,
                }
            ),
            "attendance": cls.env["cdg47.training.attendance"].create(
                {"registration_id": registration.id, "half_day_id": half_day.id}
            ),
            "attestation": attestations.create(
                {
                    "name": f"ATT/{contact.id}",
                    "registration_id": registration.id,
                    "agent_id": contact.id,
                    "agent_name": contact.name,
                    "collectivite_name": commune.name,
                    "title": session.name,
                    "dates": str(cls.today),
                    "issued_on": cls.today,
                    "hours": 3.5,
                }
            ),
            "interest": cls.env["cdg47.training.interest"].create(
                {
                    "name": "Paie",
                    "collectivite_id": commune.id,
                    "contact_id": contact.id,
                }
            ),
            "request": cls.env["cdg47.training.request"].create(
                {
                    "name": "Paie",
                    "collectivite_id": commune.id,
                    "contact_id": contact.id,
                }
            ),
            "ticket": ticket,
            "remote": cls.env["cdg47.remote.session"].create(
                {"ticket_id": ticket.id, "consent_by": contact.name}
            ),
        }

    @classmethod
    def guarded_models(cls):
        """Return the models that our add-ons give a rule or a right, assistants apart.

        :rtype: set[str]
        """
        named = cls.env["ir.model.data"].search(
            [
                ("module", "in", MODULES),
                ("model", "in", ("ir.model.access", "ir.rule")),
            ]
        )
        models = {
            cls.env[data.model].browse(data.res_id).model_id.model for data in named
        }
        return {
            name for name in models if name in cls.env and not cls.env[name]._transient
        }

    # === What the table says, and what happens ===
    def cell(self, model, person):
        return self.table[model][person]

    def check_sight(self, model, person, way):
        sample = self.samples[model]
        expected = sample.seen(self.cell(model, person).sight)
        found = getattr(self, f"_by_{way}")(sample, self.users[person], expected)
        self.assertEqual(found, expected, f"{found} instead of {expected}")

    def _refused(self, function, *args, **kwargs):
        """Return what a call answers, None when it is refused."""
        self.env.invalidate_all()
        try:
            return function(*args, **kwargs)
        except (AccessError, UserError):
            return None

    def _by_read(self, sample, user, expected):
        names = [
            name
            for name, field in sample.all._fields.items()
            if field.store and field.type != "binary"
        ]
        seen = sample.all.browse()
        for record in sample.all:
            reader = record.with_user(user)
            rows = self._refused(call_kw, reader.browse(), "read", [record.ids], {})
            if rows is None:
                # Some fields ask for more than the record.
                rows = self._refused(reader.read, [names[0]])
            if rows:
                seen |= record
        return seen

    def _by_search(self, sample, user, expected):
        rows = self._refused(
            call_kw,
            sample.all.with_user(user).browse(),
            "search_read",
            [[("id", "in", sample.all.ids)]],
            {"fields": ["id"]},
        )
        return sample.all.browse(sorted(row["id"] for row in rows or [])) & sample.all

    def _by_fields(self, sample, user, expected):
        """Search with the values of what is not to be seen."""
        hidden = (sample.all - expected)[:1]
        found = sample.all.browse()
        if not hidden or not hidden.browse().with_user(user).has_access("read"):
            return expected
        for name, field in hidden._fields.items():
            if not field.store or field.type in ("binary", "html", "properties"):
                continue
            value = hidden.sudo()[name]
            value = value.ids if field.relational else [value]
            domain = [(name, "in", value), ("id", "in", sample.all.ids)]
            rows = self._refused(hidden.with_user(user).search, domain)
            found |= (rows or hidden.browse()).with_env(self.env)
        self.assertFalse(found - expected)
        return expected

    def _by_group(self, sample, user, expected):
        rows = self._refused(
            call_kw,
            sample.all.with_user(user).browse(),
            "formatted_read_group",
            [[("id", "in", sample.all.ids)]],
            {"aggregates": ["__count"]},
        )
        count = rows[0]["__count"] if rows else 0
        return expected if count == len(expected) else sample.all.browse(count)

    def _by_export(self, sample, user, expected):
        hidden = sample.all - expected
        for record in hidden:
            rows = self._refused(
                call_kw,
                record.with_user(user).browse(),
                "export_data",
                [record.ids, ["display_name"]],
                {},
            )
            self.assertFalse(rows)
        return expected


def write_table(case):
    """Return the table as it is today, to be read by somebody before it is kept."""
    lines = [f"| model | {' | '.join(PERSONS)} |", "|---" * (len(PERSONS) + 1) + "|"]
    for model in sorted(set(case.samples) | case.guarded_models()):
        cells = []
        for person in PERSONS:
            user = case.users[person]
            records = case.env[model].with_user(user)
            sight = "all" if records.has_access("read") else "-"
            if model in case.samples:
                sample = case.samples[model]
                seen = case._by_search(sample, user, None)
                sight = next(
                    (s for s in SIGHTS if sample.seen(s) == seen), f"?{len(seen)}"
                )
            changes = "".join(
                letter
                for letter, op in sorted(CHANGES.items())
                if records.has_access(op)
            )
            cells.append(f"{sight} {changes}".strip())
        lines.append(f"| `{model}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
