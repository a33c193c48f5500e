# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What each page of a PDF bears where wkhtmltopdf prints neither head nor foot.

Debian's build does not repeat the titles of a table either.
"""

import io
from collections import defaultdict
from dataclasses import dataclass

from pypdf import PdfReader, PdfWriter
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

# ReportLab brings its own font, which it embeds: as wide as the DejaVu of the pages.
FONT = "Vera"
SIZE, HEAD, FOOT, SIDE = 7, 15, 20, 28
GREY, BLACK = (0.35,) * 3, (0, 0, 0)
# How far above the first row of a page its titles stand, in heights of a letter.
ABOVE, RULE = 1.75, 0.55


@dataclass(frozen=True)
class Run:
    """Some text drawn at once, and where it starts, from the bottom left."""

    x: float
    y: float
    size: float
    text: str


def number_pages(content, texts, titles=()):
    """Write at the head and the foot of each page what it belongs to.

    :param bytes content: a PDF
    :param texts: given the number of a page and how many there are, the two texts
    :param titles: words that stand above the table, repeated where it goes on
    :rtype: bytes
    """
    registerFont(TTFont(FONT, f"{FONT}.ttf"))
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content), strict=False))
    count = len(writer.pages)
    row = _row_of(writer.pages[0], titles) if count > 1 else []
    for number, page in enumerate(writer.pages, 1):
        repeated = _above(page, row) if number > 1 else []
        page.merge_page(_stamp(page, *texts(number, count), repeated))
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def runs_of(page):
    """Return what a page shows, as it is drawn.

    :rtype: list[Run]
    """
    runs = []

    def note(text, matrix, place, _font, size):
        words = " ".join(text.split())
        if words:
            x = place[4] * matrix[0] + matrix[4]
            y = place[5] * matrix[3] + matrix[5]
            runs.append(Run(x, y, size * abs(matrix[0]), words))

    page.extract_text(visitor_text=note)
    return runs


def _row_of(page, titles):
    """Return what is drawn at the height where all these titles stand, or nothing."""
    rows = defaultdict(list)
    for run in runs_of(page):
        rows[round(run.y)].append(run)
    for row in rows.values():
        drawn = "".join(sorted(run.text for run in row)).replace(" ", "")
        if titles and all(title.replace(" ", "") in drawn for title in titles):
            return row
    return []


def _above(page, row):
    """Return these titles where they stand above the rows of a page.

    A page whose first text is not under the first title goes on with no row.
    """
    runs = runs_of(page)
    if not row or not runs:
        return []
    top = max(run.y for run in runs)
    left = min(run.x for run in row)
    if abs(min(run.x for run in runs if run.y > top - 1) - left) > 1:
        return []
    return [Run(r.x, top + ABOVE * r.size, r.size, r.text) for r in row]


def _stamp(page, head, foot, titles):
    buffer = io.BytesIO()
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    canvas = Canvas(buffer, pagesize=(width, height), initialFontName=FONT)
    canvas.setFont(FONT, SIZE)
    canvas.setFillColorRGB(*GREY)
    canvas.drawString(SIDE, height - HEAD - SIZE, head)
    canvas.drawRightString(width - SIDE, FOOT, foot)
    canvas.setFillColorRGB(*BLACK)
    for run in titles:
        canvas.setFont(FONT, run.size)
        canvas.drawString(run.x, run.y, run.text)
    if titles:
        left = min(run.x for run in titles)
        bottom = titles[0].y - RULE * titles[0].size
        canvas.setLineWidth(0.5)
        canvas.line(left, bottom, width - left, bottom)
    canvas.save()
    return PdfReader(buffer).pages[0]
