/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {registry} from "@web/core/registry";

// Paused, resumed and stopped in the bar of the screen, whatever is below.
registry.category("web_tour.tours").add("cdg47_helpdesk_timer", {
    steps: () => [
        {
            content: "the request is shown",
            trigger: ".o_form_view button[name=action_pause_timer]:visible",
        },
        {
            content: "which request, how long",
            trigger: ".o_menu_systray .o_cdg47_timer:contains(HT):contains(1 min)",
        },
        {
            content: "pause, by its name",
            trigger: ".o_cdg47_timer button[aria-label='Pause the timer']",
            run: "click",
        },
        {
            content: "the page below knows it",
            trigger: ".o_form_view button[name=action_resume_timer]:visible",
        },
        {
            trigger: ".o_cdg47_timer:contains(paused) button.o_cdg47_timer_resume",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_pause_timer]:visible",
        },
        {
            trigger: ".o_cdg47_timer button[aria-label='Stop the timer']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Restarted",
        },
        {trigger: ".modal button[name=action_enter]", run: "click"},
        {
            content: "entered",
            trigger: ".o_form_view button[name=action_start_timer]:visible",
        },
    ],
});
