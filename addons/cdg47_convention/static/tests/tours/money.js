/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";
import saleSteps from "@sale/js/tours/tour_utils";
import {inputFiles} from "@web/../tests/utils";

const SERVICES = [
    ["Certificat électronique de niveau", "180.00"],
    ["Audit équipement sur site", "420.00"],
    ["Solution de sécurité VPN", "30.00"],
];
const CERTIFICATES = "Commune aux quatre certificats";
const AUDIT = "Commune du second audit";
const QUARTERS = ["January-March", "April-June", "July-September", "October-December"];
const CLOSED = "body:not(:has(.modal))";
const today = new Date();
let billed = "";

// Started on the quotations.
registry.category("web_tour.tours").add("cdg47_quote_three_services", {
    steps: () => [
        ...saleSteps.createNewSalesOrder(),
        ...saleSteps.selectCustomer("Commune aux trois services"),
        ...SERVICES.flatMap(([name, price], index) => [
            ...saleSteps.addProduct(name, index + 1),
            {
                content: "its price comes",
                trigger: `.o_data_row:nth-child(${index + 1}) [name=price_subtotal]:contains(${price})`,
            },
            ...saleSteps.clickSomewhereElse(),
        ]),
        {
            content: "save it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "its convention is found, and its prices are those of the tariff",
            trigger:
                ".o_form_view:has([name=convention_id]:contains(CONV-)) [name=tax_totals]:contains(630.00)",
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

// === The month of an accountant ===
const open = (menu) => [
    {
        content: "the menu of the accountant",
        trigger: `${CLOSED} [data-menu-xmlid='cdg47_convention.cdg47_accounting_menu']`,
        run: "click",
    },
    {
        content: menu,
        trigger: `.o-dropdown--menu [data-menu-xmlid='cdg47_convention.${menu}']`,
        run: "click",
    },
];

const close = {
    content: "close the assistant",
    trigger: ".modal .modal-header .btn-close",
    run: "click",
};

const quarter = () => [
    ...open("cdg47_quarter_invoice_menu"),
    {
        content: "of this year",
        trigger: ".modal [name=year] input",
        run: `edit ${today.getFullYear()}`,
    },
    {
        content: "its quarter",
        trigger: ".modal [name=quarter] input",
        run: "click",
    },
    {
        trigger: `.o_select_menu_item:contains(${QUARTERS[Math.floor(today.getMonth() / 3)]})`,
        run: "click",
    },
];

const post = (name) => [
    {
        content: "choose them all",
        trigger: `${CLOSED} .o_list_view:has(.o_data_row:contains(${name})) thead .o_list_record_selector input`,
        run: "click",
    },
    {
        trigger: ".o_cp_action_menus button:has(.fa-cog)",
        run: "click",
    },
    {
        content: "post them",
        trigger: ".o-dropdown--menu .o_menu_item:contains(Confirm)",
        run: "click",
    },
    {
        content: "posted, each with its number",
        trigger: `${CLOSED} .o_list_view:not(:has([name=status_in_payment]:contains(Draft))) .o_data_row:contains(${name}):contains(/20[0-9][0-9]/)`,
    },
];

const invoice = (debtors, amount, name) => [
    ...quarter(),
    {
        content: "what it will invoice is said before",
        trigger: `.modal:has([name=debtor_count]:contains(/^${debtors}$/)) [name=amount]:contains(${amount})`,
    },
    {
        content: "make the drafts",
        trigger: ".modal button[name=action_invoice]",
        run: "click",
    },
    {
        content: "read them",
        trigger: ".modal:has(.alert-success) button[name=action_view_invoices]",
        run: "click",
    },
    ...post(name),
];

const credit = (commune, again) => [
    ...open("cdg47_title_menu"),
    {
        content: `the invoice of ${commune}`,
        trigger: `body:has(.o_searchview_facet:contains(Titre to issue)) .o_data_row:contains(${commune}) td[name=name]`,
        run: "click",
    },
    {
        content: "credit it",
        trigger: "button[name=action_reverse]",
        run: "click",
    },
    {
        trigger: ".modal [name=reason] input",
        run: "edit Erreur de saisie",
    },
    again
        ? {
              content: "it will be invoiced again",
              trigger: ".modal [name=cdg47_rebill] input",
              run: "click",
          }
        : {
              content: "what was bought is withdrawn, and that is said",
              trigger: ".modal [name=cdg47_withdrawn_message]:contains(Certificat)",
          },
    {
        trigger: ".modal button[name=refund_moves]",
        run: "click",
    },
    {
        content: "post the credit note",
        trigger: `${CLOSED} .o_form_view:has([name=cdg47_rebill]) button[name=action_post]`,
        run: "click",
    },
    {
        content: "it is posted",
        trigger:
            ".o_form_view:has([name=cdg47_rebill]) .o_statusbar_status .o_arrow_button_current[data-value=posted]",
    },
];

// Started on the titres to issue.
registry.category("web_tour.tours").add("cdg47_month_of_an_accountant", {
    steps: () => [
        ...invoice(2, "780.00", CERTIFICATES),
        ...credit(CERTIFICATES, false),
        ...quarter(),
        {
            content: "a final credit note gives nothing to invoice again",
            trigger: ".modal .alert-info:contains(Nothing is left)",
        },
        close,
        ...credit(AUDIT, true),
        ...invoice(1, "420.00", AUDIT),
        {
            content: "its number goes to the finance software",
            trigger: `.o_data_row:contains(${AUDIT}) td[name=name]`,
            run() {
                billed = this.anchor.textContent.trim();
            },
        },
        ...open("cdg47_title_import_menu"),
        {
            content: "what comes back from it",
            trigger: ".modal .o_field_widget[name=file]",
            async run() {
                const day = `${today.getDate()}/${today.getMonth() + 1}/${today.getFullYear()}`;
                const lines = `facture;titre;bordereau;date;etat\n${billed};123;4;${day};Émis\n`;
                await inputFiles(".modal .o_field_widget[name=file] input[type=file]", [
                    new File([lines], "titres.csv", {type: "text/csv"}),
                ]);
            },
        },
        {
            content: "check the file",
            trigger: ".modal button[name=action_preview]",
            run: "click",
        },
        {
            content: "one invoice gets its titre",
            trigger:
                ".modal:has([name=updated_count]:contains(/^1$/)) button[name=action_apply]",
            run: "click",
        },
        {
            content: "it is recorded",
            trigger: ".modal:has(.o_arrow_button_current[data-value=done])",
        },
        close,
        ...open("cdg47_title_menu"),
        {
            content: "the two credited and their credit notes are left to issue",
            trigger: ".o_pager_value:contains(/^1-4$/)",
        },
    ],
});
