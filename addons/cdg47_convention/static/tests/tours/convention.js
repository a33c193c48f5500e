/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";

// A whole year: the amounts do not depend on the day of the test.
const START = `01/01/${new Date().getFullYear() + 1}`;

const forfait = (name) => ({
    content: `choose ${name}`,
    trigger: `.modal .o_field_widget[name=forfait_ids] .form-check:contains(${name}) input`,
    run: "click",
});

export function proposeAndSend() {
    return [
        {
            content: "open the collectivité",
            trigger: ".o_list_view .o_data_cell:contains(Commune du parcours)",
            run: "click",
        },
        {
            content: "propose a convention",
            trigger: "button[name=action_propose_convention]",
            run: "click",
        },
        forfait("Forfait Métiers"),
        forfait("Forfait Technologie"),
        {
            content: "start with the year",
            trigger: ".modal .o_field_widget[name=date_start] button, .modal .o_field_widget[name=date_start] input",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=date_start] input",
            run: `edit ${START} && press Enter`,
        },
        {
            content: "the price of a whole year in S4 is shown",
            trigger: ".modal .o_field_widget[name=amount]:contains(470)",
        },
        {
            content: "create the proposal",
            trigger: ".modal button[name=action_propose]",
            run: "click",
        },
        {
            content: "send it for signature",
            trigger: "button[name=action_send]",
            run: "click",
        },
        {
            content: "it awaits the signature",
            trigger: ".o_statusbar_status .o_arrow_button_current[data-value=sent]",
        },
    ];
}

export function sign(name) {
    return [
        {
            content: "open the signature",
            trigger: "body:not(:has(#cdg47_refusal)) a[data-bs-target='#modalaccept']",
            run: "click",
        },
        {
            content: "the signatory's own name is proposed",
            trigger: `.modal .o_web_sign_name_and_signature input:value(${name})`,
        },
        {
            content: "it is drawn from the name",
            trigger: ".modal canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            content: "sign",
            trigger: ".modal .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is signed",
            trigger: `#portal_sale_content #signature:contains(${name})`,
        },
    ];
}

export function completeAndSign() {
    return [
        {
            content: "signing waits for the deliberation",
            trigger: "#cdg47_refusal",
        },
        {
            content: "number of the deliberation",
            trigger: "#cdg47_deliberation_number",
            run: "edit 2026-41",
        },
        {
            content: "date of the deliberation",
            trigger: "#cdg47_deliberation_date",
            // The helpers of tours cannot type in an empty date field.
            run() {
                this.anchor.value = "2026-01-15";
            },
        },
        {
            content: "engagement number",
            trigger: "#cdg47_chorus_engagement",
            run: "edit ENG-12",
        },
        {
            content: "record",
            trigger: "#cdg47_information button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        ...sign("Maire"),
    ];
}

registry.category("web_tour.tours").add("cdg47_convention_propose", {
    url: "/odoo/action-cdg47_convention.cdg47_collectivite_action",
    steps: proposeAndSend,
});

// Started on the page of the quotation.
registry.category("web_tour.tours").add("cdg47_convention_sign", {
    steps: completeAndSign,
});
