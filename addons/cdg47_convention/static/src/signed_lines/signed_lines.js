/* License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl). */
import {Interaction} from "@web/public/interaction";
import {SignatureForm} from "@portal/signature_form/signature_form";
import {patch} from "@web/core/utils/patch";
import {registry} from "@web/core/registry";

const boxes = () => [...document.querySelectorAll("#cdg47_why .o_cdg47_line")];

/** The sum of the page, less what was unticked since, more what was ticked again. */
function totalShown() {
    const order = document.querySelector(".o_portal_sale_sidebar");
    let total = Number(order.dataset.orderAmountTotal);
    for (const box of boxes()) {
        total += (box.checked - box.defaultChecked) * Number(box.dataset.amount);
    }
    return total.toFixed(2);
}

const TOTALS = ".o_cdg47_total, #total .o_total strong";
const UNTAXED = "#total .o_subtotal td:last-child span";

/** Follows the boxes: what is said of the sum to sign is what they make. */
export class SignedLines extends Interaction {
    static selector = "#cdg47_why";
    dynamicContent = {".o_cdg47_line": {"t-on-change": this.show}};

    start() {
        // A browser that goes back leaves the boxes as they were.
        if (boxes().some((box) => box.checked !== box.defaultChecked)) {
            this.show();
        }
    }

    show() {
        const totals = this.el.dataset.untaxed ? `${TOTALS}, ${UNTAXED}` : TOTALS;
        for (const element of document.querySelectorAll(totals)) {
            element.textContent = this.written(totalShown());
        }
        this.showRows();
        const refused = boxes().filter((box) => !box.checked);
        for (const element of document.querySelectorAll(".o_cdg47_refused")) {
            element.hidden = !refused.length;
            element.querySelector("span").textContent = refused
                .map((box) => box.dataset.name)
                .join(", ");
        }
    }

    /** The rows of the table say what each box makes of them. */
    showRows() {
        for (const box of boxes()) {
            const row = `tr[data-cdg47-line="${box.value}"]`;
            const cell = document.querySelector(`${row} td[name=td_product_subtotal]`);
            if (cell) {
                const kept = Number(box.checked);
                cell.textContent = this.written(kept * Number(box.dataset.amount));
                cell.closest("tr").classList.toggle("o_cdg47_struck", !kept);
            }
        }
    }

    written(amount) {
        return new Intl.NumberFormat(document.documentElement.lang || "fr", {
            style: "currency",
            currency: this.el.dataset.currency,
        }).format(amount);
    }
}
registry.category("public.interactions").add("cdg47_convention.signed_lines", SignedLines);

patch(SignatureForm.prototype, {
    async onClickSubmit() {
        const form = this.rootRef.el.closest("[data-cdg47-order]");
        if (form) {
            // The signature carries what the page shows; nothing else is signed.
            const shown = boxes().map((box) => `${box.value}:${Number(box.checked)}`);
            const url = new URL(this.props.callUrl, window.location.origin);
            url.searchParams.set("shown", shown.join(","));
            url.searchParams.set("total", totalShown());
            this.props = {...this.props, callUrl: `${url.pathname}${url.search}`};
        }
        return super.onClickSubmit(...arguments);
    },
});
