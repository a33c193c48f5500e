# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who was registered before knows the dates of today: nothing is told again."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE event_registration registration
           SET told_version = event.session_version
          FROM event_event event
         WHERE event.id = registration.event_id
           AND event.training_kind IS NOT NULL
           AND registration.state IN ('draft', 'open')
        """
    )
