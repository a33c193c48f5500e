import {Component, onWillRender, onWillUnmount, xml} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const PERIOD = 3000;

/**
 * Reads the record again while a background job changes it: the progress is on the
 * screen. A form being edited is left alone.
 */
export class AutoReload extends Component {
    static template = xml``;
    static props = {...standardWidgetProps, field: String, value: String};

    setup() {
        this.timer = null;
        onWillRender(() => this.follow(this.props.record));
        onWillUnmount(() => clearTimeout(this.timer));
    }

    follow(record) {
        clearTimeout(this.timer);
        if (!record.resId || record.data[this.props.field] !== this.props.value) {
            return;
        }
        this.timer = setTimeout(async () => {
            if (!(await record.isDirty())) {
                await record.load();
            }
            this.follow(this.props.record);
        }, PERIOD);
    }
}

registry.category("view_widgets").add("cdg47_auto_reload", {
    component: AutoReload,
    extractProps: ({attrs}) => ({field: attrs.field, value: attrs.value}),
});
