/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";
import {browser} from "@web/core/browser/browser";

const PREFIX = "cdg47-draft:";
const TEXTS = "textarea[name], input[type=text][name], input[name]:not([type])";

/**
 * Keeps what is typed in a form until it is sent: a page closed by mistake or a session
 * that expired loses nothing. Only texts, in this tab only, for this login only.
 */
export class KeptDraft extends Interaction {
    static selector = "form[data-cdg47-draft]";
    dynamicContent = {
        _root: {
            "t-on-input": () => this.keep(false),
            "t-on-submit": () => this.keep(true),
        },
    };

    get key() {
        return PREFIX + this.el.dataset.cdg47Draft;
    }

    get texts() {
        return [...this.el.querySelectorAll(TEXTS)];
    }

    start() {
        const kept = JSON.parse(browser.sessionStorage.getItem(this.key) || "{}");
        if (kept.sent && document.querySelector(".o_cdg47_sent")) {
            return;
        }
        for (const field of this.texts) {
            // What the page says already, an answer of the server, stays.
            if (!field.value && kept.texts?.[field.name]) {
                field.value = kept.texts[field.name];
                this.el.querySelector(".o_cdg47_kept")?.removeAttribute("hidden");
            }
        }
    }

    keep(sent) {
        const texts = Object.fromEntries(
            this.texts.map((field) => [field.name, field.value])
        );
        browser.sessionStorage.setItem(this.key, JSON.stringify({texts, sent}));
    }
}
registry.category("public.interactions").add("cdg47_convention.kept_draft", KeptDraft);

/** What was sent and recorded is kept no longer. */
export class SentDraft extends Interaction {
    static selector = ".o_cdg47_sent";

    start() {
        for (const key of Object.keys(browser.sessionStorage)) {
            if (
                key.startsWith(PREFIX) &&
                JSON.parse(browser.sessionStorage.getItem(key)).sent
            ) {
                browser.sessionStorage.removeItem(key);
            }
        }
    }
}
registry.category("public.interactions").add("cdg47_convention.sent_draft", SentDraft);
