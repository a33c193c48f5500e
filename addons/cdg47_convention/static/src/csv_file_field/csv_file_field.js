import { BinaryField, binaryField } from "@web/views/fields/binary/binary_field";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * A file that is not sent when it is beyond what the import accepts: the server would
 * refuse it too, but only after the whole upload.
 */
export class CsvFileField extends BinaryField {
    static props = { ...BinaryField.props, maxMegabytes: { type: Number, optional: true } };
    static defaultProps = { ...BinaryField.defaultProps, maxMegabytes: 30 };

    update(file) {
        if (file.size > this.props.maxMegabytes * 1024 * 1024) {
            this.notification.add(
                _t(
                    "%(name)s is larger than %(size)s MB: keep the lines you need or cut it into several files.",
                    { name: file.name, size: this.props.maxMegabytes }
                ),
                { type: "danger" }
            );
            return;
        }
        return super.update(file);
    }
}

export const csvFileField = {
    ...binaryField,
    component: CsvFileField,
    extractProps: (info) => ({
        ...binaryField.extractProps(info),
        maxMegabytes: info.options.max_megabytes || 30,
    }),
};

registry.category("fields").add("cdg47_csv_file", csvFileField);
