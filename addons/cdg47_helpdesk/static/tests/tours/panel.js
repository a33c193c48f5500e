/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";

const PANEL = ".tab-pane.active .o_widget_cdg47_collectivite_panel";

// Who asks, read in its tab; the request around it stays what it is.
registry.category("web_tour.tours").add("cdg47_helpdesk_panel", {
    steps: () => [
        {
            content: "nothing is read before it is asked",
            trigger: "body:not(:has(.o_field_widget[name=mandate_ids]))",
        },
        {trigger: ".o_notebook a[name=panel]", run: "click"},
        {
            content: "whom to call back",
            trigger: `${PANEL} .o_field_widget[name=mandate_ids] td:contains(Secretary)`,
        },
        {
            content: "what they have",
            trigger: `${PANEL} .o_field_widget[name=forfait_names]:contains(Métiers)`,
        },
        {
            content: "nothing is typed there",
            trigger: `${PANEL} .o_form_readonly:not(:has(input))`,
        },
        {
            content: "the breadcrumb names the request",
            trigger: ".o_breadcrumb .active:contains(HT)",
        },
        {
            content: "the request is still edited",
            trigger: ".o_form_editable .o_field_widget[name=name] textarea, .o_form_editable .o_field_widget[name=name] input",
            run: "edit Payroll no longer opens",
        },
        {trigger: ".o_form_button_save:visible", run: "click"},
        {
            content: "saved, the tab as it was",
            trigger: `.o_form_saved ${PANEL} td:contains(Secretary)`,
        },
    ],
});
