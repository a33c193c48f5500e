/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {dateField, dateTimeField} from "@web/views/fields/datetime/datetime_field";
import {formatDate, formatDateTime} from "@web/views/fields/formatters";
import {patch} from "@web/core/utils/patch";

/*
 * A date says its year, the current one included: a convention lasts six of them,
 * and Odoo leaves out the current one unless a view asks for figures.
 */
const inFigures = (info) => ({...info, options: {numeric: true, ...info.options}});

for (const format of [formatDate, formatDateTime]) {
    const extractOptions = format.extractOptions;
    format.extractOptions = (info) => extractOptions(inFigures(info));
}

for (const field of [dateField, dateTimeField]) {
    patch(field, {
        extractProps(info, dynamicInfo) {
            return super.extractProps(inFigures(info), dynamicInfo);
        },
        listViewWidth(info) {
            return super.listViewWidth(inFigures(info));
        },
    });
}
