/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {Component, onWillUnmount, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {useService} from "@web/core/utils/hooks";

const MINUTE = 60000;

/** The technician's own timer, from any screen: which request, how long, stop it. */
export class Timer extends Component {
    static template = "cdg47_helpdesk.Timer";
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.timer = useState({});
        this.show(session.cdg47_timer);
        const bus = useService("bus_service");
        const show = (timer) => this.show(timer);
        bus.subscribe("cdg47_helpdesk.timer", show);
        const clock = setInterval(() => this.tick(), MINUTE / 4);
        onWillUnmount(() => {
            clearInterval(clock);
            bus.unsubscribe("cdg47_helpdesk.timer", show);
        });
    }

    show(timer) {
        this.counted = timer.minutes || 0;
        this.shownAt = Date.now();
        Object.assign(this.timer, {ticket_id: false, ...timer});
        // What a fresh page of this session starts from.
        session.cdg47_timer = timer;
    }

    tick() {
        if (this.timer.ticket_id && !this.timer.is_paused) {
            const passed = Math.floor((Date.now() - this.shownAt) / MINUTE);
            this.timer.minutes = this.counted + passed;
        }
    }

    open() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "helpdesk.ticket",
            res_id: this.timer.ticket_id,
            views: [[false, "form"]],
        });
    }

    /** Ask the request, then show what the page below says of it now. */
    async ask(method) {
        // As it was asked: the bus may say what became of it before the answer.
        const {ticket_id, number, minutes, is_paused} = this.timer;
        const answer = await this.orm.call("helpdesk.ticket", method, [[ticket_id]]);
        if (answer && answer.type) {
            await this.action.doAction(answer, {onClose: () => this.reload()});
        } else {
            // The bus says it too, where it is not cut.
            this.show({ticket_id, number, minutes, is_paused: !is_paused});
            await this.reload();
        }
    }

    reload() {
        return this.action.doAction("soft_reload");
    }
}

registry.category("systray").add(
    "cdg47_helpdesk.timer",
    {Component: Timer, isDisplayed: () => Boolean(session.cdg47_timer)},
    {sequence: 45}
);
