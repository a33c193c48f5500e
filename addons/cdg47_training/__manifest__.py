# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CDG 47 - Formations",
    "summary": "Sessions, registrations, convocations, sign-in sheets, certificates",
    "version": "19.0.1.0.0",
    "category": "Marketing/Events",
    "author": "CDG 47",
    "website": "https://www.cdg47.fr",
    "license": "AGPL-3",
    "depends": ["cdg47_convention", "event", "survey"],
    "data": [],
    "application": True,
}
