/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";
import {sign} from "./convention";

const CERTIFICATE = "Certificat électronique de niveau";

const choose = (field, text) => [
    {
        content: `type ${text}`,
        trigger: `.o_field_widget[name=${field}] input`,
        run: `edit ${text}`,
    },
    {
        content: `choose ${text}`,
        trigger: `.o-autocomplete--dropdown-menu .dropdown-item:contains(${text})`,
        run: "click",
    },
];

// Started on the form of a new allocation.
registry.category("web_tour.tours").add("cdg47_allocate_beyond", {
    steps: () => [
        ...choose("product_id", CERTIFICATE),
        ...choose("partner_id", "Commune aux certificats"),
        {
            content: "it is told to be beyond the quota, with its price",
            trigger: ".alert-warning .o_field_widget[name=verdict]:contains(180)",
        },
        {
            content: "save it all the same",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "prepare the quotation",
            trigger: "button[name=action_quote_overage]",
            run: "click",
        },
        {
            content: "send it to the signatory",
            trigger: "button[name=action_cdg47_send]",
            run: "click",
        },
        {
            content: "it awaits the signature",
            trigger: ".o_statusbar_status .o_arrow_button_current[data-value=sent]",
        },
    ],
});

// Started on the page of the quotation of two lines.
registry.category("web_tour.tours").add("cdg47_untick_and_sign", {
    steps: () => [
        {
            content: "refuse the certificate, and record nothing",
            trigger: "#cdg47_why .o_cdg47_line[data-name*=Certificat]:checked",
            run: "click",
        },
        {
            content: "the sum to sign is that of the other line",
            trigger: "#cdg47_why .o_cdg47_total:contains(24,00)",
        },
        {
            content: "so do the table and its total",
            trigger: "#total .o_total strong:contains(24,00)",
        },
        {
            content: "so does the side of the page",
            trigger: ".o_portal_sale_sidebar h2.o_cdg47_total:contains(24,00)",
        },
        {
            content: "the row refused is worth nothing",
            trigger: ".sale_tbody .o_cdg47_struck td[name=td_product_subtotal]:contains(0,00)",
        },
        ...sign("Maire"),
    ],
});

// Started on the page of the quotation.
registry.category("web_tour.tours").add("cdg47_read_why_and_sign", {
    steps: () => [
        {
            content: "the line says why it is billed",
            trigger: "#cdg47_why .o_cdg47_verdict:contains(180)",
        },
        {
            content: "refuse it",
            trigger: "#cdg47_why input[type=checkbox]:checked",
            run: "click",
        },
        {
            content: "record the choice",
            trigger: "#cdg47_why button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "nothing is left to sign",
            trigger: "#cdg47_refusal",
        },
        {
            content: "accept it after all",
            trigger: "#cdg47_why input[type=checkbox]:not(:checked)",
            run: "click",
        },
        {
            trigger: "#cdg47_why button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it can be signed again",
            trigger: "body:not(:has(#cdg47_refusal)) #cdg47_why",
        },
        ...sign("Maire"),
    ],
});

// Started on the form of the order.
registry.category("web_tour.tours").add("cdg47_invoice_services", {
    steps: () => [
        {
            content: "create the invoice",
            trigger: "button[id=create_invoice], button[id=create_invoice_percentage]",
            run: "click",
        },
        {
            content: "a regular one",
            trigger: ".modal button[id=create_invoice_open]",
            run: "click",
        },
        {
            content: "post it",
            trigger: "button[name=action_post]",
            run: "click",
        },
        {
            content: "it is posted",
            trigger: ".o_statusbar_status .o_arrow_button_current[data-value=posted]",
        },
    ],
});

// Started on « Demander une prestation ».
registry.category("web_tour.tours").add("cdg47_kept_until_sent", {
    steps: () => [
        {
            trigger: "#precisions",
            run: "edit Le poste du secrétariat ne démarre plus",
        },
        {
            content: "leave without sending",
            trigger: ".o_cdg47_legal a[href='/mentions-legales']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "come back",
            trigger: "h1:contains(Mentions légales)",
            run() {
                window.location = "/my/demandes/prestation";
            },
            expectUnloadPage: true,
        },
        {
            content: "it is there, and said not to be sent",
            trigger: "#cdg47_service_request .o_cdg47_kept:visible",
        },
        {
            trigger: "#prestation",
            run() {
                const option = [...this.anchor.options].find((o) =>
                    o.text.includes("Intervention technique sur système informatique - 380")
                );
                this.anchor.value = option.value;
            },
        },
        {
            trigger: "#cdg47_service_request button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "sent: kept no longer",
            trigger: ".o_cdg47_sent:contains(380)",
        },
        {
            trigger: "#precisions",
            run() {
                if (this.anchor.value) {
                    throw new Error(`Still kept: ${this.anchor.value}`);
                }
            },
        },
    ],
});

// Started on « Demander une prestation ».
registry.category("web_tour.tours").add("cdg47_ask_for_a_service", {
    steps: () => [
        {
            content: "choose the service, its price is shown",
            trigger: "#prestation",
            run() {
                const option = [...this.anchor.options].find((o) =>
                    o.text.includes("Intervention technique sur système informatique - 380")
                );
                this.anchor.value = option.value;
            },
        },
        {
            content: "half a day",
            trigger: "#quantite",
            run: "edit 0,5",
        },
        {
            trigger: "#precisions",
            run: "edit Le poste du secrétariat ne démarre plus",
        },
        {
            content: "send",
            trigger: "#cdg47_service_request button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is recorded, with its price",
            trigger: ".alert-success:contains(190)",
        },
    ],
});
