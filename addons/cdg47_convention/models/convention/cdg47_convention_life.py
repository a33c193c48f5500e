# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.actions import opening
from ...lib.dates import end_of_year, paris_day, today_in_paris
from ...lib.plain_text import as_html
from ...reading.authority import check_manager, check_offered
from ...reading.coverage import counts_use_of, coverage
from ..money.quoting import quote_fees, quote_services, typing_action
from . import ending, signed_copy


class Cdg47ConventionLife(models.Model):
    """What happens to a convention: proposed, signed, used, ended."""

    _inherit = "cdg47.convention"

    # === Proposed ===
    def _propose(self, forced_stratum=None, forced_reason=None):
        """Draw the first term and its quotation from a draft (R1, Money lines).

        :param cdg47.stratum forced_stratum: stratum chosen by a manager
        :param str forced_reason: why, required with ``forced_stratum``
        :return: the quotation to be signed
        :rtype: sale.order
        :raise UserError: when no stratum can be decided or a price is missing
        """
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("Choose at least one forfait."))
        self._check_options_have_their_forfait()
        stratum, reason = self._decide_stratum(forced_stratum, forced_reason)
        # A term just cancelled must not stand in the way of its unique index.
        self.term_ids.flush_recordset(["state"])
        # Users read terms: their stratum is decided, here or by a manager.
        term_sudo = self.term_ids.sudo().create(
            {
                "convention_id": self.id,
                "date_start": self.date_start,
                "date_end": min(end_of_year(self.date_start), self.date_end),
                "stratum_id": stratum.id,
                "stratum_reason": reason,
            }
        )
        order = quote_fees(self, term_sudo.sudo(False), self.line_ids.forfait_id)
        term_sudo.order_id = order
        return order

    def _decide_stratum(self, forced_stratum=None, forced_reason=None):
        partner = self._in_partner_lang().partner_id
        if forced_stratum:
            if not forced_reason:
                raise UserError(
                    self.env._("Say why the stratum is chosen by hand: it is printed.")
                )
            return forced_stratum, forced_reason
        stratum, reason = partner._cdg47_stratum_at(self.date_start)
        if not stratum:
            raise UserError(reason)
        return stratum, reason

    def action_propose(self):
        """Draw the quotation of a draft whose stratum is decided by its facts."""
        self.check_access("write")
        for convention in self.filtered(lambda c: c.state == "draft"):
            if not convention.pending_order_id:
                convention._propose()
        return True

    def action_send(self):
        """Send the pending quotation to the signatory, who signs it in the portal."""
        self.check_access("write")
        template = self.env.ref("cdg47_convention.mail_template_convention_to_sign")
        for convention in self:
            order = convention.pending_order_id
            if not order:
                raise UserError(
                    self.env._(
                        "%(convention)s has no quotation to sign.",
                        convention=convention.display_name,
                    )
                )
            if not convention.signatory_id.email:
                raise UserError(
                    self.env._(
                        "%(convention)s: choose a signatory who has an e-mail address.",
                        convention=convention.display_name,
                    )
                )
            if order.state == "draft":
                order.action_quotation_sent()
            if convention.state == "draft":
                # Users do not write the state: sending is one of its causes.
                convention.sudo().state = "sent"
            order.message_subscribe(convention.signatory_id.ids)
            template.send_mail(order.id)
        return True

    def action_back_to_draft(self):
        """Take back a proposal that nobody has signed: its quotation is cancelled."""
        self.check_access("write")
        for convention in self.filtered(lambda c: c.state in ("draft", "sent")):
            # Users do not write the state: taking back is one of its causes.
            convention.sudo().state = "draft"
            convention.pending_order_id._action_cancel()
        return True

    def _quote_services(self, lines, allow_missing_price=False):
        """Draw the quotation of services: see ``quote_services``.

        :rtype: sale.order
        """
        self.ensure_one()
        return quote_services(self, lines, allow_missing_price)

    def _schedule_request(self, document, product, quantity, note, author):
        """Tell who follows the convention what is asked for."""
        convention = self._in_manager_lang()
        managers = self.env.ref("cdg47_convention.group_convention_manager").user_ids
        said = convention.env._(
            "Asked for in the portal by %(name)s. %(note)s", name=author.name, note=note
        )
        document.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=convention.env._(
                "Service asked for: %(service)s, %(quantity)s",
                service=product.name,
                quantity=product.uom_id._cdg47_format(quantity),
            ),
            # What a contact types is text: no link of theirs lives in an activity.
            note=as_html(said),
            user_id=(self.user_id or managers[:1]).id,
        )

    # === Signed ===
    def _signature_obstacle(self, order=None):
        """Return the sentence that says why a quotation cannot be signed, or False.

        :param sale.order order: quotation of this convention, else the pending one
        """
        self.ensure_one()
        order = order or self.pending_order_id
        is_fee = any(line.cdg47_kind == "fee" for line in order.order_line)
        if is_fee and self.state in ("terminated", "expired"):
            return self.env._(
                "%(convention)s has ended: nothing can be added to it.",
                convention=self.display_name,
            )
        if is_fee and order.term_id.state == "cancelled":
            return self.env._(
                "%(order)s was taken back: draw a new quotation from the convention.",
                order=order.name,
            )
        if self.state not in ("draft", "sent"):
            return False
        if not self.company_id.cdg47_deliberation_required:
            return False
        if self.deliberation_number and self.deliberation_date:
            return False
        return self.env._(
            "Enter the number and the date of the deliberation that approves the "
            "convention before it is signed."
        )

    def _on_order_signed(self, order):
        """Put in force what a signed quotation says: a convention or an amendment."""
        self.ensure_one()
        if self.state in ("draft", "sent"):
            self._activate(order)
        elif self.state == "active":
            self._amend(order)

    def _on_order_refused(self, order):
        """Go back to a draft when the quotation that awaited a signature is refused."""
        self.ensure_one()
        if order.term_id.state == "draft":
            order.term_id.state = "cancelled"
        if self.state == "sent" and not self.pending_order_id:
            self.state = "draft"
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self._in_manager_lang().env._("Proposal refused or cancelled"),
                user_id=self.user_id.id or self.env.uid,
            )
        elif self.env.user.share:
            managers = self.env.ref("cdg47_convention.group_convention_manager")
            order.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self._in_manager_lang().env._(
                    "%(order)s refused by %(name)s",
                    order=order.name,
                    name=self.env.user.name,
                ),
                user_id=(order.user_id or self.user_id or managers.user_ids[:1]).id,
            )

    def _activate(self, order):
        """Make a signed convention active (guarded: one per collectivité at a date)."""
        self.ensure_one()
        obstacle = self._signature_obstacle(order)
        if obstacle:
            raise UserError(obstacle)
        self.env["cdg47.ledger"]._guard(self.partner_id)
        self.line_ids.order_id = order
        self.write({"state": "active", **self._signature_values(order)})
        order.term_id.state = "open"
        accesses = self.env["cdg47.service.activation"]
        accesses._open_for(self, self.line_ids.forfait_id)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self._in_manager_lang().env._("Counter-signature by the CDG"),
            user_id=self.user_id.id or self.env.uid,
        )
        if self.signature_kind == "portal":
            # Its copy is rendered once the signature is committed (R6).
            self.env.ref("cdg47_convention.cron_attach_signed_copies").sudo()._trigger()

    def _signature_values(self, order):
        """Return what the convention keeps of the signature of its quotation."""
        return {
            "signed_by": order.signed_by or self.signed_by,
            "signed_on": order.signed_on or self.signed_on or fields.Datetime.now(),
            "signature": order.signature,
            "signature_kind": "portal" if order.signature else "paper",
        }

    def _amend(self, order):
        """Add the forfaits of a signed amendment, from the day it says."""
        self.env["cdg47.ledger"]._guard(self.partner_id)
        added = order.order_line.filtered(lambda line: line.cdg47_kind == "fee")
        new_lines = added.filtered(self._adds)
        self.line_ids.create(
            [
                {
                    "convention_id": self.id,
                    "forfait_id": line.product_template_id.id,
                    "date_start": line.cdg47_date_start,
                    "order_id": order.id,
                }
                for line in new_lines
            ]
        )
        accesses = self.env["cdg47.service.activation"]
        accesses._open_for(self, new_lines.product_template_id)
        if new_lines:
            self.message_post(
                body=self.env._(
                    "Amendment signed: %(forfaits)s.",
                    forfaits=", ".join(new_lines.product_template_id.mapped("name")),
                )
            )

    def action_countersign(self):
        """Record the counter-signature of the CDG."""
        check_manager(self.env)
        for convention in self:
            if convention.state != "active" or convention.countersigned_on:
                raise UserError(
                    self.env._(
                        "%(convention)s has nothing to counter-sign.",
                        convention=convention.display_name,
                    )
                )
            convention.sudo().write(
                {
                    "countersigned_by_id": self.env.uid,
                    "countersigned_on": today_in_paris(),
                }
            )
            convention._in_manager_lang().activity_feedback(
                ["mail.mail_activity_data_todo"]
            )
        return True

    def action_attach_signed_copy(self):
        """Render and keep the signed copy of conventions that still lack it."""
        self.check_access("write")
        missing = self.filtered_domain(signed_copy.MISSING)
        if not missing:
            raise UserError(
                self.env._("Only a convention signed in the portal lacks its copy.")
            )
        for convention in missing:
            signed_copy.attach(convention)
        return True

    @api.model
    def _cron_attach_signed_copies(self):
        """Attach the missing signed copies; one that cannot be rendered is retried."""
        missing = self.search(signed_copy.MISSING)
        self.env["ir.cron"]._cdg47_each(missing, signed_copy.attach)

    def _get_report_base_filename(self):
        self.ensure_one()
        return f"Convention {self.name}".replace("/", "-")

    # === Used ===
    def _check_coverage(self, product, quantity, uom, date, scope=None):
        """Tell what would be covered and billed; write nothing.

        :param product.product product: the service asked for
        :param float quantity: in ``uom``
        :param date: day of the service, or its moment in UTC
        :param cdg47.software scope: the software, for a right by software
        :return: ``covered``, ``billable`` and ``left`` in ``uom`` (infinite when there
            is no limit), ``reason``, ``article``, ``overage_product``, ``unit_price``
            per unit of it, ``next_date``; ``obstacle``, what must be held first (R9):
            sentence, action and label of the button that leads on, or None
        :rtype: dict
        """
        self.ensure_one()
        return coverage(
            self,
            product,
            quantity,
            uom,
            paris_day(date),
            scope or self.env["cdg47.software"],
        )

    def _consume(self, product, quantity, uom, date, origin=None, scope=None):
        """Enter a use of a service in the ledger.

        :param models.Model origin: the ticket, the registration… it comes from
        :return: the fact, its split and its verdict
        :rtype: cdg47.consumption
        :raise UserError: when no forfait held counts the use of this service
        :raise RedirectWarning: when something must be held first (R9), with the button
            that leads on
        """
        self.ensure_one()
        day = paris_day(date)
        scope = scope or self.env["cdg47.software"]
        if not counts_use_of(self.partner_id, product, day):
            raise UserError(
                self.env._(
                    "%(service)s: no right of %(name)s counts its use on %(date)s.",
                    service=product.name,
                    name=self.partner_id.name,
                    date=self._format_date(day),
                )
            )
        self.partner_id._cdg47_check_prerequisites([(self.partner_id, product, day)])
        return self.env["cdg47.consumption"].create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "product_id": product.id,
                    "scope_id": scope.id,
                    "date": day,
                    "quantity": quantity,
                    "uom_id": uom.id,
                    "origin": f"{origin._name},{origin.id}" if origin else False,
                }
            ]
        )

    # === Ended ===
    def _notice_end_date(self, notice_date):
        """Return the last day of a convention whose notice is received on a date.

        With the notice of the settings before 31 December: that day; else a year later.

        :rtype: datetime.date
        """
        self.ensure_one()
        year_end = end_of_year(notice_date)
        months = self.company_id.cdg47_notice_months
        limit = fields.Date.subtract(date(notice_date.year + 1, 1, 1), months=months)
        if notice_date >= limit:
            year_end = date(notice_date.year + 1, 12, 31)
        return min(year_end, self.agreed_date_end or self.date_end)

    def _terminate(self, end_date, reason, notice_date=None, end_reason=None):
        """End a convention on a date, for a reason; fees already owed stay owed.

        :param datetime.date end_date: last day included
        :param str reason: printed and tracked; empty: that of the list
        :param datetime.date notice_date: day the notice was received, if it is one
        :param cdg47.end.reason end_reason: what the ends are counted by
        """
        self.ensure_one()
        check_manager(self.env)
        ending.terminate(self, end_date, reason, notice_date, end_reason)

    def action_cancel_termination(self):
        """Take back a notice or a termination that has not taken effect yet."""
        check_manager(self.env)
        for convention in self.filtered(
            lambda c: c.state == "active" and c.termination_date
        ):
            ending.take_back(convention)
        return True

    @api.model
    def _cron_expire(self):
        """Close the conventions whose last day is past, however late the cron runs."""
        self.env["cdg47.mandate"]._end_links_of_the_week()
        ended = self.search(
            [("state", "=", "active"), ("date_end", "<", today_in_paris())]
        )
        ending.expire(ended)

    # === What its buttons open ===
    def action_view_orders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale.action_quotations_with_onboarding"
        )
        return opening(action, self.order_ids)

    def action_view_invoices(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        return opening(action, self._invoices())

    def action_view_activations(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_service_activation_action"
        )
        action["domain"] = [("convention_id", "in", self.ids)]
        action["context"] = {"default_convention_id": self[:1].id}
        return action

    def _invoices(self):
        return self.env["account.move"].search(
            [("cdg47_convention_id", "in", self.ids)]
        )

    def action_preview_portal(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "target": "self", "url": self.access_url}

    def action_view_quota_sheet(self):
        """Open what its collectivité has of each line of Annexe 1."""
        return self.partner_id.action_view_quota_sheet()

    def action_quote(self):
        """« Faire un devis »: a quotation of this convention, typed at once."""
        return typing_action(self)

    def action_quote_overage(self):
        """Prepare the quotation of all that these collectivités have to settle."""
        return self.partner_id.action_cdg47_quote_overage()

    # === In the portal ===
    def _cdg47_is_of_collectivite(self):
        return True

    # === The menu « Actions », which knows no state ===
    def _open_assistant(self, name, states):
        """Open an assistant on this convention, when its state allows it.

        :param str name: external id of its action
        :raise UserError: for another state
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"cdg47_convention.{name}"
        )
        check_offered(self, action["name"], self.state in states)
        action["context"] = {
            "default_convention_id": self.id,
            "display_default_code": False,
        }
        return action

    def _take_back_proposal(self):
        """Take back what is proposed; a signed convention has nothing of the kind."""
        is_proposed = self.state in ("draft", "sent") and self.pending_order_id
        check_offered(self, self.env._("Take back the proposal"), is_proposed)
        return self.action_back_to_draft()
