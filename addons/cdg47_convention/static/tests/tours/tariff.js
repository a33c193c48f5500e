/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("cdg47_tariff_copy", {
    steps: () => [
        {
            content: "of a year to come",
            trigger: ".o_field_widget[name=year] input",
            run: "edit 2044",
        },
        {
            content: "with a rise",
            trigger: ".o_field_widget[name=rate] input",
            run: "edit 2",
        },
        {
            content: "its prices are not set yet",
            trigger: ".o_form_view .alert-warning",
        },
        {
            content: "copy the year before",
            trigger: "button[name=action_copy]",
            run: "click",
        },
        {
            content: "record what the grid shows",
            trigger:
                ".o_form_view:has(.o_data_row:contains(FORFAIT-METIERS)) button[name=action_save]:enabled",
            run: "click",
        },
        {
            content: "every price is of its year",
            trigger: ".o_form_view:not(:has(.alert-warning)) .o_data_row",
        },
    ],
});
