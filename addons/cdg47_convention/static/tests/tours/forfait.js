/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";

// A commune reads what is left of its rights, why, and how one was used.
registry.category("web_tour.tours").add("cdg47_forfait_read", {
    url: "/my",
    steps: () => [
        {
            content: "The card stands on the home page",
            trigger: "a[href='/my/forfait']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "One commune: its sheet at once, its name in the title",
            trigger: "h1:contains('Commune du forfait')",
        },
        {
            content: "The training right is exceeded",
            trigger: "tr:contains('Formation de groupe') .o_cdg47_status_todo",
        },
        {
            content: "Why",
            trigger: "tr:contains('Formation de groupe') summary",
            run: "click",
        },
        {
            content: "The article is named",
            trigger: "tr:contains('Formation de groupe') details[open] p:contains('Annexe 1')",
        },
        {
            content: "How it was used",
            trigger: "tr:contains('Formation de groupe') details[open] a",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The history tells why the use was billed",
            trigger: "tbody tr td:contains('450')",
        },
        {
            content: "Only what is beyond the quota",
            trigger: "select[name='filterby']",
            run: "select billable",
        },
        {
            trigger: "form[role='search'] button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The filter stays, and so does the right",
            trigger: "tbody tr:only-child td:contains('450')",
        },
        {
            content: "Back to the sheet",
            trigger: ".o_portal_submenu a[href^='/my/forfait/']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The statements of each year are at the end",
            trigger: "a[href$='/pdf']",
        },
    ],
});
