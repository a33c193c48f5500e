# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "CDG 47 - Assistance",
    "summary": "Tickets explained by the convention, estimated, accepted, timed, billed",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "author": "CDG 47",
    "website": "https://www.cdg47.fr",
    "license": "AGPL-3",
    "depends": [
        "cdg47_convention",
        "helpdesk_mgmt",
        "helpdesk_mgmt_rating",
        "helpdesk_mgmt_sla",
        "sale_timesheet",
    ],
    "data": [],
    "application": True,
}
