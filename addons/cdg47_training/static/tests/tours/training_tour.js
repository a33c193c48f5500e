/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";

// Both tours start on the page of a session, or of a sheet.
const register = (offer) => [
    {
        content: "price or quota is read before anything",
        trigger: `.o_cdg47_card:contains(${offer})`,
    },
    {
        content: "first agent of the list",
        trigger: "#cdg47_register_form input[name=agent]:first",
        run: "check",
    },
    {
        content: "another one, unknown until now",
        trigger: "#new_name",
        run() {
            this.anchor.value = `Agent ${Date.now() % 100000}`;
        },
    },
    {
        content: "register",
        trigger: "#cdg47_register_form button[type=submit]",
        run: "click",
        expectUnloadPage: true,
    },
    {
        content: "it is recorded, and is no convocation",
        trigger: ".alert-success:contains(not a convocation)",
    },
];

registry.category("web_tour.tours").add("cdg47_training_included", {
    steps: () => register("Included"),
});

registry.category("web_tour.tours").add("cdg47_training_billed", {
    steps: () => register("accept this price"),
});

registry.category("web_tour.tours").add("cdg47_training_sheet", {
    steps: () => [
        {
            content: "the sheet fits a phone",
            trigger: "fieldset legend",
            run() {
                const width = document.documentElement.scrollWidth;
                if (width > window.innerWidth) {
                    throw new Error(`page of ${width}px in ${window.innerWidth}px`);
                }
            },
        },
        {
            content: "everybody is there",
            trigger: "input[value=present]:first",
            run() {
                for (const input of document.querySelectorAll("input[value=present]")) {
                    input.click();
                }
            },
        },
        {
            content: "lock",
            trigger: "button[formaction]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is locked",
            trigger: ".o_cdg47_status_done:contains(Locked)",
        },
    ],
});
