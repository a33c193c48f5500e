# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was played, said and kept."""

from pathlib import Path

LOG = Path(__file__).resolve().parents[2] / ".run" / "log" / "careless.txt"


def lines_of(played):
    done, refused = played.done.total(), played.refused.total()
    yield f"{played.sequences} sequences, {done + refused} gestures: {done} done, "
    yield f"  {refused} refused"
    yield "gesture: done, refused"
    for name in sorted({*played.done, *played.refused}):
        yield f"  {name}: {played.done[name]}, {played.refused[name]}"
    yield "refusals by kind"
    for kind, count in played.kinds.most_common():
        yield f"  {count} {kind} ({played.first[kind]})"


def tell(text):
    """Say at once what a long run found, before it is shrunk."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.with_name("careless-found.txt").open("a", encoding="utf-8") as stream:
        stream.write(f"{text}\n")


def report(played):
    text = "\n".join(lines_of(played))
    print(text)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text(text + "\n", encoding="utf-8")
