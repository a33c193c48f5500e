/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {Interaction} from "@web/public/interaction";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** A screenshot pasted in the description joins the files of the request. */
export class PasteScreenshot extends Interaction {
    static selector = ".o_cdg47_request";
    dynamicContent = {
        _root: {"t-on-paste": this.onPaste},
    };

    onPaste(event) {
        const images = [...event.clipboardData.files].filter((file) =>
            file.type.startsWith("image/")
        );
        if (!images.length) {
            return;
        }
        event.preventDefault();
        const input = this.el.querySelector("#attachment");
        const joined = new DataTransfer();
        for (const file of [...input.files, ...images]) {
            joined.items.add(file);
        }
        input.files = joined.files;
        this.el.querySelector("#pasted").textContent = _t(
            "Screenshot joined: %(count)s file(s) in all.",
            {count: joined.files.length}
        );
    }
}

registry.category("public.interactions").add("cdg47_helpdesk.paste", PasteScreenshot);
