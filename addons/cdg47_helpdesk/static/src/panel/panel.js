// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import {Component, useSubEnv} from "@odoo/owl";
import {View, getDefaultConfig} from "@web/views/view";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** What the collectivité has, read only when its tab is opened: a request opens without it. */
class CollectivitePanel extends Component {
    static template = "cdg47_helpdesk.CollectivitePanel";
    static components = {View};
    static props = {...standardWidgetProps, viewId: Number};

    setup() {
        // The name and the place of the page stay those of the request around it.
        useSubEnv({config: getDefaultConfig()});
    }

    get key() {
        const {resId, data} = this.props.record;
        return `${resId},${data.collectivite_id?.id}`;
    }

    get view() {
        const {resModel, resId} = this.props.record;
        return {
            type: "form",
            viewId: this.props.viewId,
            resModel,
            resId,
            readonly: true,
            preventEdit: true,
            preventCreate: true,
            display: {controlPanel: false},
        };
    }
}

registry.category("view_widgets").add("cdg47_collectivite_panel", {
    component: CollectivitePanel,
    extractProps: ({options}) => ({viewId: options.view_id}),
});
