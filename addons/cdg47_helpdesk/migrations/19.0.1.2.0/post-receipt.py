# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The dated receipt also answers a sender whose collectivité is not known yet.

Mails belong to their users: only the words that would fail or say nothing change.
"""

NAMED = '<t t-out="object.collectivite_id.name"/>'
LINK = '<p><a t-attf-href="{{ object.get_base_url() }}/my/ticket/{{ object.id }}">'
WORDS = [
    (f", {word} {NAMED}", f'<t t-if="object.collectivite_id">, {word} {NAMED}</t>')
    for word in ("for", "pour")
] + [(LINK, LINK.replace("<p>", '<p t-if="object.collectivite_id">'))]


def migrate(cr, version):
    cr.execute(
        "SELECT res_id FROM ir_model_data WHERE module = 'cdg47_helpdesk' "
        "AND name = 'mail_template_receipt'"
    )
    for (template_id,) in cr.fetchall():
        cr.execute(
            """
            UPDATE mail_template
               SET partner_to = replace(
                       partner_to, '{{ object.partner_id.id }}',
                       '{{ object.partner_id.id or '''' }}'
                   ),
                   lang = replace(
                       lang, '{{ object.collectivite_id._cdg47_lang() }}',
                       '{{ (object.collectivite_id or object.company_id.partner_id)'
                       '._cdg47_lang() }}'
                   )
             WHERE id = %s
            """,
            [template_id],
        )
        cr.execute(
            "SELECT key, value FROM mail_template, jsonb_each_text(body_html) "
            "WHERE id = %s",
            [template_id],
        )
        for lang, body in cr.fetchall():
            for old, new in WORDS:
                body = body.replace(old, new)
            cr.execute(
                "UPDATE mail_template SET body_html = "
                "jsonb_set(body_html, %s, to_jsonb(%s::text)) WHERE id = %s",
                [[lang], body, template_id],
            )
