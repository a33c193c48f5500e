# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import re
import zipfile

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from ..models.attendance.cdg47_training_attestation import ALPHABET, CODE_LENGTH
from .registration import RegistrationPortal

CODE = re.compile(f"[{ALPHABET}]{{{CODE_LENGTH}}}")
# Beyond it a zip is asked for a year or a collectivité.
MOST = 200


class AttestationPortal(RegistrationPortal):
    """« Mes attestations », and the page where anybody checks one by its code."""

    def _attestation_criteria(self, kwargs):
        own_sudo = self._my_collectivites_sudo()
        text = kwargs.get("annee") or ""
        wanted = kwargs.get("collectivite") or ""
        return {
            "annee": text if re.fullmatch(r"20\d\d", text) else "",
            "collectivite": int(wanted)
            if wanted.isascii() and wanted.isdigit() and int(wanted) in own_sudo.ids
            else False,
        }

    def _attestation_domain(self, criteria):
        domain = Domain("collectivite_id.is_my_collectivite", "=", True) & Domain(
            "state", "=", "valid"
        )
        if criteria["collectivite"]:
            domain &= Domain("collectivite_id", "=", criteria["collectivite"])
        if criteria["annee"]:
            domain &= Domain("name", "=like", f"ATT/{criteria['annee']}/%")
        return domain

    @http.route(
        ["/my/attestations", "/my/attestations/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_attestations(self, page=1, **kwargs):
        criteria = self._attestation_criteria(kwargs)
        found, pager = self._paginate(
            request.env["cdg47.training.attestation"],
            "/my/attestations",
            self._attestation_domain(criteria),
            "name desc, id desc",
            page,
            criteria,
        )
        values = {
            **self._prepare_portal_layout_values(),
            **criteria,
            "page_name": "attestations",
            "attestations": found,
            "pager": pager,
            "collectivites": self._my_collectivites_sudo(),
        }
        return request.render("cdg47_training.portal_attestations", values)

    @http.route(
        "/my/attestations/<int:attestation_id>", type="http", auth="user", website=True
    )
    def portal_attestation(self, attestation_id, **kwargs):
        attestation_sudo = self._own_record_sudo(
            "cdg47.training.attestation", attestation_id
        )
        return self._file(attestation_sudo._pdf())

    @http.route("/my/attestations/zip", type="http", auth="user", website=True)
    def portal_attestations_zip(self, **kwargs):
        """Download the attestations of the list in one file."""
        criteria = self._attestation_criteria(kwargs)
        found_sudo = request.env["cdg47.training.attestation"].search(
            self._attestation_domain(criteria), limit=MOST
        ).sudo()  # fmt: skip
        if not found_sudo:
            raise NotFound()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for attestation_sudo in found_sudo:
                name = f"{attestation_sudo._get_report_base_filename()}.pdf"
                archive.writestr(name, attestation_sudo._pdf().raw)
        return request.make_response(
            packed.getvalue(),
            [
                ("Content-Type", "application/zip"),
                ("Content-Disposition", 'attachment; filename="attestations.zip"'),
            ],
        )

    # === Anybody, by the code ===
    @http.route(
        ["/formation/attestation", "/formation/attestation/<string:code>"],
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def verify_attestation(self, code="", **kwargs):
        """Say whether a code is that of an attestation, and what it certifies.

        Nothing else: neither its agent's other trainings, nor a link to its PDF.
        """
        code = "".join((code or "").upper().split())
        attestation_sudo = request.env["cdg47.training.attestation"].sudo()
        if CODE.fullmatch(code):
            attestation_sudo = attestation_sudo.search([("code", "=", code)])
        response = request.render(
            "cdg47_training.verify_attestation",
            {"code": code, "attestation": attestation_sudo[:1]},
        )
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Cache-Control"] = "no-store"
        return response
