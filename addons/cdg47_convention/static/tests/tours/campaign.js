/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";

const confirm = {
    content: "confirm what concerns money",
    trigger: ".modal .modal-footer .btn-primary",
    run: "click",
};

registry.category("web_tour.tours").add("cdg47_campaign_run", {
    steps: () => [
        {
            content: "a new campaign",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "of its year",
            trigger: ".o_field_widget[name=year] input",
            run: "edit 2043",
        },
        {
            content: "simulate",
            trigger: "button[name=action_simulate].btn-primary",
            run: "click",
        },
        {
            content: "one convention, its fees are shown",
            trigger: ".o_field_widget[name=amount]:contains(470)",
        },
        {
            content: "a date of this year says its year",
            trigger: ".o_field_widget[name=simulated_on]:contains(/20[0-9][0-9]/)",
        },
        {
            content: "read the conventions",
            trigger: "button[name=action_view_lines]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Commune de la campagne)",
        },
        {
            content: "come back",
            trigger: ".breadcrumb-item:contains(2043) a",
            run: "click",
        },
        {
            content: "run",
            trigger: "button[name=action_run].btn-primary",
            run: "click",
        },
        confirm,
        {
            content: "it runs in the background",
            trigger: ".o_statusbar_status .o_arrow_button_current[data-value=running]",
        },
        {
            content: "its progress is on the screen, the question is gone",
            trigger:
                "body:not(:has(.modal)) .o_form_view:has(.o_arrow_button_current[data-value=running]) .o_field_widget[name=progress]",
        },
    ],
});

registry.category("web_tour.tours").add("cdg47_campaign_post", {
    steps: () => [
        {
            content: "the drafts of the campaign",
            trigger: "button[name=action_view_invoices]",
            run: "click",
        },
        {
            content: "choose them all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "post them by the standard action",
            trigger: ".o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o_menu_item:contains(Confirm)",
            run: "click",
        },
        {
            content: "now, although they are dated in the future",
            trigger: ".modal .o_field_widget[name=force_post] input",
            run: "click",
        },
        {
            content: "confirm",
            trigger: ".modal button[name=validate_move]",
            run: "click",
        },
        {
            // Its number alone can be there behind the dialog, before it is posted.
            content: "it is posted, the dialog is gone",
            trigger:
                "body:not(:has(.modal)) .o_data_row:contains(/2043/):has([name=status_in_payment] .text-bg-300)",
        },
    ],
});
