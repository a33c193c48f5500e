/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// 1. The commune opens a request, with a file.
tours.add("cdg47_helpdesk_ask", {
    steps: () => [
        {
            content: "make a request",
            trigger: "a[href='/new/ticket']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "a computer",
            trigger: ".form-check:contains(computer) input[type=radio]",
            run: "click",
        },
        {trigger: "#subject", run: "edit The computer does not start"},
        {trigger: "#request_description", run: "edit Black screen since this morning"},
        {
            content: "join a screenshot",
            trigger: "#attachment",
            async run() {
                const joined = new DataTransfer();
                joined.items.add(new File(["screen"], "screen.txt", {type: "text/plain"}));
                this.anchor.files = joined.files;
            },
        },
        {
            content: "send",
            trigger: ".o_cdg47_request button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is received, with its file",
            trigger: ".alert-success:contains(receipt)",
        },
        {trigger: "#description a:contains(screen.txt)"},
    ],
});

// 2. The technician qualifies it TTIM, estimates two hours and sends the estimate.
tours.add("cdg47_helpdesk_estimate", {
    steps: () => [
        {
            trigger: ".o_form_view button:contains(Qualify):visible",
            run: "click",
        },
        {
            content: "a repair",
            trigger: ".modal .o_field_widget[name=ttim_kind] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Repair)",
            run: "click",
        },
        {
            content: "the convention explains it",
            trigger:
                ".modal .o_field_widget[name=proposed_verdict]:contains('(repair)')",
        },
        {trigger: ".modal button[name=action_decide]", run: "click"},
        {
            trigger: ".o_form_view:not(.modal .o_form_view) .nav-link[name=estimate]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=estimated_hours] input",
            run: "edit 2:00 && press Tab",
        },
        {
            content: "both totals",
            trigger: ".o_field_widget[name=estimate_by_hour]:contains(120.00)",
        },
        {trigger: ".o_field_widget[name=estimate_by_day]:contains(190.00)"},
        {trigger: "button[name=action_estimate]", run: "click"},
        {
            content: "the quotation opens; back to the request",
            trigger: ".o_form_view .o_field_widget[name=order_line]",
        },
        {trigger: ".o_back_button, .breadcrumb-item a:last", run: "click"},
        {trigger: "button[name=action_send_estimate]", run: "click"},
        {
            trigger: ".o_field_widget[name=billing_step]:contains(Awaiting acceptance)",
        },
    ],
});

// 3. The mayor signs it.
tours.add("cdg47_helpdesk_sign", {
    steps: () => [
        {
            content: "open the estimate",
            trigger: "#estimate a",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "body:not(:has(#cdg47_refusal)) a[data-bs-target='#modalaccept']",
            run: "click",
        },
        {
            trigger: ".modal canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            trigger: ".modal .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is signed",
            trigger: "#portal_sale_content #signature:contains(Mayor)",
        },
    ],
});

// 4. The technician enters 2 h 20: 20 minutes are to be regularised.
tours.add("cdg47_helpdesk_work", {
    steps: () => [
        {trigger: "button[name=action_enter_time]", run: "click"},
        {
            trigger: ".modal .o_field_widget[name=hours] input",
            run: "edit 2:20 && press Tab",
        },
        {
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Repaired",
        },
        {trigger: ".modal button[name=action_enter]", run: "click"},
        {
            content: "the alert",
            trigger: ".alert-danger:contains(to be regularised):contains(00:20)",
        },
        {
            trigger: ".o_form_view .nav-link[name=time]",
            run: "click",
        },
        {
            content: "two lines",
            trigger: ".o_field_widget[name=timesheet_ids] .o_data_row:contains(02:00)",
        },
        {
            trigger: ".o_field_widget[name=timesheet_ids] .o_data_row:contains(00:20)",
        },
    ],
});

// 5. The accountant invoices the order, by Odoo's own button.
tours.add("cdg47_helpdesk_invoice", {
    steps: () => [
        {trigger: "button#create_invoice", run: "click"},
        {trigger: ".modal button[name=create_invoices]", run: "click"},
        {
            content: "two hours, and why",
            trigger: ".o_field_widget[name=invoice_line_ids] .o_data_row:contains(120.00)",
        },
        {trigger: "button[name=action_post]", run: "click"},
        {trigger: ".o_statusbar_status .o_arrow_button_current[data-value=posted]"},
    ],
});

// 6. The commune reads its invoice, and why.
tours.add("cdg47_helpdesk_read", {
    steps: () => [
        {
            content: "the invoice is shown, and downloaded",
            trigger: "a.o_download_btn, a[href*='report_type=pdf']",
        },
    ],
});
